"""Resolve overlaps: the one place where regions that share pixels become a label image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.frames import Window
from tracksam.regions import Mask, Regions
from tracksam.strips import meetings


def resolve_overlaps(regions: Regions) -> NDArray[np.int64]:
    """Return a label image in which each shared pixel belongs to one region.

    A shared pixel goes to the region in which it lies deepest: the distance to that region's
    border over the region's greatest such distance. A region nested in a larger one therefore
    keeps its middle. A region that would be left without a pixel keeps its deepest one.

    Parameters
    ----------
    regions : Regions
        K regions with object ids of 1 or more, each id once.

    Returns
    -------
    ndarray of int64, shape (Y, X)
        Pixel values are the object ids.
    """
    if not _shares_pixels(regions):
        return regions.to_labels(regions.object_id)
    labels_yx = np.zeros(regions.shape_yx, np.int64)
    claims_yx = np.zeros(regions.shape_yx, np.int32)
    for k, crop in enumerate(regions.crops):
        claims_yx[regions.slices(k)] += crop
    best_depth_yx = np.zeros(regions.shape_yx, np.float32)
    deepest: dict[int, tuple[int, int]] = {}
    for k in np.argsort(regions.area_px, kind="stable"):
        where, crop, object_id = regions.slices(k), regions.crops[k], int(regions.object_id[k])
        if (claims_yx[where][crop] == 1).all():
            labels_yx[where][crop] = object_id
            continue
        depth = _relative_depth(crop)
        wins = crop & (depth > best_depth_yx[where])
        labels_yx[where][wins] = object_id
        best_depth_yx[where][wins] = depth[wins]
        row, column = np.unravel_index(np.argmax(depth), depth.shape)
        deepest[object_id] = (int(row) + where[0].start, int(column) + where[1].start)
    present = set(np.unique(labels_yx).tolist())
    for object_id, pixel in deepest.items():
        if object_id not in present:
            labels_yx[pixel] = object_id
    return labels_yx


def _shares_pixels(regions: Regions) -> bool:
    first, second, _ = meetings(regions.strips, regions.strips, regions.shape_yx[1])
    return bool((first != second).any())


def labels_in(regions: Regions, window: Window) -> NDArray[np.int64]:
    """Return a part of what `resolve_overlaps` gives, without the rest of the frame.

    Parameters
    ----------
    regions : Regions
        As for `resolve_overlaps`.
    window : tuple of slice
        Rows and columns, inside the frame.

    Returns
    -------
    ndarray of int64, shape (rows, columns)
        Equal to that part of the whole label image.
    """
    low = np.array([side.start for side in window])
    high = np.array([side.stop for side in window])
    boxes = regions.box_yxyx
    inside = ((boxes[:, :2] < high) & (boxes[:, 2:] > low)).all(axis=1)
    # Whether one of those keeps a pixel depends on all that overlap it, also outside the window.
    needed = inside.copy()
    for box in boxes[inside]:
        needed |= ((boxes[:, :2] < box[2:]) & (boxes[:, 2:] > box[:2])).all(axis=1)
    start = np.vstack([boxes[needed, :2], low]).min(axis=0)
    end = np.vstack([boxes[needed, 2:], high]).max(axis=0)
    near = regions.select(needed)
    shape = tuple((end - start).tolist())
    moved = Regions(shape, near.crops, near.box_yx - start, near.score, near.object_id)
    (y0, x0), (y1, x1) = low - start, high - start
    return resolve_overlaps(moved)[y0:y1, x0:x1]


def _relative_depth(crop: Mask) -> NDArray[np.float32]:
    import cv2

    padded = np.pad(crop, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1].astype(np.float32)
    relative: NDArray[np.float32] = depth / depth.max()
    return relative
