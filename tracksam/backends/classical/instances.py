"""Instances: the pieces of the component tree that are one object each, and their outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.foreground import LOWEST, Foreground
from tracksam.backends.classical.raster import Image, Labels, label_boxes
from tracksam.backends.classical.tree import Tree

FRINGE = 95
"""Percentile of a piece's evidence above which a brighter neighbour may shine into it."""
LEAST_PART = 0.3
"""Smaller parts of a piece, as a share of its largest part, are no objects."""


def chosen_pieces(
    tree: Tree, quality_n: NDArray[np.float64], shrinkage_cost: float
) -> NDArray[np.intp]:
    """Return the pieces that are one object each: best in sum, none inside another.

    Parameters
    ----------
    tree : Tree
        N pieces.
    quality_n : ndarray, shape (N,)
        How good each is by itself.
    shrinkage_cost : float
        See `Rule`.

    Returns
    -------
    ndarray of int
        Positions in the tree.

    Notes
    -----
    Dynamic programming from the leaves: a piece gives way to its children where their mean
    quality, weighted by area and lowered by the area that is lost, is higher than its own.
    """
    children = tree.children()
    best = quality_n.copy()
    is_kept = np.ones(len(tree), bool)
    for i in reversed(range(len(tree))):
        if children[i]:
            areas = tree.area_px[children[i]]
            share = min(1.0, areas.sum() / tree.area_px[i]) ** shrinkage_cost
            value = float(areas @ best[children[i]]) / areas.sum() * share
            if value > best[i]:
                best[i], is_kept[i] = value, False
    chosen = []
    waiting = np.flatnonzero(tree.parent < 0).tolist()
    while waiting:
        i = waiting.pop()
        if is_kept[i]:
            chosen.append(i)
        else:
            waiting.extend(children[i])
    return np.array(sorted(chosen), np.intp)


def outlined(scene: Foreground, tree: Tree, chosen: NDArray[np.intp]) -> Labels:
    """Return a label image of the chosen pieces, each cut where its own brightness falls off.

    Parameters
    ----------
    scene : Foreground
        What the tree was made of.
    tree : Tree
        Its pieces.
    chosen : ndarray of int
        Which of them are objects.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background; 1 and on are objects. A piece whose brightness falls off between two
        parts of it, such as two daughters in one haze, gives several.
    """
    import cv2
    from skimage.segmentation import watershed

    evidence_yx = scene.evidence_yx
    seeds_yx = np.zeros(evidence_yx.shape, np.int32)
    for label, i in enumerate(chosen.tolist(), start=1):
        cv2.drawContours(seeds_yx, [tree.contours[i]], -1, label, -1)
    allowed_yx = (evidence_yx >= LOWEST) | (seeds_yx > 0)
    territory_yx = watershed(-evidence_yx, seeds_yx, mask=allowed_yx).astype(np.int32)
    labels_yx = np.zeros(evidence_yx.shape, np.int32)
    count = 0
    for label, box in label_boxes(territory_yx):
        core_yx = seeds_yx[box] == label
        own_yx = territory_yx[box] == label
        for mask_yx in _cut(evidence_yx[box], own_yx, core_yx, scene.outline_at):
            count += 1
            labels_yx[box][mask_yx] = count
    return labels_yx


def _cut(
    evidence_yx: Image, own_yx: NDArray[np.bool_], core_yx: NDArray[np.bool_], outline_at: float
) -> list[NDArray[np.bool_]]:
    """The connected parts of a territory above a share of its own brightness, without holes."""
    from scipy import ndimage

    inside = evidence_yx[core_yx & own_yx]
    inside = inside[inside > 0]
    if not len(inside):
        return [core_yx & own_yx]
    inside = inside[inside <= np.percentile(inside, FRINGE)]
    for _ in range(2):  # a mean weighted by the brightness itself: haze counts little
        inside = inside[inside >= outline_at * _weighted_mean(inside)]
    above_yx = own_yx & (evidence_yx >= outline_at * _weighted_mean(inside))
    pieces_yx, n_pieces = ndimage.label(above_yx)
    shared = np.bincount(pieces_yx[core_yx & above_yx], minlength=n_pieces + 1)[1:]
    kept = np.flatnonzero((shared > 0) & (shared >= LEAST_PART * shared.max(initial=0)))
    return [ndimage.binary_fill_holes(pieces_yx == k + 1) & own_yx for k in kept.tolist()]


def _weighted_mean(values: NDArray[np.float32]) -> float:
    return float((values.astype(np.float64) ** 2).sum() / values.sum())
