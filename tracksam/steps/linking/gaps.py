"""Gaps: masks between two frames in which a cell was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions

# A filled mask needs at least this share of its pixels free of other cells.
MIN_FREE_SHARE = 0.25


def between(before: Regions, after: Regions, weight: float) -> Regions:
    """Return a mask on the way from one to another.

    Parameters
    ----------
    before, after : Regions
        One region each, of the same shape of frame.
    weight : float
        0 gives `before`, 1 gives `after`.

    Returns
    -------
    Regions
        One region: the signed distances to both outlines are blended about the common centroid,
        which moves evenly (shape-based interpolation: Raya and Udupa, IEEE Trans. Med. Imaging
        9, 1990). Empty if nothing of it lies inside the frame.
    """
    centres = np.concatenate([before.centroid_yx, after.centroid_yx])
    radius = max(*before.crops[0].shape, *after.crops[0].shape) + 1
    blended = (1 - weight) * _signed_distance(before, radius) + weight * _signed_distance(
        after, radius
    )
    shape = blended > 0
    if not shape.any():
        shape = blended >= blended.max()
    centre = np.rint((1 - weight) * centres[0] + weight * centres[1]).astype(np.int64)
    return _placed(shape, centre - radius, before.shape_yx)


def _signed_distance(region: Regions, radius: int) -> NDArray[np.float64]:
    """Return the distance to the outline, positive inside, in a window about the centroid."""
    from scipy import ndimage

    window = np.zeros((2 * radius + 1, 2 * radius + 1), dtype=bool)
    centre = np.rint(region.centroid_yx[0]).astype(np.int64)
    y, x = region.box_yx[0] - centre + radius
    crop = region.crops[0]
    window[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
    inside = ndimage.distance_transform_edt(window)
    outside = ndimage.distance_transform_edt(~window)
    return np.asarray(np.where(window, inside - 0.5, 0.5 - outside))


def _placed(
    shape: NDArray[np.bool_], start: NDArray[np.int64], shape_yx: tuple[int, int]
) -> Regions:
    pixels = np.argwhere(shape) + start
    inside = ((pixels >= 0) & (pixels < shape_yx)).all(axis=1)
    return _of_pixels(pixels[inside], shape_yx)


def _of_pixels(pixels: NDArray[np.int64], shape_yx: tuple[int, int]) -> Regions:
    if not len(pixels):
        return Regions(shape_yx)
    start = pixels.min(axis=0)
    crop = np.zeros(pixels.max(axis=0) - start + 1, dtype=bool)
    crop[tuple((pixels - start).T)] = True
    return Regions(shape_yx, [crop], start[None])


def clipped(region: Regions, taken_yx: NDArray[np.bool_]) -> Regions:
    """Return what is free of a mask.

    Parameters
    ----------
    region : Regions
        One region, or none.
    taken_yx : ndarray of bool, shape (Y, X)
        Pixels of other cells.

    Returns
    -------
    Regions
        One region; none where less than `MIN_FREE_SHARE` of it is free.
    """
    if not len(region):
        return region
    free = region.crops[0] & ~taken_yx[region.slices(0)]
    if free.sum() < MIN_FREE_SHARE * region.crops[0].sum():
        return Regions(region.shape_yx)
    return _of_pixels(np.argwhere(free) + region.box_yx[0], region.shape_yx)
