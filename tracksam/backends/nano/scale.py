"""The frame at the size at which the network should see it."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.backends.nano.model import Answers, Model
from tracksam.backends.nano.normalise import Image, resized

COARSE_PX = 200_000
"""Largest image of the first look."""

MAX_SCALE = 3.0
_MIN_SCALE = 1 / 40
_MIN_SIDE_PX = 24
_NEAR_ONE = (-0.3, 0.45)  # log2; enlarging costs time, shrinking costs detail


@attrs.frozen(eq=False)
class Look:
    """A frame, seen at one scale.

    Parameters
    ----------
    scale : float
        Network pixels a frame pixel.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values at that scale.
    answers : Answers
        What the network said.
    """

    scale: float
    image_yx: Image
    answers: Answers


def look(model: Model, image_yx: Image, scale: float) -> Look:
    """Return what the network says of an image at a scale.

    Parameters
    ----------
    model : Model
        The network.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    scale : float
        Network pixels a frame pixel.
    """
    shape = tuple(max(_MIN_SIDE_PX, round(n * scale)) for n in image_yx.shape)
    at_scale = resized(image_yx, (shape[0], shape[1]))
    return Look(scale, at_scale, model.answers(at_scale))


def look_at_diameter(model: Model, image_yx: Image, diameter_px: float | None) -> Look:
    """Return the frame at the scale where its cells have about the working diameter.

    Parameters
    ----------
    model : Model
        The network.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    diameter_px : float or None
        Diameter of the cells in frame pixels; None: no cell is known, and any scale will do.
    """
    if diameter_px is None:
        return look(model, image_yx, min(1.0, float(np.sqrt(COARSE_PX / image_yx.size))))
    return look(model, image_yx, settled(model.card.working_px / diameter_px))


def settled(scale: float) -> float:
    """Return the scale to use: 1 if it is near 1 (no resampling), else within what helps."""
    if _NEAR_ONE[0] <= np.log2(scale) <= _NEAR_ONE[1]:
        return 1.0
    return float(np.clip(scale, _MIN_SCALE, MAX_SCALE))
