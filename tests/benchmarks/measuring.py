"""What measuring costs, in seconds of processor time.

    python tests/benchmarks/measuring.py [MOVIE ...]

Packed cells beside scikit-image; for each movie the share of a whole run; and how often tracks of
that run are called persistent, beside the same tracks with their steps in another order.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.measure import regionprops_table

import tracksam
from tracksam.steps.measure import measure, measure_frame
from tracksam.steps.motility import track_motion

PITCH = 41
SAME_COLUMNS = (
    "label",
    "area",
    "centroid",
    "bbox",
    "equivalent_diameter_area",
    "perimeter_crofton",
    "axis_major_length",
    "axis_minor_length",
    "eccentricity",
    "orientation",
    "area_convex",
    "solidity",
    "feret_diameter_max",
    "extent",
    "euler_number",
    "intensity_mean",
    "intensity_median",
    "intensity_std",
    "intensity_min",
    "intensity_max",
)


def packed_cells(side: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return side x side ellipses in a grid, and an image."""
    rng = np.random.default_rng(0)
    n = side * PITCH
    y, x = np.indices((n, n)) % PITCH - PITCH // 2
    cell_yx = np.arange(1, side**2 + 1).reshape(side, side)
    spread = np.kron(cell_yx, np.ones((PITCH, PITCH), np.uint16))
    long, wide, angle = rng.uniform([14, 9, 0], [19, 16, np.pi], (side**2 + 1, 3)).T
    cos, sin = np.cos(angle)[spread], np.sin(angle)[spread]
    inside = np.hypot((y * cos + x * sin) / long[spread], (x * cos - y * sin) / wide[spread]) <= 1
    image_yx = rng.gamma(4, 400, (n, n)).astype(np.uint16)
    return np.where(inside, spread, 0).astype(np.uint16), image_yx


def processor_seconds(labels_yx: NDArray[np.uint16], image_yx: NDArray[np.uint16]) -> float:
    """Return the processor time of measuring one frame."""
    start = time.process_time()
    measure_frame(labels_yx, image_yx[..., None], 0)
    return time.process_time() - start


def print_packed() -> None:
    """Print the seconds of packed cells, and the ratio to scikit-image with the same columns."""
    labels_yx, image_yx = packed_cells(side=100)
    ours = min(processor_seconds(labels_yx, image_yx) for _ in range(2))
    print(f"{labels_yx.max()} cells on {labels_yx.shape}: {ours:.2f} s")
    labels_yx, image_yx = packed_cells(side=20)
    ours = min(processor_seconds(labels_yx, image_yx) for _ in range(3))
    start = time.process_time()
    regionprops_table(labels_yx, image_yx, properties=SAME_COLUMNS)
    theirs = time.process_time() - start
    print(f"{labels_yx.max()} cells: regionprops_table takes {theirs / ours:.1f} times as long")


def with_steps_in_another_order(lineage: tracksam.Lineage) -> tracksam.Lineage:
    """Return tracks that have forgotten which step came after which."""
    rng, yx = np.random.default_rng(0), lineage.yx.copy()
    for track_id in lineage.track_ids:
        rows = np.flatnonzero(lineage.track_id == track_id)
        steps = np.diff(yx[rows], axis=0)
        yx[rows[1:]] = yx[rows[0]] + np.cumsum(rng.permutation(steps), axis=0)
    return tracksam.Lineage(lineage.track_id, lineage.frame, yx)


def print_movie(path: Path) -> None:
    """Print the share of measuring in a run, and how many tracks are called persistent."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        result = tracksam.track(path, out=Path(folder) / "run")
        whole = time.process_time() - start
        start = time.process_time()
        measure(result.masks, tracksam.read_movie(path), result.lineage)
        share = (time.process_time() - start) / whole
        lineage = result.lineage
    called, by_chance = (
        np.isfinite(track_motion(tracks)["persistence_frames"]).sum()
        for tracks in (lineage, with_steps_in_another_order(lineage))
    )
    print(f"{path}: {lineage.n_tracks} tracks, measuring is {share:.1%} of {whole:.0f} s;")
    print(f"    persistent: {called}, with steps in another order: {by_chance}")


def main() -> None:
    """Print everything."""
    print_packed()
    for name in sys.argv[1:]:
        print_movie(Path(name))


if __name__ == "__main__":
    main()
