"""A batch on several processes gives the same bytes as one process."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

import tracksam
from tracksam.batching import Cluster
from tracksam.io.tiff import write_movie
from tracksam.settings import Settings
from tracksam.simulate import MovieSettings, movie

distributed = pytest.importorskip("distributed")
SETTINGS = Settings().changed({"segment": {"segmenter": "classical", "detector": "classical"}})
BACK_ENDS = {"classical": SETTINGS, "nano": Settings()}


def make(path: Path, seed: int, n_frames: int) -> None:
    settings = MovieSettings(
        n_frames=n_frames,
        height_px=48,
        width_px=56,
        n_cells=5,
        diameter_px=11,  # nano enlarges such cells, by the typical diameter of the movie
        growth=1.03,
        division_rate=0.0,
        seed=seed,
    )
    write_movie(movie(settings).stack, path)


def contents(out: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted((out / "runs").rglob("*.*")):
        content = path.read_bytes()
        if path.name == "run.json":
            content = json.dumps({**json.loads(content), "times": 0}).encode()
        found[path.relative_to(out).as_posix()] = content
    return found | {name: (out / name).read_bytes() for name in ("cells.csv", "tracks.csv")}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two workers of a scheduler that stands elsewhere."""
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options, silence_logs=50) as local:
        yield Cluster(scheduler=local.scheduler_address)


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_workers_give_the_bytes_of_one_process(
    back_end: str, cluster: Cluster, tmp_path: Path
) -> None:
    """Two movies, of which each worker takes one; then one movie, whose frames they share."""
    settings = BACK_ENDS[back_end]
    for seed in range(2):
        make(tmp_path / f"m{seed}.ome.tif", seed, 5 + seed)
    alone, both, one = (tmp_path / name for name in ("alone", "both", "one"))
    both_movies = str(tmp_path / "*.tif")
    tracksam.batch(both_movies, alone, settings=settings, cluster=Cluster(workers=1))
    tracksam.batch(both_movies, both, settings=settings, cluster=cluster)
    assert contents(both) == contents(alone)
    before = chunks_looked_at(cluster)
    tracksam.batch(tmp_path / "m1.ome.tif", one, settings=settings, cluster=cluster)
    looked_at = chunks_looked_at(cluster) - before
    assert len(looked_at) == 3, "six frames are three chunks, each looked at once"
    shared = {name: v for name, v in contents(one).items() if name.startswith("runs/m1")}
    assert shared == {k: v for k, v in contents(alone).items() if k.startswith("runs/m1")}


def chunks_looked_at(cluster: Cluster) -> set[str]:
    """Keys of the tasks in which workers looked at frames."""
    with distributed.Client(cluster.scheduler, set_as_default=False) as client:
        told = client.run(lambda dask_worker: [str(entry) for entry in dask_worker.state.log])
    found = re.compile(r"look_at_chunk-[0-9a-f-]+")
    return {key for lines in told.values() for line in lines for key in found.findall(line)}


@contextmanager
def ctrl_c_heard() -> Iterator[None]:
    """As in a terminal; else what a shell starts in the background hands its deafness on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_leaves_what_resume_goes_on_with(tmp_path: Path) -> None:
    for seed in range(6):  # enough work that much is left when the first has begun
        make(tmp_path / f"m{seed}.ome.tif", seed, 40)
    out = tmp_path / "out"
    words = ["--segmenter", "classical", "--detector", "classical", "--workers", "2"]
    command = [sys.executable, "-m", "tracksam", "batch", str(tmp_path / "*.tif")]
    command += ["--out", str(out), *words]
    with ctrl_c_heard():
        client = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while not list((out / "runs").glob("*/run.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(client.pid, signal.SIGINT)  # as a terminal does: to all processes
    said, errors = client.communicate(timeout=120)
    assert client.returncode == 130, (said, errors)
    assert "--resume goes on" in errors
    assert "Traceback" not in errors
    ended = tracksam.batch(
        str(tmp_path / "*.tif"), out, settings=SETTINGS, cluster=Cluster(workers=1), resume=True
    )
    assert ended.failed == ()
    assert attrs.evolve(ended.outcomes[0], seconds=0).attempts in (1, 2)
