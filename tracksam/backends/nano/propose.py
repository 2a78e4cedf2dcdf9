"""Proposals for one object: the instances that were asked for, merged, corrected and bounded."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.correct import corrected, faint_inside, piece_at
from tracksam.backends.nano.request import Window

Mask = NDArray[np.bool_]

_SNAP_PX = 3
_SHARE_INSIDE = 0.5
_CENTRAL_SHARE = 0.6
_CLUSTER_SCORE = 0.35
_PART_SCORE = 0.25


@attrs.frozen(eq=False)
class Proposal:
    """A mask in a window.

    Parameters
    ----------
    mask : ndarray of bool, shape of the window
        At least one pixel.
    score : float
        Probability that it is what was meant.
    """

    mask: Mask
    score: float


def proposals(window: Window, score: NDArray[np.float64], reach_px: float) -> list[Proposal]:
    """Return up to three proposals, best first: the object, a part of it, its cluster.

    Parameters
    ----------
    window : Window
        The neighbourhood and what was asked.
    score : ndarray, shape (N,)
        Of the frame's instances.
    reach_px : float
        How far a region grows around a point where no instance was decoded.

    Returns
    -------
    list of Proposal
        Empty if there is nothing. No negative point lies in any of them, and the first has every
        positive point in it or at its border.
    """
    labels = chosen_labels(window)
    mask: Mask = np.isin(window.labels_yx, labels)
    if window.box is not None and (mask & window.box).any():
        mask = mask & window.box
    if not mask.any() and not window.positive:
        mask = faint_inside(window)
    whole = corrected(window, mask, reach_px)
    if not whole.any():
        return []
    sure = float((score[labels - 1] if len(labels) else window.foreground[whole]).mean())
    others = [
        Proposal(corrected(window, one.mask, reach_px), one.score)
        for one in _alternatives(window, labels, whole, sure)
    ]
    found = [Proposal(whole, sure), *(one for one in others if one.mask.any())]
    return _ranked(window, _distinct(found))[:3]


def chosen_labels(window: Window) -> NDArray[np.int64]:
    """Return the instances that were meant, ascending.

    The one under the first positive point, and those that other points ask for; without points
    those mostly inside the box; without both those mostly inside the previous mask. Pieces that
    lie in the previous mask join.
    """
    labels = _pointed_at(window)
    if not labels and window.box is not None:
        labels = _mostly_inside(window, window.box)
    if window.previous is not None and (not labels or len(window.positive)):
        joined = labels | _mostly_inside(window, window.previous)
        if _overlap(window, joined) >= _overlap(window, labels):
            labels = joined
    return np.array(sorted(labels), np.int64)


def _pointed_at(window: Window) -> set[int]:
    """Return the instances of the positive points.

    A later point near the rim of a neighbour asks for a part of it, not for all of it.
    """
    under = [int(window.labels_yx[point]) for point in window.positive]
    known = [label for label in under if label]
    if not known:
        return {label_near(window, point) for point in window.positive[:1]} - {0}
    chosen = {known[0]}
    for point, label in zip(window.positive, under, strict=True):
        if label and _is_central(window, label, point):
            chosen.add(label)
    return chosen


def _is_central(window: Window, label: int, point: tuple[int, int]) -> bool:
    import cv2

    inside = (window.labels_yx == label).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    return bool(depth[point] >= _CENTRAL_SHARE * depth.max())


def label_near(window: Window, point: tuple[int, int]) -> int:
    """Return the instance at a point, or the nearest within 3 px; 0 if there is none.

    Parameters
    ----------
    window : Window
        The neighbourhood.
    point : tuple of int
        Row and column in the window.
    """
    y, x = point
    here = int(window.labels_yx[y, x])
    if here:
        return here
    y0, x0 = max(0, y - _SNAP_PX), max(0, x - _SNAP_PX)
    around = window.labels_yx[y0 : y + _SNAP_PX + 1, x0 : x + _SNAP_PX + 1]
    rows, columns = np.nonzero(around)
    if not len(rows):
        return 0
    nearest = np.argmin((rows + y0 - y) ** 2 + (columns + x0 - x) ** 2)
    return int(around[rows[nearest], columns[nearest]])


def _alternatives(
    window: Window, labels: NDArray[np.int64], mask: Mask, sure: float
) -> list[Proposal]:
    from scipy import ndimage

    found = []
    if len(window.positive):
        y, x = window.positive[0]
        core = (window.distance > 0.5) & mask
        part = piece_at(core, (y, x)) if core[y, x] else core & False
        if part.any():
            grown = ndimage.binary_dilation(part, iterations=2, mask=mask)
            found.append(Proposal(np.asarray(grown), _PART_SCORE * (1 - sure)))
    around = ndimage.binary_dilation(mask, iterations=2)
    neighbours = set(np.unique(window.labels_yx[around]).tolist()) - {0, *labels.tolist()}
    if neighbours and window.box is None:
        cluster = mask | np.isin(window.labels_yx, sorted(neighbours))
        found.append(Proposal(cluster, _CLUSTER_SCORE * (1 - sure)))
    if window.previous is not None and (mask & window.previous).any():
        reach = ndimage.binary_dilation(window.previous, iterations=3)
        found.append(Proposal(mask & reach, 0.8 * sure))
    return found


def _ranked(window: Window, found: list[Proposal]) -> list[Proposal]:
    """Return the proposals best first: by score and by likeness to the previous mask."""
    return sorted(found, key=lambda one: -one.score - 2 * _iou(one.mask, window.previous))


def _distinct(found: list[Proposal]) -> list[Proposal]:
    kept: list[Proposal] = []
    for one in found:
        if all(_iou(one.mask, other.mask) < 0.9 for other in kept):
            kept.append(one)
    return kept


def _mostly_inside(window: Window, area: Mask) -> set[int]:
    size = np.bincount(window.labels_yx.ravel())
    inside = np.bincount(window.labels_yx[area], minlength=len(size))
    chosen = np.flatnonzero(inside > _SHARE_INSIDE * size)
    return set(chosen[chosen > 0].tolist())


def _overlap(window: Window, labels: set[int]) -> float:
    if window.previous is None or not labels:
        return 0.0
    return _iou(np.isin(window.labels_yx, sorted(labels)), window.previous)


def _iou(a: Mask, b: Mask | None) -> float:
    if b is None:
        return 0.0
    both = int(np.count_nonzero(a & b))
    return both / max(1, int(np.count_nonzero(a)) + int(np.count_nonzero(b)) - both)
