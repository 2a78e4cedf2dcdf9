"""Place and shape: moments, axes, perimeter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells

Values = dict[str, NDArray[np.generic]]
Floats = NDArray[np.float64]
_DIAGONAL = np.pi / 4 / np.sqrt(2)
# Weights of the 16 patterns of a 2 x 2 window in Crofton's formula with four directions, by
# 8 upper left + 4 left + 2 upper + 1 own pixel (Rivollier 2010; as in scikit-image).
_CROFTON = np.array(
    [
        *(0, np.pi / 4 + _DIAGONAL, _DIAGONAL, 2 * _DIAGONAL),
        *(0, np.pi / 4 + _DIAGONAL, 0, _DIAGONAL),
        *(np.pi / 4, np.pi / 2, _DIAGONAL, _DIAGONAL),
        *(np.pi / 4, np.pi / 2, 0, 0),
    ]
)
# The same for the Euler number of shapes whose parts may be joined at corners (Ohser 2002).
_EULER = np.array([0, 0, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, -1, 0])


def place(cells: FrameCells) -> Values:
    """Return bounding boxes and whether cells touch the border.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
    """
    y0, x0, y1, x1 = cells.box_yxyx.T
    height, width = cells.labels_yx.shape
    return {
        "bbox_y0_px": y0,
        "bbox_x0_px": x0,
        "bbox_y1_px": y1,
        "bbox_x1_px": x1,
        "touches_border": (y0 == 0) | (x0 == 0) | (y1 == height) | (x1 == width),
    }


def moments(cells: FrameCells) -> Values:
    """Return area, centroid, and what the ellipse of the same second moments tells.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        As `skimage.measure.regionprops`: a single pixel has axes of 0 and eccentricity 0; a
        shape without a longer axis has the orientation -pi/4.
    """
    area = cells.area
    y, x, yy, xx, xy = second_moments(cells)
    middle, spread = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    larger, smaller = middle + spread, np.maximum(middle - spread, 0)
    flat = np.divide(smaller, larger, out=np.ones_like(larger), where=larger > 0)
    return {
        "area_px": cells.area,
        "equivalent_diameter_px": np.sqrt(4 * area / np.pi),
        "extent": area / np.prod(cells.box_yxyx[:, 2:] - cells.box_yxyx[:, :2], axis=1),
        "y_px": y,
        "x_px": x,
        "major_axis_px": 4 * np.sqrt(larger),
        "minor_axis_px": 4 * np.sqrt(smaller),
        "eccentricity": np.sqrt(1 - flat),
        "orientation_rad": _orientation(yy, xx, xy),
    }


def second_moments(cells: FrameCells) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the centroids, and the variances and covariance of the pixels' positions.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    y, x, yy, xx, xy : ndarray of float64, shape (K,)
    """
    y0, x0 = cells.box_yxyx[:, 0], cells.box_yxyx[:, 1]
    n = cells.run_end - cells.run_first
    y = cells.run_row - y0[cells.run_cell]
    x = cells.run_first - x0[cells.run_cell]
    run_x = n * x + n * (n - 1) // 2
    run_xx = n * x**2 + x * n * (n - 1) + (n - 1) * n * (2 * n - 1) // 6
    area = cells.area.astype(np.float64)
    mean_y, mean_x = cells.total(n * y) / area, cells.total(run_x) / area
    return (
        y0 + mean_y,
        x0 + mean_x,
        cells.total(n * y**2) / area - mean_y**2,
        cells.total(run_xx) / area - mean_x**2,
        cells.total(y * run_x) / area - mean_y * mean_x,
    )


def _orientation(yy: Floats, xx: Floats, xy: Floats) -> Floats:
    """Return the angle from the row axis to the major axis."""
    round_ = np.hypot(yy - xx, 2 * xy) <= 1e-12 * (yy + xx)
    return np.where(round_, -np.pi / 4, 0.5 * np.arctan2(2 * xy, yy - xx))


def outline(cells: FrameCells) -> Values:
    """Return perimeter, form factor and Euler number.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        Crofton's formula in four directions; outside the frame counts as background.
    """
    patterns = window_patterns(cells)
    perimeter = patterns @ _CROFTON
    return {
        "perimeter_px": perimeter,
        "form_factor": 4 * np.pi * cells.area / perimeter**2,
        "euler_number": patterns @ _EULER,
    }


def window_patterns(cells: FrameCells) -> NDArray[np.int64]:
    """Return how often each pattern of a 2 x 2 window occurs at each cell's outline.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    ndarray of int64, shape (K, 16)
        The pattern's number is 8 upper left + 4 left + 2 upper + 1 own pixel. Patterns 0 and 15,
        outside and inside, are not counted.
    """
    if not len(cells):
        return np.zeros((0, 16), np.int64)
    padded = np.pad(cells.labels_yx, 1)
    corners = (padded[:-1, :-1], padded[1:, :-1], padded[:-1, 1:], padded[1:, 1:])
    own = corners[3]
    mixed = np.flatnonzero((corners[0] != own) | (corners[1] != own) | (corners[2] != own))
    labels_w4 = np.stack([corner.ravel()[mixed] for corner in corners], axis=1)
    counts = np.zeros(len(cells) * 16, np.int64)
    for corner in range(4):
        label = labels_w4[:, corner]
        new = label != 0
        for earlier in range(corner):
            new &= label != labels_w4[:, earlier]
        label = label[new]
        pattern = (labels_w4[new] == label[:, None]) @ np.array([8, 4, 2, 1])
        cell = np.searchsorted(cells.ids, label)
        counts += np.bincount(cell * 16 + pattern, minlength=len(counts))
    return counts.reshape(-1, 16)
