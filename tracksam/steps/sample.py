"""Sample points inside masks: the points that are followed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Mask, Regions

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
    pattern = _pattern(n_points)
    yx_kp2 = np.zeros((len(regions), n_points, 2))
    for k, crop in enumerate(regions.crops):
        yx_kp2[k] = _points_in(crop, pattern) + regions.box_yx[k]
    return yx_kp2


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


def _points_in(crop: Mask, pattern: NDArray[np.float64]) -> NDArray[np.float64]:
    pixels = np.argwhere(crop).astype(np.float64)
    middle = pixels.mean(axis=0)
    axes = _half_axes(pixels - middle)
    points: NDArray[np.float64] = middle + pattern @ axes
    for _ in range(2):
        outside = ~_inside(crop, points)
        points[outside] = (points[outside] + middle) / 2
    for i in np.flatnonzero(~_inside(crop, points)):
        points[i] = pixels[np.argmin(((pixels - points[i]) ** 2).sum(axis=1))]
    return points


def _half_axes(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half axes of the ellipse with the same second moments, a row each, shape (2, 2)."""
    covariance = centred.T @ centred / len(centred)
    values, vectors = np.linalg.eigh(covariance)
    axes: NDArray[np.float64] = (vectors * (2 * np.sqrt(np.maximum(values, 0)))).T
    return axes


def _inside(crop: Mask, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    pixel = np.rint(points).astype(np.int64)
    valid = ((pixel >= 0) & (pixel < crop.shape)).all(axis=1)
    inside = np.zeros(len(points), bool)
    inside[valid] = crop[pixel[valid, 0], pixel[valid, 1]]
    return inside
