"""What the network is asked to say of a label image."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

CANONICAL_PX = 26.0
"""Cell diameter (of the circle of equal area) at which the network works best."""

IGNORE = 65535
"""Label of pixels that nobody labelled: they take no part in the loss."""

LOG_DIAMETER_RANGE = 3.0
_OFFSET_STEP_PX = 0.5


@attrs.frozen(eq=False)
class Targets:
    """Per-pixel truth, packed into bytes so that thousands of crops fit on a disk.

    Parameters
    ----------
    packed : ndarray of uint8, shape (6, Y, X)
        Foreground (1), background (0) or unlabelled (2); distance to the cell's border over its
        largest (0 to 255); row and column offset to the cell's centre in half pixels, plus 128;
        log2 of the cell's diameter over the canonical one, -3 to 3 as 0 to 255; nearness to
        another cell (0 or 255).
    """

    packed: NDArray[np.uint8]


def targets_of(labels_yx: NDArray[Any], diameter_px: NDArray[np.floating[Any]]) -> Targets:
    """Return what the network should say of a labelled crop.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 background, 1 to N cells (some may be missing), 65535 unlabelled.
    diameter_px : ndarray, shape (N + 1,)
        Diameter of each whole cell, also where the crop shows a part of it; index 0 is not used.

    Returns
    -------
    Targets
    """
    unlabelled_yx = labels_yx == IGNORE
    cells_yx = np.where(unlabelled_yx, 0, labels_yx).astype(np.int32)
    inside_yx = cells_yx > 0
    distance_yx = boundary_distance(cells_yx)
    offsets = _offsets_to_centre(cells_yx, distance_yx)
    log_of_cell: NDArray[Any] = np.log2(np.maximum(diameter_px, 1.0) / CANONICAL_PX)
    log_yx = np.where(inside_yx, log_of_cell[cells_yx], 0.0)
    level = (np.clip(log_yx / LOG_DIAMETER_RANGE, -1, 1) + 1) * 127.5
    state_yx = np.where(unlabelled_yx, 2, inside_yx)
    planes: list[NDArray[Any]] = [
        state_yx,
        np.rint(distance_yx * 255),
        np.clip(np.rint(offsets[0] / _OFFSET_STEP_PX), -127, 127) + 128,
        np.clip(np.rint(offsets[1] / _OFFSET_STEP_PX), -127, 127) + 128,
        np.rint(level),
        _near_another(cells_yx) * 255,
    ]
    return Targets(np.stack([plane.astype(np.uint8) for plane in planes]))


def offsets_from(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return packed offsets (any shape) in pixels."""
    return (packed.astype(np.float32) - 128) * np.float32(_OFFSET_STEP_PX)


def log_diameter_from(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return packed diameters (any shape) as log2 of the diameter over the canonical one."""
    return (packed.astype(np.float32) / np.float32(127.5) - 1) * np.float32(LOG_DIAMETER_RANGE)


def boundary_distance(cells_yx: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return each pixel's distance to its cell's border, over the largest of that cell.

    Parameters
    ----------
    cells_yx : ndarray of int32, shape (Y, X)
        0 is background. The edge of the image is no border: a cut cell goes on behind it.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        0 outside, 1 at each cell's innermost pixel.
    """
    import cv2

    edge_yx = _touches_other(cells_yx)
    inner = ((cells_yx > 0) & ~edge_yx).astype(np.uint8)
    distance_yx = cv2.distanceTransform(inner, cv2.DIST_L2, 5) + 1
    distance_yx[cells_yx == 0] = 0
    largest = np.zeros(int(cells_yx.max()) + 1, np.float32)
    np.maximum.at(largest, cells_yx.ravel(), distance_yx.ravel())
    largest[0] = 1
    return np.asarray(distance_yx / np.maximum(largest, 1)[cells_yx], np.float32)


def _touches_other(cells_yx: NDArray[np.int32]) -> NDArray[np.bool_]:
    touches_yx = np.zeros(cells_yx.shape, bool)
    across, down = cells_yx[:, 1:] != cells_yx[:, :-1], cells_yx[1:] != cells_yx[:-1]
    touches_yx[:, 1:] |= across
    touches_yx[:, :-1] |= across
    touches_yx[1:] |= down
    touches_yx[:-1] |= down
    return touches_yx


def _near_another(cells_yx: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return where two cells lie within a 5 x 5 window."""
    import cv2

    kernel = np.ones((5, 5), np.uint8)
    values = cells_yx.astype(np.float32)
    highest = cv2.dilate(values, kernel)
    lowest = cv2.erode(np.where(cells_yx > 0, values, np.float32(1e6)), kernel)
    return np.asarray((highest > 0) & (lowest < 1e6) & (highest != lowest))


def _offsets_to_centre(
    cells_yx: NDArray[np.int32], distance_yx: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the way from each pixel to its cell's centre, shape (2, Y, X), 0 outside.

    The centre is a pixel of the cell: near the centroid, and well inside (a bent cell's centroid
    may lie outside it).
    """
    offsets = np.zeros((2, *cells_yx.shape), np.float32)
    rows, columns = np.nonzero(cells_yx)
    if not len(rows):
        return offsets
    cell = cells_yx[rows, columns]
    count = np.maximum(np.bincount(cell), 1)
    mean_y = np.bincount(cell, rows) / count
    mean_x = np.bincount(cell, columns) / count
    away = np.hypot(rows - mean_y[cell], columns - mean_x[cell]) / np.sqrt(count[cell])
    badness = away - 0.5 * distance_yx[rows, columns]
    order = np.lexsort((badness, cell))
    first = order[np.unique(cell[order], return_index=True)[1]]
    centre_y, centre_x = np.zeros(len(count)), np.zeros(len(count))
    centre_y[cell[first]], centre_x[cell[first]] = rows[first], columns[first]
    offsets[0, rows, columns] = centre_y[cell] - rows
    offsets[1, rows, columns] = centre_x[cell] - columns
    return offsets
