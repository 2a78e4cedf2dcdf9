"""Proposals for one object: the instances that were asked for, merged, cut and bounded."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.request import Window

Mask = NDArray[np.bool_]

_SNAP_PX = 3
_SHARE_INSIDE = 0.5
_GROW_SHARE = 0.6
_FAINTEST = 0.08
_UNDECODED_SCORE = 0.3
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
    mask = _with_faint(window, np.isin(window.labels_yx, labels), reach_px)
    if window.box is not None and (mask & window.box).any():
        mask &= window.box
    if not mask.any():
        return []
    sure = float(score[labels - 1].mean()) if len(labels) else _UNDECODED_SCORE
    found = [Proposal(mask, sure), *_alternatives(window, labels, mask, sure)]
    found = [Proposal(cut(window, one.mask), one.score) for one in found]
    found = [one for one in found if one.mask.any()]
    return _ranked(window, _distinct(found))[:3]


def chosen_labels(window: Window) -> NDArray[np.int64]:
    """Return the instances that were meant, ascending.

    Under the positive points; without points those mostly inside the box; without both those
    mostly inside the previous mask. Pieces that lie in the previous mask join.
    """
    labels = {label_near(window, point) for point in window.positive} - {0}
    if not labels and window.box is not None:
        labels = _mostly_inside(window, window.box)
    if window.previous is not None and (not labels or len(window.positive)):
        inside = _mostly_inside(window, window.previous)
        joined = labels | inside
        if _overlap(window, joined) >= _overlap(window, labels):
            labels = joined
    return np.array(sorted(labels), np.int64)


def label_near(window: Window, point: NDArray[np.int64]) -> int:
    """Return the instance at a point, or the nearest within 3 px; 0 if there is none.

    Parameters
    ----------
    window : Window
        The neighbourhood.
    point : ndarray of int, shape (2,)
        Row and column in the window.
    """
    y, x = int(point[0]), int(point[1])
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


def cut(window: Window, mask: Mask) -> Mask:
    """Return the mask without what belongs to the negative points.

    The mask is divided between positive and negative points along the network's idea of borders
    (watershed of the predicted distance); without positive points the innermost pixel that is
    farthest from the negative ones stands for them.

    Parameters
    ----------
    window : Window
        With the points.
    mask : ndarray of bool, shape of the window
        Returned itself if no negative point lies in it.
    """
    inside = [tuple(point) for point in window.negative.tolist() if mask[tuple(point)]]
    if not inside:
        return mask
    import cv2
    from skimage.segmentation import watershed

    markers = np.zeros(mask.shape, np.int32)
    for y, x in window.positive.tolist():
        markers[y, x] = 1
    for y, x in inside:
        markers[y, x] = 2
    if not (markers[mask] == 1).any():
        away = cv2.distanceTransform((markers != 2).astype(np.uint8), cv2.DIST_L2, 5)
        far = away * (0.2 + window.distance) * mask
        markers[np.unravel_index(int(np.argmax(far)), mask.shape)] = 1
    inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    depth = window.distance + inner / max(float(inner.max()), 1.0)
    parts = watershed(-depth, markers, mask=mask)
    kept: Mask = parts == 1
    for y, x in inside:
        kept[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = False
    return kept


def _with_faint(window: Window, mask: Mask, reach_px: float) -> Mask:
    """Return the mask with what the network faintly sees at points outside it."""
    missing = [point for point in window.positive if not _touches(mask, point)]
    if len(missing) == 0 and (len(window.positive) or mask.any()):
        return mask
    if len(missing) == 0:
        return _faint_inside(window)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    result = mask.copy()
    for y, x in missing:
        here = float(window.foreground[y, x])
        if here < _FAINTEST:
            continue
        near = (rows - y) ** 2 + (columns - x) ** 2 <= reach_px**2
        free = (window.labels_yx == 0) | mask
        candidate = (window.foreground >= min(0.5, _GROW_SHARE * here)) & near & free
        result |= _piece_at(candidate, (int(y), int(x)))
    return result


def _faint_inside(window: Window) -> Mask:
    """Return the largest faint piece in the box, or else in the previous mask."""
    area = window.box if window.box is not None else window.previous
    if area is None or not area.any():
        return np.zeros(window.labels_yx.shape, bool)
    level = max(_FAINTEST, 0.5 * float(window.foreground[area].max()))
    candidate: Mask = (window.foreground > level) & area & (window.labels_yx == 0)
    if not candidate.any():
        return candidate
    rows, columns = np.nonzero(candidate)
    best = int(np.argmax(window.foreground[rows, columns]))
    return _piece_at(candidate, (int(rows[best]), int(columns[best])))


def _alternatives(
    window: Window, labels: NDArray[np.int64], mask: Mask, sure: float
) -> list[Proposal]:
    from scipy import ndimage

    found = []
    if len(window.positive):
        y, x = (int(value) for value in window.positive[0])
        core = (window.distance > 0.5) & mask
        part = _piece_at(core, (y, x)) if core[y, x] else core & False
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


def _touches(mask: Mask, point: NDArray[np.int64]) -> bool:
    y, x = int(point[0]), int(point[1])
    return bool(mask[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any())


def _piece_at(candidate: Mask, yx: tuple[int, int]) -> Mask:
    import cv2

    _, pieces = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=4)
    return np.asarray((pieces == pieces[yx]) & candidate)
