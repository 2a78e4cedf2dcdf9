"""Scene: all that is known of one frame; what `Classical.prepare` returns."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.foreground import LOWEST, Foreground, foreground
from tracksam.backends.classical.instances import chosen_pieces, outlined
from tracksam.backends.classical.normalise import normalise
from tracksam.backends.classical.raster import Image, Labels, label_boxes, resized
from tracksam.backends.classical.rule import Rule
from tracksam.backends.classical.scale import typical_diameter
from tracksam.backends.classical.score import label_scores
from tracksam.backends.classical.split import split_touching
from tracksam.backends.classical.tree import component_tree, levels_of


@attrs.frozen(eq=False)
class Scene:
    """All that is known of one frame.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (Y, X)
        How much each pixel looks like part of an object; 0 is background.
    outline_at : float
        Share of its inside's evidence at which an object ends.
    diameter_px : float
        Typical diameter of an object.
    rule : Rule
        What an object looks like.
    labels_yx : ndarray of int32, shape (Y, X)
        The objects that were found, 1 to K.
    score_k : ndarray of float64, shape (K,)
        Estimated probability that each is a good mask.
    """

    evidence_yx: Image
    outline_at: float
    diameter_px: float
    rule: Rule
    labels_yx: Labels
    score_k: NDArray[np.float64]


def look(image_yxc: NDArray[Any], diameter_px: float | None, channel: int | None) -> Scene:
    """Return all that is known of one frame.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype.
    diameter_px : float or None
        Typical diameter of an object; None: estimated.
    channel : int or None
        The channel that shows the objects; None: the mean of all.

    Returns
    -------
    Scene
        Without objects where the frame is constant.
    """
    normalised = normalise(image_yxc, channel)
    typical_px = typical_diameter(normalised) if diameter_px is None else float(diameter_px)
    working = foreground(normalised, typical_px)
    labels_yx = _objects(working)
    score_k = label_scores(working, labels_yx)
    shape = image_yxc.shape[:2]
    return Scene(
        resized(working.evidence_yx, shape),
        working.outline_at,
        typical_px,
        working.rule,
        _enlarged_labels(labels_yx, shape),
        score_k,
    )


def _objects(working: Foreground) -> Labels:
    tree = component_tree(working.evidence_yx, levels_of(working.evidence_yx, LOWEST))
    quality_n = tree.quality(working.rule, working.diameter_px)
    chosen = chosen_pieces(tree, quality_n, working.rule.shrinkage_cost)
    labels_yx = outlined(working, tree, chosen)
    return split_touching(labels_yx, working.rule, working.diameter_px)


def _enlarged_labels(labels_yx: Labels, shape: tuple[int, ...]) -> Labels:
    """Labels of a smaller image at full size, with smooth outlines."""
    if labels_yx.shape == shape:
        return labels_yx
    result_yx = np.zeros(shape, np.int32)
    best_yx = np.full(shape, 0.5, np.float32)
    factors = np.array(shape) / labels_yx.shape
    for k, box in label_boxes(labels_yx):
        start = np.array([max(0, b.start - 1) for b in box])
        stop = np.array([min(n, b.stop + 1) for b, n in zip(box, labels_yx.shape, strict=True)])
        low, high = np.rint(start * factors).astype(int), np.rint(stop * factors).astype(int)
        small = labels_yx[start[0] : stop[0], start[1] : stop[1]] == k
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        large = resized(small.astype(np.float32), size)
        place = slice(low[0], high[0]), slice(low[1], high[1])
        wins = large > best_yx[place]
        wins |= (large >= large.max()) & (result_yx[place] == 0)
        result_yx[place][wins] = k
        best_yx[place][wins] = large[wins]
    return result_yx
