"""Mosaic: regions that may overlap, laid side by side, so that each can be measured whole."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions

MARGIN = 4
"""Pixels of surroundings kept around each region's box."""


@attrs.frozen(eq=False)
class Mosaic:
    """K regions side by side.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y', X')
        Region k has the value k + 1; 0 is everything else.
    image_yxc : ndarray, shape (Y', X', C)
        The pixels of each region's box and its margin; beyond the frame's border its last pixel.
    others_yx : ndarray of bool, shape (Y', X')
        Where another region lies.
    """

    labels_yx: NDArray[np.int32]
    image_yxc: NDArray[Any]
    others_yx: NDArray[np.bool_]

    @classmethod
    def of(cls, image_yxc: NDArray[Any], regions: Regions) -> Mosaic:
        """Return the mosaic of some regions of a frame.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            The frame.
        regions : Regions
            K regions of it.

        Returns
        -------
        Mosaic
            Empty of labels, with one pixel, where there is no region.
        """
        starts, shape = _places(regions)
        labels_yx = np.zeros(shape, np.int32)
        canvas_yxc = np.zeros((*shape, image_yxc.shape[2]), image_yxc.dtype)
        others_yx = np.zeros(shape, np.bool_)
        taken_yx = np.pad(_cover(regions), MARGIN)
        padding = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
        padded_yxc = np.pad(image_yxc, padding, mode="edge")
        for k, (crop, (y, x)) in enumerate(zip(regions.crops, starts, strict=True)):
            (height, width), (top, left) = crop.shape, regions.box_yx[k].tolist()
            to = slice(y, y + height + 2 * MARGIN), slice(x, x + width + 2 * MARGIN)
            source = (
                slice(top, top + height + 2 * MARGIN),
                slice(left, left + width + 2 * MARGIN),
            )
            canvas_yxc[to] = padded_yxc[source]
            inner = slice(y + MARGIN, y + MARGIN + height), slice(x + MARGIN, x + MARGIN + width)
            labels_yx[inner][crop] = k + 1
            count = taken_yx[source].copy()
            count[MARGIN:-MARGIN, MARGIN:-MARGIN] -= crop
            others_yx[to] = count > 0
        return cls(labels_yx, canvas_yxc, others_yx)


def _cover(regions: Regions) -> NDArray[np.int32]:
    """Return by how many regions each pixel of the frame is covered."""
    cover_yx = np.zeros(regions.shape_yx, np.int32)
    for k, crop in enumerate(regions.crops):
        cover_yx[regions.slices(k)] += crop
    return cover_yx


def _places(regions: Regions) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return where each region's tile begins, and the shape of the whole: shelves by height."""
    sizes = [(crop.shape[0] + 2 * MARGIN, crop.shape[1] + 2 * MARGIN) for crop in regions.crops]
    if not sizes:
        return [], (1, 1)
    area = sum(height * width for height, width in sizes)
    limit = max(int(1.1 * area**0.5), *(width for _, width in sizes))
    starts = [(0, 0)] * len(sizes)
    y = x = shelf = 0
    for k in sorted(range(len(sizes)), key=lambda k: (-sizes[k][0], k)):
        height, width = sizes[k]
        if x + width > limit:
            y, x, shelf = y + shelf, 0, 0
        starts[k] = (y, x)
        x, shelf = x + width, max(shelf, height)
    return starts, (y + shelf, limit)
