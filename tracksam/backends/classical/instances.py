"""Instances: the pieces of the component tree that are one object each, and their outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam.backends.classical.foreground import LOWEST, Foreground
from tracksam.backends.classical.raster import Image, Labels, label_boxes
from tracksam.backends.classical.tree import Tree, area_and_solidity, largest_outline

LEAST_SOLIDITY, FULL_SOLIDITY = 0.75, 0.95
SMALLEST, LARGEST = 0.6, 1.5
"""Diameters between which a piece is of typical size, in typical diameters."""
SIZE_TOLERANCE = 0.35
"""Fall-off beyond those, in units of the logarithm of the diameter."""
SHRINKAGE_COST = 0.25
"""How much is lost by choosing pieces of a piece: their share of its area, to this power."""


def quality(tree: Tree, diameter_px: float | None) -> NDArray[np.float64]:
    """Return how much each piece looks like one whole object, 0 to 1.

    Parameters
    ----------
    tree : Tree
        N pieces.
    diameter_px : float or None
        Typical diameter; None: any size is as good.

    Returns
    -------
    ndarray of float64, shape (N,)
        1 for a convex piece of typical size.
    """
    return _quality(tree.solidity, tree.area_px, tree.on_border, diameter_px)


def shape_quality(mask_yx: NDArray[np.bool_], diameter_px: float, on_border: bool) -> float:
    """Return how much a mask looks like one whole object, 0 to 1.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (y, x)
        One piece; of several, the largest counts.
    diameter_px : float
        Typical diameter.
    on_border : bool
        Whether it is cut by the border of the frame: then it may be small.

    Returns
    -------
    float
        As `quality`.
    """
    area, solidity = area_and_solidity(largest_outline(mask_yx))
    columns = np.array([solidity]), np.array([area]), np.array([on_border])
    return float(_quality(*columns, diameter_px)[0])


def _quality(
    solidity: NDArray[np.float64],
    area_px: NDArray[np.float64],
    on_border: NDArray[np.bool_],
    diameter_px: float | None,
) -> NDArray[np.float64]:
    convex = np.clip((solidity - LEAST_SOLIDITY) / (FULL_SOLIDITY - LEAST_SOLIDITY), 0, 1)
    if diameter_px is None:
        return convex
    logs = np.log(diameters(area_px) / diameter_px)
    too_small = np.maximum(np.log(SMALLEST) - logs, 0)
    too_large = np.maximum(logs - np.log(LARGEST), 0)
    off = too_large + np.where(on_border, 0.3, 1.0) * too_small
    return np.asarray(convex * np.exp(-0.5 * (off / SIZE_TOLERANCE) ** 2), np.float64)


def diameters(area_px: ArrayLike) -> NDArray[np.float64]:
    """Return the diameters of discs of given areas.

    Parameters
    ----------
    area_px : array_like
        Areas.

    Returns
    -------
    ndarray of float64
        Of the same shape.
    """
    return np.asarray(2 * np.sqrt(np.asarray(area_px, np.float64) / np.pi))


def chosen_pieces(tree: Tree, quality_n: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the pieces that are one object each: best in sum, none inside another.

    Parameters
    ----------
    tree : Tree
        N pieces.
    quality_n : ndarray, shape (N,)
        How good each is by itself.

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
            share = min(1.0, areas.sum() / tree.area_px[i]) ** SHRINKAGE_COST
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
        0 is background; 1 and on are objects, in the order of `chosen`, some of which may be
        missing.
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
    for label, box in label_boxes(territory_yx):
        core_yx = seeds_yx[box] == label
        mask_yx = _cut(evidence_yx[box], territory_yx[box] == label, core_yx, scene.outline_at)
        labels_yx[box][mask_yx] = label
    return labels_yx


def _cut(
    evidence_yx: Image, own_yx: NDArray[np.bool_], core_yx: NDArray[np.bool_], outline_at: float
) -> NDArray[np.bool_]:
    """The connected part of a territory above a share of its own brightness, without holes."""
    from scipy import ndimage

    inside = evidence_yx[core_yx & own_yx]
    inside = inside[inside > 0]
    if not len(inside):
        return core_yx & own_yx
    for _ in range(2):  # a mean weighted by the brightness itself: haze counts little
        inside = inside[inside >= outline_at * _weighted_mean(inside)]
    above_yx = own_yx & (evidence_yx >= outline_at * _weighted_mean(inside))
    pieces_yx, n_pieces = ndimage.label(above_yx)
    if n_pieces > 1:
        shared = np.bincount(pieces_yx[core_yx & above_yx], minlength=n_pieces + 1)
        shared[0] = 0
        above_yx = pieces_yx == shared.argmax()
    filled_yx: NDArray[np.bool_] = ndimage.binary_fill_holes(above_yx) & own_yx
    return filled_yx


def _weighted_mean(values: NDArray[np.float32]) -> float:
    return float((values.astype(np.float64) ** 2).sum() / values.sum())
