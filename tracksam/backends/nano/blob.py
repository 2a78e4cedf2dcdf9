"""What a click may mean where the network sees nothing: the spot that stands out there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.normalise import Image
from tracksam.backends.request import Request
from tracksam.regions import Regions

Mask = NDArray[np.bool_]

_SCORE = 0.15
_STANDS_OUT = 3.0  # deviations of the surroundings
_HALF = 0.5  # of the way from the surroundings to the click
_SMOOTH = 1 / 14  # of the diameter
_MIDDLE = 1 / 8
_REACH = 0.9  # of the diameter
_SURROUNDINGS = 1.8


def blobs_at(image_yx: Image, request: Request, diameter_px: float) -> Regions:
    """Return the bright or dark spot at the points of a request, cut at half its height.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    request : Request
        With a positive point. Each one adds a spot, or its surroundings where nothing stands out;
        a negative one takes away half of the way to the next positive one.
    diameter_px : float
        Typical diameter of a cell; a spot ends at nine tenths of it.

    Returns
    -------
    Regions
        One, under the request's id, with a low score; none where nothing stands out at the first
        point.
    """
    points = np.clip(np.rint(request.positive_yx), 0, np.array(image_yx.shape) - 1).astype(int)
    reach = int(np.ceil(_SURROUNDINGS * diameter_px)) + 2
    first = np.maximum(points.min(0) - reach, 0)
    last = np.minimum(points.max(0) + reach + 1, image_yx.shape)
    part_yx = np.ascontiguousarray(image_yx[first[0] : last[0], first[1] : last[1]])
    mask = _spot(part_yx, points[0] - first, diameter_px)
    shape = (image_yx.shape[0], image_yx.shape[1])
    if not mask.any():
        return Regions(shape)
    for place in points[1:] - first:
        mask |= _spot(part_yx, place, diameter_px)
        mask |= _away(mask.shape, place) <= max(1.0, _MIDDLE * diameter_px)
    for place in request.negative_yx - first:
        nearest = float(np.hypot(*(points - first - place).T).min())
        mask &= _away(mask.shape, place) > min(0.5 * nearest, _REACH * diameter_px)
    if not mask.any():
        return Regions(shape)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    crop = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    start = first + np.array([rows[0], columns[0]])
    return Regions(shape, [crop], start[None], np.array([_SCORE]), np.array([request.object_id]))


def _spot(part_yx: Image, place: NDArray[np.int_], diameter_px: float) -> Mask:
    """Return the spot at a place of a part of the frame; empty where nothing stands out."""
    import cv2

    smooth_yx = cv2.GaussianBlur(part_yx, (0, 0), max(0.6, _SMOOTH * diameter_px))
    away = _away(part_yx.shape, place)
    is_around = (away > _REACH * diameter_px) & (away <= _SURROUNDINGS * diameter_px)
    around = smooth_yx[is_around] if is_around.any() else smooth_yx.ravel()
    ground = float(np.median(around))
    noise = 1.4826 * float(np.median(np.abs(around - ground)))
    height = float(smooth_yx[away <= max(0.7, _MIDDLE * diameter_px)].mean()) - ground
    if abs(height) <= _STANDS_OUT * noise or height == 0:
        return np.zeros(part_yx.shape, bool)
    above = (smooth_yx - ground) * np.sign(height) > _HALF * abs(height)
    return _piece(above & (away <= _REACH * diameter_px), place)


def _away(shape: tuple[int, ...], place: NDArray[Any]) -> NDArray[np.float64]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - place[0], columns - place[1]))


def _piece(candidate: Mask, place: NDArray[np.int_]) -> Mask:
    """Return the piece of a mask at a place, without holes; empty if the place is not in it."""
    import cv2

    if not candidate[place[0], place[1]]:
        return candidate & False
    _, pieces = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=4)
    mask = pieces == pieces[place[0], place[1]]
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled > 0)
