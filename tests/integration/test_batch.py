"""A batch: every movie gets its outcome, nothing that is done is done again."""

import csv
import os
import sys
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import tracksam
from tracksam.batching import BatchProgress, BatchResult, Cluster, Entry
from tracksam.cli import main
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.lock import locked
from tracksam.io.tiff import write_movie
from tracksam.settings import Settings
from tracksam.simulate import MovieSettings, movie

SETTINGS = Settings().changed({"segment": {"segmenter": "classical", "detector": "classical"}})
ALONE = Cluster(workers=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for i in range(3):
        settings = MovieSettings(
            n_frames=3 + i, height_px=40, width_px=48, n_cells=2, division_rate=0.0, seed=i
        )
        stack = movie(settings).stack
        scale = 0.5 if i else None
        write_movie(attrs.evolve(stack, pixel_size_um=scale), folder / f"m{i}.ome.tif")
    return folder


@pytest.fixture
def movies(made: Path, tmp_path: Path) -> Path:
    """Copies, to be spoilt."""
    folder = tmp_path / "movies"
    folder.mkdir()
    for path in made.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def run(movies: Path, out: Path, **options: object) -> BatchResult:
    options = {"settings": SETTINGS, "cluster": ALONE} | options
    return tracksam.batch(str(movies / "*.tif"), out, **options)


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "batch.csv").open(newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def test_each_movie_is_tracked_as_if_it_were_alone(movies: Path, tmp_path: Path) -> None:
    told: list[BatchProgress] = []
    result = run(movies, tmp_path / "out", progress=told.append)
    assert [(o.name, o.state, o.frames) for o in result.outcomes] == [
        ("m0", "complete", 3),
        ("m1", "complete", 4),
        ("m2", "complete", 5),
    ]
    assert result.failed == ()
    alone = tracksam.track(
        tracksam.read_movie(movies / "m1.ome.tif"), settings=SETTINGS, out=tmp_path / "alone"
    )
    own = tmp_path / "out" / "runs" / "m1"
    for path in sorted(alone.folder.rglob("*.*")):
        if path.name != "run.json":
            assert (own / path.relative_to(alone.folder)).read_bytes() == path.read_bytes()
    assert told[-1].outcomes["m2"].state == "complete"
    assert {stage for p in told for stage in {f.stage for f in p.frames.values()}} == {
        "tracking",
        "measuring",
    }


def test_the_joint_tables_hold_the_rows_of_all_movies(movies: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(movies, out)
    for table in ("cells.csv", "tracks.csv"):
        joint = pd.read_csv(out / table, dtype=str, keep_default_na=False)
        assert joint.columns[0] == "movie"
        assert list(joint["movie"].unique()) == ["m0", "m1", "m2"]
        for name, part in joint.groupby("movie"):
            own = pd.read_csv(out / "runs" / name / table, dtype=str, keep_default_na=False)
            pd.testing.assert_frame_equal(part[own.columns].reset_index(drop=True), own)
    first = pd.read_csv(out / "cells.csv")
    assert first.loc[first["movie"] == "m0", "area_um2"].isna().all()
    assert first.loc[first["movie"] == "m1", "area_um2"].notna().all()


def test_joint_tables_as_parquet_have_the_same_values(
    movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "out"
    words = ["--segmenter", "classical", "--detector", "classical", "--workers", "1", "--parquet"]
    command = ["tracksam", "batch", str(movies / "m1.ome.tif"), "--out", str(out), *words]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    for name in ("cells", "tracks"):
        text, binary = pd.read_csv(out / f"{name}.csv"), pd.read_parquet(out / f"{name}.parquet")
        assert list(binary.columns) == list(text.columns)
        pd.testing.assert_frame_equal(binary, text, check_dtype=False)
        assert binary["track_id"].dtype == np.int64


def test_one_bad_movie_stops_no_other_and_is_named(movies: Path, tmp_path: Path) -> None:
    bad = movies / "m0.ome.tif"
    content = bad.read_bytes()
    bad.write_bytes(content[:900])
    out = tmp_path / "out"
    result = run(movies, out)
    assert [o.name for o in result.failed] == ["m0"]
    row = rows(out)["m0"]
    assert row["state"] == "failed"
    assert "m0.ome.tif is truncated" in row["error"]
    assert rows(out)["m1"]["state"] == "complete"

    bad.write_bytes(content)
    before = {p: p.stat().st_mtime_ns for p in (out / "runs" / "m1").rglob("*")}
    assert run(movies, out, resume=True).failed == ()
    assert {p: p.stat().st_mtime_ns for p in (out / "runs" / "m1").rglob("*")} == before
    row = rows(out)["m0"]
    assert (row["state"], row["attempts"], row["error"]) == ("complete", "2", "")
    assert "attempt 1: " in row["faults"]
    assert "truncated" in row["faults"]


def test_an_unexpected_error_is_an_outcome_too(
    movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("tracksam.batching.job.carry_out", broken)
    result = run(movies, tmp_path / "out")
    assert {o.error for o in result.outcomes} == {"unexpected ZeroDivisionError: by zero"}
    assert "in broken" in result.outcomes[0].trace


def test_what_changed_is_refused(movies: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(movies, out)
    other = SETTINGS.changed({"link": {"max_gap": 1}})
    with pytest.raises(InvalidInputError, match=r"in settings\.link\.max_gap: 2 then, 1 now"):
        run(movies, out, resume=True, settings=other)
    with pytest.raises(WriteError, match="--resume goes on with it"):
        run(movies, out)
    path = movies / "m1.ome.tif"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    with pytest.raises(InvalidInputError, match=r"m1\.ome\.tif changed since it was tracked"):
        run(movies, out, resume=True)
    path.write_bytes(content)
    assert run(movies, out, resume=True).failed == ()


def test_a_movie_touched_half_way_is_begun_anew(
    movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def spoil(progress: BatchProgress) -> None:
        frames = progress.frames.get("m2")
        if frames and frames.stage == "tracking" and frames.done == 2:
            path = movies / "m2.ome.tif"
            path.write_bytes(path.read_bytes())

    result = run(movies, out, progress=spoil)
    assert [o.name for o in result.failed] == ["m2"]
    assert "the movie changed while it was tracked" in result.failed[0].error
    assert run(movies, out, resume=True).failed == ()
    assert "anew, as the movie was touched in between" in rows(out)["m2"]["faults"]


def test_a_batch_that_can_not_fit_is_refused(
    movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracksam.batching.run.predicted_bytes", lambda _: 2**60)
    with pytest.raises(WriteError, match=r"free, but the run may need .* TiB; make room"):
        run(movies, tmp_path / "out")
    assert not (tmp_path / "out" / "cells.csv").exists()


def test_two_batches_do_not_write_one_folder(movies: Path, tmp_path: Path) -> None:
    with locked(tmp_path / "out"), pytest.raises(WriteError, match="is being written by process"):
        run(movies, tmp_path / "out")


def test_prompts_axes_and_settings_of_single_movies(movies: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "n.npy", tracksam.read_movie(movies / "m0.ome.tif").clip(range(3))[..., 0])
    marks = tmp_path / "marks.csv"
    cell = tracksam.track(tracksam.read_movie(movies / "m0.ome.tif"), settings=SETTINGS).lineage
    y, x = cell.yx[0]
    marks.write_text(f"object_id,frame,kind,y,x,y1,x1\n7,0,positive,{y},{x},,\n")
    entry = Entry("n", str(tmp_path / "n.npy"), str(marks), "TYX", {"mode": "follow"})
    result = tracksam.batch([entry], tmp_path / "out", settings=SETTINGS, cluster=ALONE)
    assert [(o.name, o.state, o.tracks) for o in result.outcomes] == [("n", "complete", 1)]
    cells = pd.read_csv(tmp_path / "out" / "cells.csv")
    assert set(cells["track_id"]) == {7}


def test_file_names_are_escaped_in_the_index(movies: Path, tmp_path: Path) -> None:
    evil = movies / "<img src=x onerror=alert(1)>&'.ome.tif"
    (movies / "m0.ome.tif").rename(evil)
    out = tmp_path / "out <b>"
    result = run(movies, out)
    assert result.failed == ()
    page = (out / "report.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in page or "_img src=x" in page
    assert "<b>" not in page.split("</title>")[0].split("<title>")[1]


def test_a_glob_that_matches_nothing_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no file matches"):
        run(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [{"workers": 0}, {"gpus": -1}, {"workers": 2, "gpus": 1}])
def test_a_cluster_that_can_not_be(words: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError):
        Cluster(**words)


def test_without_dask_one_process_does_it(
    movies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracksam.batching.cluster.is_dask_there", lambda: False)
    assert not Cluster().needs_dask
    with pytest.raises(InvalidInputError, match=r"pip install 'tracksam\[cluster\]'"):
        run(movies, tmp_path / "out", cluster=Cluster(workers=2))


def test_a_worker_whose_process_always_dies_is_given_up(movies: Path, tmp_path: Path) -> None:
    from tracksam.batching.job import MOST_TRIES, Job, attempt
    from tracksam.batching.ledger import Ledger, Plan

    entry = Entry("m0", str(movies / "m0.ome.tif"))
    ledger = Ledger(tmp_path / "out")
    ledger.begin(Plan((entry,), SETTINGS), resume=False)
    job = Job(entry, SETTINGS, str(tmp_path / "out"), "this call")
    for tries in range(1, MOST_TRIES + 1):
        before = ledger.outcome(entry)
        assert before.tries == tries - 1
        child = os.fork()
        if child == 0:  # as a killed worker: begun, and never heard of again
            attempt(job, lambda *_: os._exit(0))
        os.waitpid(child, 0)
    ended = attempt(job, lambda *_: None)
    assert ended.state == "failed"
    assert ended.error.startswith("begun 3 times, and each time its process was killed")
    assert [fault.split(": ")[1] for fault in ended.faults] == ["its process was killed"] * 3
