"""Corrections: what each point changes in the mask that the points before it gave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.request import Window

Mask = NDArray[np.bool_]
Point = tuple[int, int]

_GROW_SHARE = 0.6
_FAINTEST = 0.08
_MIDDLE_SHARE = 0.7
_RIM_REACH = 3.0
_BASIN_SHARE = 1.7


def corrected(window: Window, mask: Mask, reach_px: float) -> Mask:
    """Return a mask after the points of a window, one after the other.

    A person clicks into the middle of an error. An error lies between the mask's border and the
    true one, so its half width is about the distance from the click to the mask's border: that
    much is added or taken away, bounded by what the network sees there.

    Parameters
    ----------
    window : Window
        With the points in their order.
    mask : ndarray of bool, shape of the window
        May be empty.
    reach_px : float
        How far a region grows around a first point where there is no mask.

    Returns
    -------
    ndarray of bool, shape of the window
        No negative point lies in it; every positive one does or is next to it, where the network
        sees something or there was a mask.
    """
    for point, is_positive in zip(window.points.tolist(), window.is_positive, strict=True):
        y, x = point
        if is_positive and not mask[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any():
            mask = _added(window, mask, (y, x), reach_px)
        elif not is_positive and mask[y, x]:
            mask = _taken(window, mask, (y, x))
    return kept_points(window, mask)


def faint_inside(window: Window) -> Mask:
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
    return piece_at(candidate, (int(rows[best]), int(columns[best])))


def piece_at(candidate: Mask, point: Point) -> Mask:
    """Return the connected piece (4 neighbours) of a mask at a point.

    Parameters
    ----------
    candidate : ndarray of bool
        The mask.
    point : tuple of int
        Row and column; where the mask is false, the result is empty.
    """
    import cv2

    _, pieces = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=4)
    return np.asarray((pieces == pieces[point]) & candidate)


def _added(window: Window, mask: Mask, point: Point, reach_px: float) -> Mask:
    here = float(window.foreground[point])
    if not mask.any():
        if here < _FAINTEST:
            return mask
        level = min(0.5, _GROW_SHARE * here)
        near = _disc(mask.shape, point, reach_px)
        return piece_at((window.foreground >= level) & near & (window.labels_yx == 0), point)
    away = _depth(~mask)
    gap = float(away[point])
    middle = _disc(mask.shape, point, max(1.0, gap))
    missing = middle | (_along_rim(window, away, point, gap) & ~mask)
    return mask | piece_at(missing, point)


def _along_rim(window: Window, away: NDArray[np.float32], point: Point, gap: float) -> Mask:
    """Return the pixels near a point that are missing for the same reason as it is.

    Where one place of the rim is too faint for the network, those beside it are, too: those count
    that are no fainter than the middle of the error, no deeper in it, and in no other instance.
    """
    middle = _disc(away.shape, point, max(0.5, _MIDDLE_SHARE * gap)) & (away > 0)
    level = max(_FAINTEST, float(window.foreground[middle].min()))
    near = _disc(away.shape, point, _RIM_REACH * gap + 1) & (away <= 2 * gap + 0.5)
    return np.asarray(near & (window.foreground >= level) & (window.labels_yx == 0))


def _taken(window: Window, mask: Mask, point: Point) -> Mask:
    """Return the mask without what belongs to a negative point."""
    from skimage.segmentation import watershed

    depth = _depth(mask)
    markers = np.zeros(mask.shape, np.int32)
    inside = [other for other in window.positive if mask[other]]
    for other in inside:
        markers[other] = 1
    if not inside:
        away = _depth(~_disc(mask.shape, point, 0.5))
        far = away * (0.2 + window.distance) * mask
        markers[np.unravel_index(int(np.argmax(far)), mask.shape)] = 1
    for other in window.negative:
        markers[other] = 2
    landscape = -(window.distance + depth / max(float(depth.max()), 1.0))
    basin = watershed(landscape, markers, mask=mask) == 2
    basin &= _away(mask.shape, window.negative) < _away(mask.shape, inside)
    gap = float(depth[point])
    gone = basin & _disc(mask.shape, point, _BASIN_SHARE * gap + 1)
    gone |= _disc(mask.shape, point, gap) & (markers != 1)
    left = mask & ~gone
    kept = np.zeros_like(mask)
    for other in zip(*np.nonzero(markers == 1), strict=True):
        if left[other] and not kept[other]:
            kept |= piece_at(left, (int(other[0]), int(other[1])))
    return kept


def kept_points(window: Window, mask: Mask) -> Mask:
    """Return the mask without the negative points, whatever later points have added.

    Parameters
    ----------
    window : Window
        With the points.
    mask : ndarray of bool, shape of the window
        Not changed.
    """
    result = mask.copy()
    for y, x in window.negative:
        result[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = False
    for point in window.positive:
        result[point] = mask[point] and point not in window.negative
    return result


def _disc(shape: tuple[int, ...], point: Point, radius: float) -> Mask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - point[0]) ** 2 + (columns - point[1]) ** 2 <= radius**2)


def _away(shape: tuple[int, ...], points: list[Point]) -> NDArray[np.float64]:
    """Return the distance of each pixel to the nearest of some points; infinite without points."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    nearest = np.full(shape, np.inf)
    for y, x in points:
        nearest = np.minimum(nearest, np.hypot(rows - y, columns - x))
    return nearest


def _depth(mask: Mask) -> NDArray[np.float32]:
    """Return the distance of each pixel of a mask to the next pixel outside it."""
    import cv2

    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
