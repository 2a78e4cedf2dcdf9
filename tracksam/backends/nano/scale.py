"""At what size the network should see a frame: asked of the network itself."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.model import Answers, Model
from tracksam.backends.nano.normalise import Image, resized

COARSE_PX = 200_000
"""Largest image of the first look."""

_FINER = 2.0
_FINER_PX = 300_000  # small images are looked at enlarged, too: their cells may be tiny
_MAX_SCALE = 3.0
_MIN_SIDE_PX = 24
_TOLERATED = 0.5  # log2: what the network tolerates without another look
_NEAR_ONE = (-0.3, 0.45)  # log2; enlarging costs time, shrinking costs detail
_SAME_SCALE = 0.1  # log2
_MIN_CELL_PIXELS = 20
_LOOKS = 2


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


def look_at_right_scale(model: Model, image_yx: Image, diameter_px: float | None = None) -> Look:
    """Return the frame at the scale where its cells have about the working diameter.

    Parameters
    ----------
    model : Model
        Its per-pixel diameter is what is asked: first on a coarse image, then, when the answer
        at the new scale disagrees with it, again.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    diameter_px : float, optional
        Diameter of the cells in frame pixels, where it is known: nothing is asked.

    Returns
    -------
    Look
    """
    if diameter_px is not None:
        return look(model, image_yx, min(model.card.working_px / diameter_px, _MAX_SCALE))
    wanted = float(np.log2(model.card.working_px / model.card.canonical_px))
    first = min(1.0, float(np.sqrt(COARSE_PX / image_yx.size)))
    looks = [look(model, image_yx, scale) for scale in _first_scales(image_yx, first)]
    current = max(looks, key=_confidence)
    for _ in range(_LOOKS):
        typical = typical_log_diameter(current.answers)
        if typical is None:
            return current
        scale = settled(current.scale * 2.0 ** (wanted - typical))
        if abs(np.log2(scale / current.scale)) < _SAME_SCALE:
            return current
        current = look(model, image_yx, scale)
        if abs((typical_log_diameter(current.answers) or wanted) - wanted) < _TOLERATED:
            return current
    return current


def typical_log_diameter(answers: Answers) -> float | None:
    """Return the median log2 diameter of the cells over the canonical one.

    Parameters
    ----------
    answers : Answers
        Pixels count by their foreground probability.

    Returns
    -------
    float or None
        None where the network sees no cell.
    """
    inside = answers.foreground > 0.5
    if np.count_nonzero(inside) < _MIN_CELL_PIXELS:
        return None
    return _weighted_median(answers.log_diameter[inside], answers.foreground[inside])


def settled(scale: float) -> float:
    """Return the scale to use: 1 if it is near 1 (no resampling), else within what helps."""
    if _NEAR_ONE[0] <= np.log2(scale) <= _NEAR_ONE[1]:
        return 1.0
    return float(np.clip(scale, 1 / 40, _MAX_SCALE))


def _confidence(seen: Look) -> float:
    """Return how much the network likes a scale: sure of its cells, and of a size it knows."""
    typical = typical_log_diameter(seen.answers)
    if typical is None:
        return -1e3
    unsure = seen.answers.foreground * (1 - seen.answers.foreground)
    sure = 1 - 4 * float(unsure.mean()) / max(float(seen.answers.foreground.mean()), 1e-6)
    return sure - 0.25 * abs(typical)


def _first_scales(image_yx: Image, first: float) -> list[float]:
    enlarged_px = image_yx.size * (first * _FINER) ** 2
    return [first, first * _FINER] if enlarged_px <= _FINER_PX else [first]


def _weighted_median(values: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    order = np.argsort(values)
    along = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(along, 0.5 * along[-1])])
