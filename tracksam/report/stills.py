"""A still with the outlines of what is there and of what was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions
from tracksam.report.frame import grounded, scaled
from tracksam.report.ink import Colour, Stroke, Word, drawn

TRUTH: Colour = (88, 196, 120)
FOUND: Colour = (236, 104, 92)
_SIDE_PX = 640
_HEADER = 30


def compared(
    image_yxc: NDArray[Any], truth: Regions, found: Regions, title: str
) -> NDArray[np.uint8]:
    """Return a picture of an image with true objects in green and found ones in red.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The image.
    truth, found : Regions
        Of it.
    title : str
        What stands above.

    Returns
    -------
    ndarray of uint8, shape (Y', X', 3)
    """
    scale = _SIDE_PX / max(image_yxc.shape[:2])
    ground = grounded(image_yxc, scale)
    strokes = [*_outlines(truth, TRUTH, scale), *_outlines(found, FOUND, scale)]
    picture = drawn(ground, strokes, [])
    header = np.zeros((_HEADER, picture.shape[1], 3), np.uint8)
    words = [Word(title, _HEADER / 2, 8, height=9, anchor="left")]
    return np.concatenate([drawn(header, [], words), picture])


def _outlines(regions: Regions, colour: Colour, scale: float) -> Iterator[Stroke]:
    import cv2

    for crop, start in zip(regions.crops, regions.box_yx, strict=True):
        padded = np.pad(crop, 1).astype(np.uint8)
        contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            yx = contour[:, 0, ::-1] + start - 1
            yield Stroke(scaled(yx, scale), colour, 1.5, is_closed=True)
