"""Score: how likely a region is a good mask of one object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.foreground import LOWEST
from tracksam.backends.classical.instances import shape_quality
from tracksam.backends.classical.raster import Image, Labels, label_boxes, touches

HALF_CONTRAST = 4.0


def region_score(
    evidence_yx: Image, mask_yx: NDArray[np.bool_], diameter_px: float, on_border: bool
) -> float:
    """Return the estimated probability that a mask shows one object.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (y, x)
        Evidence around the mask.
    mask_yx : ndarray of bool, shape (y, x)
        At least one pixel.
    diameter_px : float
        Typical diameter.
    on_border : bool
        Whether the mask is cut by the border of the frame.

    Returns
    -------
    float
        0 to 1: high for clear, convex masks of typical size.
    """
    contrast = max(0.0, float(evidence_yx[mask_yx].mean()) - LOWEST / 2)
    clear = contrast / (contrast + HALF_CONTRAST)
    return clear * shape_quality(mask_yx, diameter_px, on_border)


def label_scores(evidence_yx: Image, labels_yx: Labels, diameter_px: float) -> NDArray[np.float64]:
    """Return the score of each label of a label image, in ascending order.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (Y, X)
        Evidence.
    labels_yx : ndarray of int32, shape (Y, X)
        K labels, 1 and on, without gaps.
    diameter_px : float
        Typical diameter in pixels of this image.

    Returns
    -------
    ndarray of float64, shape (K,)
        0 to 1.
    """
    scores = [
        region_score(
            evidence_yx[box], labels_yx[box] == k, diameter_px, touches(box, labels_yx.shape)
        )
        for k, box in label_boxes(labels_yx)
    ]
    return np.array(scores, np.float64)
