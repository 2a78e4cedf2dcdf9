"""Scale: the typical diameter of the objects in a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.foreground import LOWEST, foreground
from tracksam.backends.classical.instances import chosen_pieces, outlined
from tracksam.backends.classical.normalise import CLEAR, Normalised
from tracksam.backends.classical.raster import Image
from tracksam.backends.classical.rule import NUCLEI, diameters
from tracksam.backends.classical.tree import Tree, component_tree, levels_of

SMALLEST_PX = 8.0
STEP = 1.4
LARGEST_SHARE = 0.4
"""Largest diameter looked for, as a share of the longer side of the frame."""
COARSE_PX = 16.0
"""Diameter to which objects are reduced while the scale is looked for."""
FIRST_GUESS_PX = 20.0
TILE_DIAMETERS = 12
LEAST_TILE_PX = 512
LARGER_IS_BETTER = 0.06
"""Power of the diameter that favours whole objects over their equally clear parts."""


def typical_diameter(normalised: Normalised) -> float:
    """Return the typical diameter of the objects in a frame, in pixels.

    Parameters
    ----------
    normalised : Normalised
        A frame without its background.

    Returns
    -------
    float
        `FIRST_GUESS_PX` where nothing is found.

    Notes
    -----
    Objects that stand out to one side are outlined at any size, and measured. Where objects are
    textured, every size shows some pieces: that diameter is chosen at which convex pieces of
    that very size hold most of the frame's local contrast.
    """
    if normalised.polarity:
        return _measured(normalised)
    longest = LARGEST_SHARE * max(normalised.height_yx.shape)
    count = 1 + max(0, int(np.log(longest / SMALLEST_PX) / np.log(STEP)))
    found = [_explained(normalised, SMALLEST_PX * STEP**k) for k in range(count)]
    share, typical_px = max(found)
    return typical_px if share > 0 else FIRST_GUESS_PX


def _measured(normalised: Normalised) -> float:
    tile = Normalised(_busiest_tile(normalised.height_yx, LEAST_TILE_PX), normalised.polarity)
    scene = foreground(tile, FIRST_GUESS_PX)
    tree = component_tree(scene.evidence_yx, levels_of(scene.evidence_yx, LOWEST))
    pieces = chosen_pieces(tree, tree.quality(scene.rule, None), scene.rule.shrinkage_cost)
    areas = np.bincount(outlined(scene, tree, pieces).ravel())[1:]
    return _typical(diameters(areas) / scene.zoom) if areas.any() else FIRST_GUESS_PX


def _explained(normalised: Normalised, diameter_px: float) -> tuple[float, float]:
    """Share of the contrast in pieces of a given size, and the typical size of those pieces."""
    side = int(max(LEAST_TILE_PX, TILE_DIAMETERS * diameter_px))
    tile = Normalised(_busiest_tile(normalised.height_yx, side), normalised.polarity)
    scene = foreground(tile, diameter_px, COARSE_PX)
    tree = component_tree(scene.evidence_yx, levels_of(scene.evidence_yx, LOWEST))
    if not len(tree):
        return 0.0, FIRST_GUESS_PX
    quality_n = tree.quality(NUCLEI, scene.diameter_px)
    chosen = chosen_pieces(tree, quality_n, NUCLEI.shrinkage_cost)
    evidence_yx = np.maximum(scene.evidence_yx, 0)
    held = np.bincount(
        _filled(tree, chosen, evidence_yx.shape).ravel(),
        evidence_yx.ravel(),
        minlength=len(chosen) + 1,
    )[1:]
    share = float(quality_n[chosen] @ held) / float(evidence_yx.sum())
    typical_px = _typical(diameters(tree.area_px[chosen]) / scene.zoom)
    return share * diameter_px**LARGER_IS_BETTER, typical_px


def _filled(tree: Tree, chosen: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.int32]:
    import cv2

    labels_yx = np.zeros(shape, np.int32)
    for label, i in enumerate(chosen.tolist(), start=1):
        cv2.drawContours(labels_yx, [tree.contours[i]], -1, label, -1)
    return labels_yx


def _typical(diameters_px: NDArray[np.float64]) -> float:
    """Median, weighted by the diameter itself: specks count little."""
    order = np.argsort(diameters_px)
    weight = np.cumsum(diameters_px[order])
    return float(diameters_px[order][np.searchsorted(weight, weight[-1] / 2)])


def _busiest_tile(height_yx: Image, side: int) -> Image:
    """The part of a frame, of nine, with the most pixels that stand out."""
    import cv2

    rows, columns = height_yx.shape
    if max(rows, columns) <= side:
        return height_yx
    total_yx = cv2.integral((np.abs(height_yx) > CLEAR).astype(np.uint8))
    best = (-1, 0, 0)
    for y in np.linspace(0, max(0, rows - side), 3).astype(int).tolist():
        for x in np.linspace(0, max(0, columns - side), 3).astype(int).tolist():
            y1, x1 = min(rows, y + side), min(columns, x + side)
            count = int(total_yx[y1, x1] - total_yx[y, x1] - total_yx[y1, x] + total_yx[y, x])
            best = max(best, (count, -y, -x))
    y, x = -best[1], -best[2]
    return height_yx[y : y + side, x : x + side]
