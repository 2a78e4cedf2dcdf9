"""Score: how likely a region is a good mask of one object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.foreground import LOWEST, Foreground
from tracksam.backends.classical.raster import Image, Labels, Mask, label_boxes, touches
from tracksam.backends.classical.rule import Rule
from tracksam.backends.classical.tree import shape_quality

HALF_CONTRAST = 4.0


def region_score(
    evidence_yx: Image, mask_yx: Mask, rule: Rule, diameter_px: float, on_border: bool
) -> float:
    """Return the estimated probability that a mask shows one object.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (y, x)
        Evidence around the mask.
    mask_yx : ndarray of bool, shape (y, x)
        At least one pixel.
    rule : Rule
        What an object looks like.
    diameter_px : float
        Typical diameter.
    on_border : bool
        Whether the mask is cut by the border of the frame.

    Returns
    -------
    float
        0 to 1: high for clear, convex masks of typical size.
    """
    contrast = max(0.0, float(evidence_yx[mask_yx].mean()) - LOWEST)
    clear = contrast / (contrast + HALF_CONTRAST)
    return rule.trust * clear * shape_quality(mask_yx, rule, diameter_px, on_border)


def label_scores(working: Foreground, labels_yx: Labels) -> NDArray[np.float64]:
    """Return the score of each label of a label image, in ascending order.

    Parameters
    ----------
    working : Foreground
        Evidence for the objects.
    labels_yx : ndarray of int32, shape (y, x)
        K labels in working pixels, 1 and on, without gaps.

    Returns
    -------
    ndarray of float64, shape (K,)
        0 to 1.
    """
    scores = [
        region_score(
            working.evidence_yx[box],
            labels_yx[box] == k,
            working.rule,
            working.diameter_px,
            touches(box, labels_yx.shape),
        )
        for k, box in label_boxes(labels_yx)
    ]
    return np.array(scores, np.float64)
