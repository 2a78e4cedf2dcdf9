"""Prompting: points, boxes and expected masks to regions."""

from __future__ import annotations

import numpy as np

from tracksam.backends.classical.asks import Ask, asks_of
from tracksam.backends.classical.foreground import LOWEST
from tracksam.backends.classical.partition import NEAR_PX, Partition, partition
from tracksam.backends.classical.raster import Mask, Window, touches
from tracksam.backends.classical.scene import Scene
from tracksam.backends.classical.score import region_score
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions

SAME = 0.9
"""Overlap (intersection over union) from which two proposals are one."""
PART_AT = 0.7
"""Share of its mean evidence at which an object's brightest part ends."""


def draw(scene: Scene, prompts: Prompts, boxes: Boxes, previous: Regions | None) -> Regions:
    """Return up to three regions an object: what was found there, its part, and its cluster.

    Parameters
    ----------
    scene : Scene
        The frame.
    prompts : Prompts
        Points.
    boxes : Boxes
        Boxes.
    previous : Regions or None
        Expected masks.

    Returns
    -------
    Regions
        By ascending id, best first; an id of which nothing is found is absent.
    """
    shape = (scene.labels_yx.shape[0], scene.labels_yx.shape[1])
    asks = asks_of(prompts, boxes, previous, shape)
    parts = partition(scene, asks)
    crops, starts, scores, ids = [], [], [], []
    for index, ask in enumerate(asks):
        for mask_yx, window, score in _proposals(scene, parts, ask, index):
            rows, columns = np.flatnonzero(mask_yx.any(1)), np.flatnonzero(mask_yx.any(0))
            crops.append(mask_yx[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
            starts.append((window[0].start + rows[0], window[1].start + columns[0]))
            scores.append(score)
            ids.append(ask.object_id)
    return Regions(shape, crops, np.array(starts), np.array(scores), np.array(ids))


def _proposals(
    scene: Scene, parts: Partition, ask: Ask, index: int
) -> list[tuple[Mask, Window, float]]:
    shape = (scene.labels_yx.shape[0], scene.labels_yx.shape[1])
    window = ask.window(int(np.ceil(2 * scene.diameter_px)), shape)
    evidence_yx = scene.evidence_yx[window]
    pieces_yx = parts.pieces_yx[window]
    whole_yx = np.isin(pieces_yx, sorted(parts.owned[index]))
    if not whole_yx.any() and ask.box is not None and not parts.owned[index]:
        whole_yx = _in_box(scene, parts, ask, window)
    if not whole_yx.any():
        return []
    taken = {piece for i, owned in enumerate(parts.owned) if i != index for piece in owned}
    free_yx = ~np.isin(pieces_yx, sorted(taken))
    level = max(LOWEST, scene.outline_at * float(evidence_yx[whole_yx].mean()))
    bright_yx = whole_yx & (evidence_yx >= PART_AT * float(evidence_yx[whole_yx].mean()))
    cluster_yx = whole_yx | ((evidence_yx >= 0.5 * level) & free_yx)
    found: list[tuple[Mask, Window, float]] = []
    for candidate_yx, weight in ((whole_yx, 1.0), (bright_yx, 0.5), (cluster_yx, 0.4)):
        mask_yx = _bounded(candidate_yx, ask, window)
        if mask_yx is None or any(_overlap(mask_yx, other) >= SAME for other, _, _ in found):
            continue
        score = weight * _score(scene, mask_yx, ask, window)
        found.append((mask_yx, window, min(score, found[-1][2] if found else 1.0)))
    return found if found and _overlap(found[0][0], whole_yx) > 0 else []


def _in_box(scene: Scene, parts: Partition, ask: Ask, window: Window) -> Mask:
    """What stands out in a box in which nothing was found: above the middle of its range."""
    from skimage.filters import threshold_otsu

    result_yx = np.zeros([s.stop - s.start for s in window], bool)
    if ask.box is None:
        return result_yx
    evidence_yx = scene.evidence_yx[ask.box]
    if np.ptp(evidence_yx) < LOWEST:
        return result_yx
    above_yx = evidence_yx > threshold_otsu(evidence_yx)
    if evidence_yx[above_yx].mean() - evidence_yx[~above_yx].mean() < LOWEST:
        return result_yx
    taken = sorted({piece for owned in parts.owned for piece in owned})
    above_yx &= ~np.isin(parts.pieces_yx[ask.box], taken)
    place = tuple(
        slice(b.start - w.start, b.stop - w.start) for b, w in zip(ask.box, window, strict=True)
    )
    result_yx[place] = above_yx
    return result_yx


def _bounded(mask_yx: Mask, ask: Ask, window: Window) -> Mask | None:
    """The connected part that obeys box and points; None if it can not."""
    from scipy import ndimage

    allowed_yx = mask_yx.copy()
    if ask.box is not None:
        in_box = np.zeros_like(mask_yx)
        in_box[
            ask.box[0].start - window[0].start : ask.box[0].stop - window[0].start,
            ask.box[1].start - window[1].start : ask.box[1].stop - window[1].start,
        ] = True
        allowed_yx &= in_box
    corner = np.array([s.start for s in window])
    outside = ask.outside - corner
    outside = outside[((outside >= 0) & (outside < mask_yx.shape)).all(axis=1)]
    allowed_yx[outside[:, 0], outside[:, 1]] = False
    pieces_yx, n_pieces = ndimage.label(allowed_yx)
    if not n_pieces:
        return None
    if not len(ask.inside):
        sizes = np.bincount(pieces_yx.ravel())
        sizes[0] = 0
        return np.asarray(pieces_yx == sizes.argmax())
    distance, nearest = ndimage.distance_transform_edt(~allowed_yx, return_indices=True)
    kept = set()
    for y, x in (ask.inside - corner).tolist():
        if distance[y, x] > NEAR_PX:
            return None
        kept.add(int(pieces_yx[nearest[0][y, x], nearest[1][y, x]]))
    return np.isin(pieces_yx, sorted(kept))


def _score(scene: Scene, mask_yx: Mask, ask: Ask, window: Window) -> float:
    rows, columns = np.flatnonzero(mask_yx.any(1)), np.flatnonzero(mask_yx.any(0))
    box = (
        slice(window[0].start + int(rows[0]), window[0].start + int(rows[-1]) + 1),
        slice(window[1].start + int(columns[0]), window[1].start + int(columns[-1]) + 1),
    )
    crop = mask_yx[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    on_border = touches(box, scene.labels_yx.shape)
    score = region_score(scene.evidence_yx[box], crop, scene.rule, scene.diameter_px, on_border)
    if ask.expected is None:
        return score
    return float(np.sqrt(score * _overlap(mask_yx, ask.expected_in(window))))


def _overlap(a: Mask, b: Mask) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 0.0
