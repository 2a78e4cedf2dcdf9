"""A label image that is being drawn, cell by cell."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.outlines import Polygon

Labels = NDArray[np.int32]


@attrs.define
class Canvas:
    """A label image that is being drawn.

    Parameters
    ----------
    shape_yx : tuple of int
        Height and width in pixels.
    """

    shape_yx: tuple[int, int]
    labels_yx: Labels = attrs.field(init=False)
    level_yx: NDArray[np.float32] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.labels_yx = np.zeros(self.shape_yx, np.int32)
        self.level_yx = np.full(self.shape_yx, np.inf, np.float32)

    def paint(
        self,
        label: int,
        polygon: Polygon,
        yx: NDArray[np.float64],
        min_free: float = 0.0,
        firmness: float = 1.0,
    ) -> bool:
        """Return whether a cell was drawn.

        Where cells overlap, a pixel belongs to the one whose centre is nearer in units of its
        radius, so that neighbours share a smooth border.

        Parameters
        ----------
        label : int
            Pixel value.
        polygon : ndarray, shape (V, 2)
            Outline relative to the centre.
        yx : ndarray, shape (2,)
            Centre; may lie outside the image.
        min_free : float
            Smallest share of the outline's area that must be free; 0: neighbours are pushed
            back, above 0: they keep their pixels.
        firmness : float
            How much farther than its neighbours' the cell's claim reaches, when pushing.
        """
        found = _crop(polygon + yx, self.shape_yx)
        if found is None:
            return False
        crop, inside = found
        here = self.labels_yx[crop]
        if min_free > 0:
            taken = inside & (here == 0)
            if np.count_nonzero(taken) < min_free * np.count_nonzero(inside):
                return False
            here[taken] = label
            return True
        level = _level(crop, polygon, yx) / np.float32(firmness)
        won = inside & (level < self.level_yx[crop])
        here[won] = label
        self.level_yx[crop][won] = level[won]
        return bool(won.any())


def _crop(
    vertices: Polygon, shape_yx: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]] | None:
    """Return where in the image an outline lies, and which pixels there are inside it."""
    import cv2

    low = np.maximum(np.floor(vertices.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(vertices.max(0)).astype(int) + 1, shape_yx)
    if (high <= low).any():
        return None
    inside = np.zeros(high - low, np.uint8)
    points = np.rint((vertices - low)[:, ::-1] * 16).astype(np.int32)
    cv2.fillPoly(inside, [points], 1, cv2.LINE_8, 4)
    if not inside.any():
        return None
    return (slice(low[0], high[0]), slice(low[1], high[1])), inside.astype(bool)


def _level(
    crop: tuple[slice, slice], polygon: Polygon, yx: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return each pixel's distance from a centre in the metric of the outline's moments."""
    y, x = (polygon - polygon.sum(0) / len(polygon)).T
    yy, xx, xy = (float(np.dot(a, b)) / len(y) for a, b in ((y, y), (x, x), (y, x)))
    yy, xx = yy + 0.1, xx + 0.1
    scale = 0.5 / (yy * xx - xy * xy)
    dy = (np.arange(crop[0].start, crop[0].stop) - yx[0])[:, None]
    dx = (np.arange(crop[1].start, crop[1].stop) - yx[1])[None, :]
    squared = scale * (xx * dy**2 - 2 * xy * dy * dx + yy * dx**2)
    return np.asarray(squared, np.float32)


def in_one_piece(labels_yx: Labels, min_area_px: int = 12) -> Labels:
    """Return the label image with each label's largest piece only.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
    min_area_px : int
        Labels that are left with fewer pixels vanish.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        The labels keep their values.
    """
    from skimage.measure import label

    pieces = np.asarray(label(labels_yx, connectivity=1))
    area = np.bincount(pieces.ravel())
    first = np.zeros(len(area), np.int64)
    first[pieces.ravel()] = labels_yx.ravel()
    largest = np.zeros(int(labels_yx.max(initial=0)) + 1, np.int64)
    order = np.argsort(area[1:], kind="stable") + 1
    largest[first[order]] = order
    keep = np.zeros(len(area), np.int32)
    winners = largest[1:][(largest[1:] > 0)]
    winners = winners[area[winners] >= min_area_px]
    keep[winners] = first[winners]
    return np.asarray(keep[pieces], np.int32)


def numbered(labels_yx: Labels) -> Labels:
    """Return the label image with labels 1 to K without holes, in the same order.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    present = np.bincount(labels_yx.ravel()) > 0
    present[0] = False
    new = np.where(present, np.cumsum(present), 0).astype(np.int32)
    return np.asarray(new[labels_yx])
