"""Frames larger than memory: tile by tile from zarr, with the result of whole frames."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr

import tracksam
from tracksam.errors import CancelledError
from tracksam.io.omezarr import ZarrArray
from tracksam.progress import Progress
from tracksam.settings import Settings
from tracksam.simulate import MovieSettings, movie

SHAPE = (3, 520, 640)


def settings(tile_px: int) -> Settings:
    back_ends = {"segmenter": "classical", "detector": "classical", "diameter_px": 22.0}
    return Settings().changed({"segment": {**back_ends, "tile_px": tile_px}})


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie of drifting nuclei, among them many at the seams, in chunks of 128 px."""
    made = movie(
        MovieSettings(n_frames=SHAPE[0], height_px=SHAPE[1], width_px=SHAPE[2], n_cells=40, seed=3)
    )
    path = tmp_path_factory.mktemp("large") / "movie.zarr"
    array = zarr.create_array(store=str(path), shape=SHAPE, chunks=(1, 128, 128), dtype="u2")
    array[:] = np.stack([image_yxc[..., 0] for image_yxc in made.stack])
    return path


def test_tiles_give_the_tracks_and_measures_of_whole_frames(large: Path, tmp_path: Path) -> None:
    stack = tracksam.read_movie(large, axes="TYX")
    whole = tracksam.track(stack, settings=settings(2048), out=tmp_path / "whole")
    tiled = tracksam.track(stack, settings=settings(256), out=tmp_path / "tiled")
    for frame in range(SHAPE[0]):
        one, other = whole.masks.frame(frame), tiled.masks.frame(frame)
        assert len(np.unique(one)) == len(np.unique(other)) > 30
        assert ((one > 0) != (other > 0)).sum() < 0.01 * (one > 0).sum()
        pairs = np.unique(
            np.stack([one[(one > 0) & (other > 0)], other[(one > 0) & (other > 0)]]), axis=1
        )
        same = [(one == a).sum() for a in pairs[0]]
        assert len(same) >= len(np.unique(one)) - 1
    assert whole.lineage.n_tracks == tiled.lineage.n_tracks
    assert whole.lineage.parents.keys() == tiled.lineage.parents.keys()
    keys = ["frame", "bbox_y0_px", "bbox_x0_px", "bbox_y1_px", "bbox_x1_px", "area_px"]
    both = whole.tables.cells.merge(tiled.tables.cells, on=keys, suffixes=("", "_tiled"))
    assert len(both) > 0.75 * len(whole.tables.cells)
    for name in ("y_px", "perimeter_px", "mean_c0", "ring_4_c0", "texture_entropy_c0"):
        assert both[name].to_numpy() == pytest.approx(both[f"{name}_tiled"].to_numpy())
    for name in ("touches_border", "n_neighbours"):
        assert (both[name] == both[f"{name}_tiled"]).all()
    assert both["corrected_mean_c0"].to_numpy() == pytest.approx(
        both["corrected_mean_c0_tiled"].to_numpy(), abs=2
    )


def test_no_frame_is_ever_read_whole(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, largest = ZarrArray.read, []

    def noted(self: ZarrArray, index: tuple[int | slice, ...]) -> np.ndarray:
        part = read(self, index)
        largest.append(part.size)
        return part

    monkeypatch.setattr(ZarrArray, "read", noted)
    stack = tracksam.read_movie(large, axes="TYX").windowed((slice(0, 520), slice(0, 640)))
    tracksam.track(stack, settings=settings(256), out=tmp_path / "out")
    n_whole = sum(size == SHAPE[1] * SHAPE[2] for size in largest)
    # The hash of the first frame and the overview's three frames, which are not large enough.
    assert n_whole <= 4
    assert sum(size < SHAPE[1] * SHAPE[2] for size in largest) > 3 * 6


def test_a_stopped_run_goes_on_to_the_same_bytes(large: Path, tmp_path: Path) -> None:
    stack = tracksam.read_movie(large, axes="TYX")
    tracksam.track(stack, settings=settings(256), out=tmp_path / "right")

    def stop(progress: Progress) -> bool:
        return progress.stage == "tracking" and progress.done == 2

    with pytest.raises(CancelledError):
        tracksam.track(stack, settings=settings(256), out=tmp_path / "out", progress=stop)
    tracksam.track(stack, settings=settings(256), out=tmp_path / "out", on_exists="resume")
    assert contents(tmp_path / "out") == contents(tmp_path / "right")


def contents(out: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(out.rglob("*.*")):
        content = path.read_bytes()
        if path.name == "run.json":
            content = json.dumps({**json.loads(content), "times": 0}).encode()
        found[path.relative_to(out).as_posix()] = content
    return found


ONE_RUN = """
import resource, sys
import numpy as np, zarr
import tracksam
from tracksam.settings import Settings

side, folder = int(sys.argv[1]), sys.argv[2]
array = zarr.create_array(
    store=folder + "/movie.zarr", shape=(2, side, side), chunks=(1, 256, 256), dtype="u2"
)
disc = np.hypot(*np.mgrid[-16:16, -16:16]) < 10
rng = np.random.default_rng(0)
for t in range(2):
    for top in range(0, side, 256):
        band = rng.integers(90, 110, (256, side), np.uint16)
        for x in range(64, side - 64, 256):
            band[100 + 2 * t : 132 + 2 * t, x + t : x + t + 32][disc] += 900
        array[t, top : top + 256] = band
back_ends = {"segmenter": "classical", "detector": "classical", "diameter_px": 20.0}
settings = Settings().changed({"segment": {**back_ends, "tile_px": 256}})
stack = tracksam.read_movie(folder + "/movie.zarr", axes="TYX")
result = tracksam.track(stack, settings=settings, out=folder + "/out")
n_discs = (side // 256) * len(range(64, side - 64, 256))
assert result.lineage.n_tracks == n_discs, (result.lineage.n_tracks, n_discs)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak_mb(side: int, folder: Path) -> int:
    """Peak memory of a process that tracks two frames of this side in tiles of 256 px."""
    folder.mkdir()
    command = [sys.executable, "-c", ONE_RUN, str(side), str(folder)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_memory_does_not_grow_with_the_frame(tmp_path: Path) -> None:
    """Whole frames take about 36 MB more for each million pixels."""
    small, large = peak_mb(1024, tmp_path / "small"), peak_mb(2560, tmp_path / "large")
    assert large <= small + 60
