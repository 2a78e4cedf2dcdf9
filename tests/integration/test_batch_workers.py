"""A batch on several processes gives the same bytes as one process."""

import json
import os
import subprocess
import sys
import time
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


def make(path: Path, seed: int, n_frames: int) -> None:
    settings = MovieSettings(
        n_frames=n_frames, height_px=48, width_px=56, n_cells=3, division_rate=0.0, seed=seed
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


def test_a_scheduler_elsewhere_and_frames_looked_at_by_all_workers(tmp_path: Path) -> None:
    """Two movies, of which each worker takes one; then one movie, whose frames they share."""
    from distributed import LocalCluster

    for seed in range(2):
        make(tmp_path / f"m{seed}.ome.tif", seed, 5 + seed)
    alone = tmp_path / "alone"
    tracksam.batch(str(tmp_path / "*.tif"), alone, settings=SETTINGS, cluster=Cluster(workers=1))
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options, silence_logs=50) as local:
        cluster = Cluster(scheduler=local.scheduler_address)
        both, one = tmp_path / "both", tmp_path / "one"
        tracksam.batch(str(tmp_path / "*.tif"), both, settings=SETTINGS, cluster=cluster)
        assert contents(both) == contents(alone)
        tracksam.batch(tmp_path / "m1.ome.tif", one, settings=SETTINGS, cluster=cluster)
        with distributed.Client(local) as client:
            keys = {key for story in _stories(client) for key in story}
        assert any("look_at_chunk" in key for key in keys)
        shared = {name: v for name, v in contents(one).items() if name.startswith("runs/m1")}
        assert shared == {k: v for k, v in contents(alone).items() if k.startswith("runs/m1")}


def _stories(client: object) -> list[list[str]]:
    """Keys of the tasks that each worker did."""
    logs = client.run(lambda dask_worker: [str(entry) for entry in dask_worker.state.log])
    return list(logs.values())


def test_ctrl_c_leaves_what_resume_goes_on_with(tmp_path: Path) -> None:
    import signal

    for seed in range(6):  # enough work that much is left when the first has begun
        make(tmp_path / f"m{seed}.ome.tif", seed, 40)
    out = tmp_path / "out"
    words = ["--segmenter", "classical", "--detector", "classical", "--workers", "2"]
    command = [sys.executable, "-m", "tracksam", "batch", str(tmp_path / "*.tif")]
    command += ["--out", str(out), *words]
    client = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
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
