"""Tracking again keeps to what a run was asked for: kinds that were not wanted do not come back."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import tracksam
from tracksam import Curation, Order, Project, edit
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.io.run import RunFolder
from tracksam.pipeline.export import Result, write_run, write_tables
from tracksam.pipeline.finding.collect import collect_examples
from tracksam.prompts import Prompts
from tracksam.settings import Settings
from tracksam.simulate import MovieSettings
from tracksam.simulate.fluorescence import Nuclei
from tracksam.simulate.kinds import Kind, KindsMovie, movie_of_kinds
from tracksam.stack import Stack

KINDS = (
    Kind(Nuclei(chromatin=0.05, nucleoli=0)),
    Kind(Nuclei(chromatin=0.4, nucleoli=0.7, background=0), size=1.5),
)


@pytest.fixture(scope="module")
def made() -> KindsMovie:
    size = MovieSettings(n_frames=3, height_px=160, width_px=200, n_cells=9, diameter_px=28, seed=3)
    return movie_of_kinds(KINDS, size)


@pytest.fixture(scope="module")
def shown(made: KindsMovie) -> Examples:
    lineage = made.movie.lineage
    first = lineage.frame == 0
    kinds = made.kinds_of(lineage.track_id[first])
    marks = Prompts(lineage.track_id[first], kinds * 0, lineage.yx[first], kinds == 1)
    return collect_examples(made.movie.stack, marks, name="spotted")


@pytest.fixture(scope="module")
def run(made: KindsMovie, shown: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kinds") / "spotted"
    tracksam.track(made.movie.stack, shown, out=out)
    return out


@pytest.fixture
def project(made: KindsMovie, run: Path, tmp_path: Path):
    with Project.create(tmp_path / "kinds.tracksam", made.movie.stack) as opened:
        opened.open_run(run)
        yield opened


def kinds_in(made: KindsMovie, labels_yx: np.ndarray, frame: int) -> list[int]:
    """Kinds of the true cells under the found ones."""
    truth_yx = made.movie.masks.frame(frame)
    under = [np.bincount(truth_yx[labels_yx == i]).argmax() for i in np.unique(labels_yx)[1:]]
    return sorted(made.kinds_of(np.array(under)).tolist())


def test_from_nothing_it_is_a_run(made: KindsMovie, shown: Examples, run: Path) -> None:
    stack = made.movie.stack
    empty = Curation.empty(stack.n_frames, stack.shape_yx)
    change = tracksam.retrack(stack, empty, Order(examples=(shown,)))
    after = empty.after(change)
    assert np.array_equal(after.masks.to_array(), RunFolder.open(run).masks.to_array())
    assert set(kinds_in(made, after.masks.frame(1), 1)) == {1}
    assert after.examples == (shown,)
    assert after.after(change.inverse()).examples == ()
    every = empty.after(tracksam.retrack(stack, empty))
    assert set(kinds_in(made, every.masks.frame(1), 1)) == {0, 1}


def test_a_corrected_run_is_tracked_again_by_its_examples(
    made: KindsMovie, shown: Examples, project: Project
) -> None:
    stack = made.movie.stack
    before = kinds_in(made, project.curation.masks.frame(2), 2)
    assert set(before) == {1}
    assert project.curation.examples == (shown,)
    gone = int(project.curation.lineage.track_ids[0])
    project.do(edit.delete_after(project.curation, gone, 0))
    project.retrack(Order(frames=range(0, 3), hold_first=True), stack)
    assert kinds_in(made, project.curation.masks.frame(2), 2) == before
    every = Order(frames=range(0, 3), hold_first=True, examples=())
    project.retrack(every, stack)
    assert set(kinds_in(made, project.curation.masks.frame(2), 2)) == {0, 1}
    assert project.curation.examples == ()
    project.undo()
    assert project.curation.examples == (shown,)


def test_what_a_person_holds_is_kept_whatever_its_kind(made: KindsMovie, project: Project) -> None:
    stack, truth = made.movie.stack, made.movie.masks.frame(0)
    other = next(i for i in np.unique(truth)[1:].tolist() if made.kinds_of(np.array([i]))[0] == 0)
    project.do(edit.make_new(project.curation, 0, truth == other))
    new = int(project.curation.lineage.track_ids.max())
    project.retrack(Order(frames=range(0, 3), hold_first=True), stack)
    rows = project.curation.lineage.rows(new)
    assert project.curation.lineage.frame[rows].tolist() == [0, 1, 2]


def test_examples_are_there_after_a_crash_and_in_an_exported_run(
    made: KindsMovie, shown: Examples, project: Project, run: Path, tmp_path: Path
) -> None:
    project._folder.close()
    again = Project.open(project.path)  # nothing was saved: the journal alone
    assert again.curation.examples == (shown,)
    again.save()
    again.close()
    with Project.open(project.path) as saved:  # now from the state
        assert saved.curation.examples == (shown,)
        write_run(Result(made.movie.stack, saved.curation, saved.settings), tmp_path / "out")
        write_tables(Result(made.movie.stack, saved.curation, saved.settings), tmp_path / "tables")
    written = RunFolder.open(tmp_path / "out")
    assert written.marks.examples == (shown,)
    first = RunFolder.open(run).tables.tracks.set_index("track_id")
    for table in (written.tables.tracks, pd.read_csv(tmp_path / "tables" / "tracks.csv")):
        tracks = table.set_index("track_id")
        assert tracks["kind"].tolist() == first["kind"].tolist() == ["spotted"] * len(first)
        # Other frames may be looked at: cells that were filtered out chose some, too.
        np.testing.assert_allclose(tracks["kind_probability"], first["kind_probability"], atol=0.01)
    assert set(written.tables.cells["kind"]) == {"spotted"}


def test_another_result_in_its_place_wants_every_kind(made: KindsMovie, project: Project) -> None:
    project.fill(made.movie.masks, made.movie.lineage)
    assert project.curation.examples == ()


def test_a_run_brings_its_settings_but_not_how_the_movie_is_read(
    made: KindsMovie, tmp_path: Path
) -> None:
    settings = Settings().changed(
        {"seed": 5, "device": "cpu", "link": {"max_gap": 0}, "read": {"channel": 0}}
    )
    one = Stack.from_array(made.movie.stack.frame(0)[None], axes="TYXC")
    tracksam.track(one, settings=settings, out=tmp_path / "run")
    with Project.create(tmp_path / "a.tracksam", one) as project:
        project.open_run(tmp_path / "run")
        assert (project.settings.seed, project.settings.link.max_gap) == (5, 0)
        assert (project.settings.device, project.settings.read.channel) == ("auto", None)
        assert [step.name for step in project.history] == ["Open run"]


def test_where_nothing_is_like_the_examples_nothing_changes(
    made: KindsMovie, shown: Examples
) -> None:
    stack = made.movie.stack
    empty = Curation.empty(stack.n_frames, stack.shape_yx)
    sure = Settings().changed({"find": {"min_likeness": 1.0}})
    with pytest.raises(InvalidInputError, match=r"nothing is changed: no track is like"):
        tracksam.retrack(stack, empty, Order(examples=(shown,)), settings=sure)
    in_um = attrs.evolve(shown, in_um=True)
    bare = attrs.evolve(stack, pixel_size_um=None)
    with pytest.raises(InvalidInputError, match="give --pixel-size-um"):
        tracksam.retrack(bare, empty, Order(examples=(in_um,)))
