"""From a few shown cells to a tracked movie, by the command line and from Python."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from tracksam.cli import app, one_line
from tracksam.errors import BackendError, InvalidInputError, ReadError, WeightsError, WriteError
from tracksam.examples import Examples
from tracksam.io.examples import read_examples, write_examples
from tracksam.io.run import RunFolder
from tracksam.pipeline import track
from tracksam.pipeline.finding.collect import collect_examples, collect_masks
from tracksam.pipeline.finding.kinds import frames_to_look_at
from tracksam.pipeline.finding.sort import sorted_kinds
from tracksam.prompts import Prompts
from tracksam.regions import Regions
from tracksam.simulate import MovieSettings
from tracksam.simulate.fluorescence import Nuclei
from tracksam.simulate.kinds import Kind, KindsMovie, movie_of_kinds

KINDS = (
    Kind(Nuclei(chromatin=0.05, nucleoli=0)),
    Kind(Nuclei(chromatin=0.4, nucleoli=0.7, background=0), size=1.4),
)


@pytest.fixture(scope="module")
def movies() -> tuple[KindsMovie, KindsMovie]:
    settings = [
        MovieSettings(
            n_frames=2, height_px=256, width_px=320, n_cells=24, diameter_px=28, seed=seed
        )
        for seed in (0, 1)
    ]
    return movie_of_kinds(KINDS, settings[0]), movie_of_kinds(KINDS, settings[1])


@pytest.fixture(scope="module")
def points(movies: tuple[KindsMovie, KindsMovie]) -> Prompts:
    lineage = movies[0].movie.lineage
    first = lineage.frame == 0
    yx, kinds = lineage.yx[first], movies[0].kinds_of(lineage.track_id[first])
    inside = ((yx > 20) & (yx < (236, 300))).all(axis=1)
    chosen = [np.flatnonzero(inside & (kinds == kind))[:5] for kind in (1, 0)]
    rows = np.concatenate(chosen)
    wanted = np.arange(len(rows)) < len(chosen[0])
    return Prompts(np.arange(1, len(rows) + 1), np.zeros(len(rows), int), yx[rows], wanted)


@pytest.fixture(scope="module")
def shown(movies: tuple[KindsMovie, KindsMovie], points: Prompts) -> Examples:
    return collect_examples(movies[0].movie.stack, points, name="spotted")


def test_only_the_wanted_kind_is_kept_in_another_movie(
    movies: tuple[KindsMovie, KindsMovie], shown: Examples
) -> None:
    result = track(movies[1].movie.stack, shown)
    right = false = 0
    for frame in range(2):
        truth_yx, found_yx = movies[1].movie.masks.frame(frame), result.masks.frame(frame)
        for label in np.unique(found_yx[found_yx > 0]):
            under = truth_yx[found_yx == label]
            true = int(np.bincount(under).argmax())
            right += true > 0 and movies[1].kind_of_track[true] == 1
            false += true == 0 or movies[1].kind_of_track[true] == 0
    wanted = sum(
        movies[1].kind_of_track[int(i)] == 1 for i in movies[1].movie.lineage.track_id.tolist()
    )
    assert right / max(right + false, 1) >= 0.85
    assert right / wanted >= 0.8
    assert RunFolder.open(result.folder).marks.examples == (shown,)
    tracks, cells = result.tables.tracks, result.tables.cells
    assert set(tracks["kind"]) == {"spotted"}
    assert (tracks["kind_probability"] >= 0.5).all()
    assert set(cells["kind"]) == {"spotted"}


def test_examples_are_the_same_after_a_file(shown: Examples, tmp_path: Path) -> None:
    write_examples(tmp_path / "a.npz", shown)
    assert read_examples(tmp_path / "a.npz") == shown
    assert len(shown.wanted) == 5
    assert shown.thumbnails.max() == 255


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="make it with: tracksam examples"):
        read_examples(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ReadError, match="can not be read as examples"):
        read_examples(tmp_path / "bad.npz")
    np.savez(tmp_path / "pickled.npz", format=np.array([{}], object), allow_pickle=True)
    with pytest.raises(ReadError, match="can not be read as examples"):
        read_examples(tmp_path / "pickled.npz")
    with pytest.raises(InvalidInputError, match=r"in a file \.npz; got 'a\.csv'"):
        write_examples(tmp_path / "a.csv", None)


def test_marks_that_make_no_sense_are_refused(
    movies: tuple[KindsMovie, KindsMovie], points: Prompts
) -> None:
    stack = movies[0].movie.stack
    with pytest.raises(InvalidInputError, match="no positive one"):
        collect_examples(stack, Prompts([1], [0], [[40, 60]], [False]))
    with pytest.raises(InvalidInputError, match="lies outside the frame"):
        collect_examples(stack, Prompts([1], [0], [[400, 60]]))
    both = Prompts([1, 2], [0, 0], points.yx[[0, 0]] + [[0, 0], [1, 1]], [True, False])
    with pytest.raises(InvalidInputError, match="is marked as wanted and as unwanted"):
        collect_examples(stack, both)
    with pytest.raises(InvalidInputError, match=r"example masks of shape \(5, 7\) in frame 0"):
        collect_masks(stack, {0: (Regions((5, 7)), np.zeros(0, bool))})


def test_other_channels_are_refused_before_the_run(
    movies: tuple[KindsMovie, KindsMovie], shown: Examples, tmp_path: Path
) -> None:
    from tracksam.stack import Stack

    two = np.stack([movies[1].movie.stack.frame(0)[..., 0]] * 2)[None]
    stack = Stack.from_array(two, axes="TCYX", pixel_size_um=0.65)
    with pytest.raises(InvalidInputError, match="use images with the same channels"):
        track(stack, shown, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    bare = Stack.from_array(two[:, 0], axes="TYX")
    with pytest.raises(InvalidInputError, match="give --pixel-size-um"):
        track(bare, shown, out=tmp_path / "run")


def test_kinds_without_examples(movies: tuple[KindsMovie, KindsMovie]) -> None:
    pytest.importorskip("sklearn", reason="sorting needs scikit-learn")
    kinds = sorted_kinds(movies[0].movie.stack, 2, 2)
    assert [kind.name for kind in kinds] == ["kind1", "kind2"]
    assert kinds[0].n_cells >= kinds[1].n_cells > 4
    sizes = [kind.examples.wanted.of_groups(("size",)).vectors.mean() for kind in kinds]
    assert abs(sizes[0] - sizes[1]) > 0.2


def test_few_frames_show_every_track() -> None:
    lives = [list(range(10)), [4], [8, 9]]
    frames = frames_to_look_at(lives, 3)
    assert {4, 8, 9} <= set(frames)
    assert all(len(set(frames) & set(life)) >= min(3, len(life)) for life in lives)
    assert len(frames) <= 4


def test_the_commands(
    movies: tuple[KindsMovie, KindsMovie],
    points: Prompts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, made in enumerate(movies):
        frames = np.stack([made.movie.stack.frame(t)[..., 0] for t in range(2)])
        tifffile.imwrite(f"m{number}.tif", frames, metadata={"axes": "TYX"})
    rows = [
        f"{i},0,{'positive' if yes else 'negative'},{y},{x}"
        for i, (yes, (y, x)) in enumerate(zip(points.is_positive, points.yx, strict=True), start=1)
    ]
    Path("points.csv").write_text("object_id,frame,kind,y,x\n" + "\n".join(rows) + "\n")

    def said(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    assert "5 wanted, 5 unwanted" in said(
        "examples", "m0.tif", "--points", "points.csv", "--name", "spotted", "--out", "a.npz"
    )
    assert Path("a.png").stat().st_size > 1000
    with pytest.raises(WriteError, match=r"a\.npz exists; give --add"):
        said("examples", "m0.tif", "--points", "points.csv", "--out", "a.npz")
    output = said("find", "m1.tif", "--examples", "a.npz", "--out", "found.csv", "--every", "2")
    assert "found in 1 images" in output
    whole = Path("found.csv").read_text()
    assert whole.startswith("image,object_id,frame,kind,y,x,y1,x1,found_as,score\n")
    Path("found.csv").write_text(whole + "m1,99,1,box,1,2")
    output = said("find", "m1.tif", "--examples", "a.npz", "--out", "found.csv", "--resume")
    assert "found in 1 images" in output
    assert "m1,99,1" not in Path("found.csv").read_text()
    (tmp_path / "stills").mkdir()
    tifffile.imwrite("stills/b.tif", np.zeros((50, 60), np.uint16))
    Path("stills/bad.png").write_text("no image")
    output = said("find", "stills", "--stills", "--examples", "a.npz", "--out", "s.csv")
    assert "0 found in 2 images" in output
    assert "1 could not be looked at" in output
    assert "try a lower --min-likeness" in output
    with pytest.raises(InvalidInputError, match="either --examples or --words") as told:
        said("find", "m1.tif", "--out", "x.csv")
    assert "\n" not in one_line(told.value)
    monkeypatch.setenv("TRACKSAM_WEIGHTS", str(tmp_path))
    with pytest.raises(
        (BackendError, WeightsError), match=r"weights get owlv2-base|tracksam\[text\]"
    ):
        said("find", "m1.tif", "--words", "cell", "--out", "x.csv")
    assert not Path("x.csv").exists()
    with pytest.raises(BackendError, match="'persam' takes a reference mask, not words"):
        said("find", "m1.tif", "--words", "cell", "--finder", "persam", "--out", "x.csv")
