"""The mean of what the network says of an image and of its mirror images.

A cell mirrored is a cell: what the network says of the mirror images is as good, and its errors
differ. The mean is better than each (SEG of validation images: +0.005 to +0.025 with all three).
"""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.backends.nano.model import Answers, Model
from tracksam.backends.nano.scale import Look

_FLIPS = ((-1, -1), (-1, 1), (1, -1))
_ALL_FLIPS_PX = 300_000
_ONE_FLIP_PX = 4_000_000


def with_flips(model: Model, seen: Look) -> Look:
    """Return a look whose answers are means over mirror images.

    Parameters
    ----------
    model : Model
        The network.
    seen : Look
        Of the image as it is.

    Returns
    -------
    Look
        Images up to 300,000 pixels are mirrored in three ways, up to four million in one (turned
        by half), larger ones not at all: time is worth more there.
    """
    pixels = seen.image_yx.size
    count = len(_FLIPS) if pixels <= _ALL_FLIPS_PX else int(pixels <= _ONE_FLIP_PX)
    if count == 0:
        return seen
    views = [seen.answers, *(_mirrored(model, seen, *flip) for flip in _FLIPS[:count])]
    planes = {
        field.name: np.mean([getattr(view, field.name) for view in views], axis=0)
        for field in attrs.fields(Answers)
    }
    return attrs.evolve(seen, answers=Answers(**planes))


def _mirrored(model: Model, seen: Look, y: int, x: int) -> Answers:
    """Return the answers to a mirror image (steps of -1 mirror), mirrored back."""
    answers = model.answers(np.ascontiguousarray(seen.image_yx[::y, ::x]))
    sign = np.array([y, x], np.float32)[:, None, None]
    return Answers(
        answers.foreground[::y, ::x],
        answers.distance[::y, ::x],
        answers.offset_yx[:, ::y, ::x] * sign,
        answers.log_diameter[::y, ::x],
    )
