"""What measuring costs: seconds of processor time, on one thread."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from tracksam.steps.measure import measure_frame

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
    start = time.process_time()
    measure_frame(labels_yx, image_yx[..., None], 0)
    return time.process_time() - start


@pytest.mark.slow
def test_ten_thousand_cells_take_seconds() -> None:
    labels_yx, image_yx = packed_cells(side=100)
    assert (labels_yx.max(), labels_yx.shape) == (10_000, (4100, 4100))
    assert min(processor_seconds(labels_yx, image_yx) for _ in range(2)) <= 5


@pytest.mark.slow
def test_faster_than_regionprops_with_more_columns() -> None:
    labels_yx, image_yx = packed_cells(side=20)
    ours = min(processor_seconds(labels_yx, image_yx) for _ in range(3))
    start = time.process_time()
    regionprops_table(labels_yx, image_yx, properties=SAME_COLUMNS)
    theirs = time.process_time() - start
    assert theirs >= 3 * ours
