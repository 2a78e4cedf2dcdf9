"""Split: outlines that hold several touching objects are cut at their necks."""

from __future__ import annotations

import numpy as np

from tracksam.backends.classical.raster import Labels, Mask, label_boxes, touches
from tracksam.backends.classical.rule import Rule
from tracksam.backends.classical.tree import shape_quality

NECK_DEPTH = 0.045
"""Least depth of a neck between two middles, in typical diameters."""


def split_touching(labels_yx: Labels, rule: Rule, diameter_px: float) -> Labels:
    """Return a label image in which touching objects are parted where that looks better.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        0 is background.
    rule : Rule
        What an object looks like.
    diameter_px : float
        Typical diameter in pixels of this image.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Labels are 1 and on, without gaps.

    Notes
    -----
    Watershed of the smoothed distance to the outline, from those of its peaks that are parted by
    a neck. A cut is made unless the mean quality of the parts, weighted by area, is lower.
    """
    result_yx = np.zeros_like(labels_yx)
    count = 0
    for label, box in label_boxes(labels_yx):
        mask_yx = labels_yx[box] == label
        parts_yx = _parts(mask_yx, rule, diameter_px, touches(box, labels_yx.shape))
        result_yx[box][mask_yx] = parts_yx[mask_yx] + count
        count += int(parts_yx.max())
    return result_yx


def _parts(mask_yx: Mask, rule: Rule, diameter_px: float, on_border: bool) -> Labels:
    from scipy import ndimage
    from skimage.measure import label
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    whole_yx = mask_yx.astype(np.int32)
    whole = shape_quality(mask_yx, rule, diameter_px, on_border)
    distance_yx = ndimage.distance_transform_edt(np.pad(mask_yx, 1))[1:-1, 1:-1]
    distance_yx = ndimage.gaussian_filter(distance_yx, 0.04 * diameter_px)
    peaks_yx = label(h_maxima(distance_yx, NECK_DEPTH * diameter_px) > 0)
    if peaks_yx.max() < 2:
        return whole_yx
    parts_yx = watershed(-distance_yx, peaks_yx, mask=mask_yx).astype(np.int32)
    areas = np.bincount(parts_yx.ravel())[1:]
    each = [
        shape_quality(parts_yx == k, rule, diameter_px, on_border) for k in range(1, len(areas) + 1)
    ]
    better = float(areas @ np.array(each)) / areas.sum() >= whole
    return parts_yx if better else whole_yx
