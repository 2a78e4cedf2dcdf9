"""Sample points inside masks: the points that are followed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions
from tracksam.strips import Moments, Strips

RING = 8
OUTERMOST = 0.8


def sample_points(regions: Regions, n_points: int) -> NDArray[np.float64]:
    """Return points inside each region: its middle first, then rings of eight, inner to outer.

    The rings are ellipses with the region's own axes, so that turning or mirroring a mask turns
    or mirrors its points. A point that falls outside a bent or hollow mask is drawn towards the
    middle, and at last to the nearest pixel of the mask.

    Parameters
    ----------
    regions : Regions
        K regions.
    n_points : int
        P, 1 or more. A mask of fewer pixels gets points on the same pixel.

    Returns
    -------
    ndarray of float, shape (K, P, 2)
        Row and column in pixels.
    """
    if not len(regions):
        return np.zeros((0, n_points, 2))
    # Positions are counted from each box, so that a moved mask has exactly the same points, moved.
    local = Strips.of_crops(regions.crops, np.zeros((len(regions), 2), np.int64))
    found = local.moments(len(regions))
    middle = np.repeat(found.yx, n_points, axis=0)
    owner = np.repeat(np.arange(len(regions)), n_points)
    points = middle + (_pattern(n_points) @ _half_axes(found)).reshape(-1, 2)
    for _ in range(2):
        outside = np.flatnonzero(~_inside(regions, local, owner, points))
        points[outside] = (points[outside] + middle[outside]) / 2
    for i in np.flatnonzero(~_inside(regions, local, owner, points)):
        pixels = np.argwhere(regions.crops[owner[i]])
        points[i] = pixels[np.argmin(((pixels - points[i]) ** 2).sum(axis=1))]
    return points.reshape(-1, n_points, 2) + regions.box_yx[:, None]


def _pattern(n_points: int) -> NDArray[np.float64]:
    """Points of the unit disc: the middle, then rings of up to eight, shape (P, 2)."""
    points = [(0.0, 0.0)]
    n_rings = -(-(n_points - 1) // RING)
    for ring in range(1, n_rings + 1):
        in_ring = min(RING, n_points - len(points))
        radius = OUTERMOST * ring / n_rings
        angles = 2 * np.pi * np.arange(in_ring) / in_ring
        points += list(zip(radius * np.sin(angles), radius * np.cos(angles), strict=True))
    return np.array(points)


def _half_axes(found: Moments) -> NDArray[np.float64]:
    """Half axes of the ellipses with the same second moments, a row each, shape (K, 2, 2)."""
    covariance = np.stack([found.yy, found.xy, found.xy, found.xx], axis=1).reshape(-1, 2, 2)
    values, vectors = np.linalg.eigh(covariance)
    lengths = 2 * np.sqrt(np.maximum(values, 0))
    return np.asarray(np.swapaxes(vectors * lengths[:, None], 1, 2))


def _inside(
    regions: Regions, local: Strips, owner: NDArray[np.int64], points: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which points lie in the masks that own them."""
    pixel = np.rint(points).astype(np.int64)
    height, width = np.array([crop.shape for crop in regions.crops]).T
    rows, columns = int(height.max()), int(width.max())
    valid = (pixel >= 0).all(axis=1) & (pixel[:, 0] < height[owner]) & (pixel[:, 1] < width[owner])
    # One line of pixels for all masks: strips and points are found in it by bisection.
    line = (local.mask * rows + local.y) * columns
    place = (owner * rows + pixel[:, 0]) * columns + pixel[:, 1]
    last = np.searchsorted(line + local.start, place, side="right") - 1
    return np.asarray(valid & (place < (line + local.stop)[np.maximum(last, 0)]))
