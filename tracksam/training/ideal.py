"""What a network without error would say: the ceiling of decoding and prompting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tracksam.backends.nano.decode import Decoding, instances, votes_of
from tracksam.backends.nano.model import Answers
from tracksam.backends.nano.scale import Look
from tracksam.backends.nano.seen import Seen
from tracksam.training.targets import (
    CANONICAL_PX,
    log_diameter_from,
    offsets_from,
    targets_of,
)


def ideal_answers(labels_yx: NDArray[np.int32]) -> Answers:
    """Return the answers that the training asks for.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        Cells 1 to N at the network's scale, 0 is background.
    """
    diameter = np.sqrt(np.bincount(labels_yx.ravel()) * 4 / np.pi)
    packed = targets_of(labels_yx, diameter).packed
    return Answers(
        (packed[0] == 1).astype(np.float32),
        packed[1].astype(np.float32) / np.float32(255),
        offsets_from(packed[2:4]),
        log_diameter_from(packed[4]),
    )


def ideal_seen(labels_yx: NDArray[np.int32], shape_yx: tuple[int, int], score: float) -> Seen:
    """Return all that nano would know of a frame.

    Parameters
    ----------
    labels_yx : ndarray of int32
        Cells at the network's scale.
    shape_yx : tuple of int
        Of the frame, which may be larger or smaller.
    score : float
        Of every instance.
    """
    answers = ideal_answers(labels_yx)
    votes = votes_of(answers, Decoding())
    found_yx = instances(answers, votes, Decoding(), CANONICAL_PX)
    boxes = tuple((box[0], box[1]) for box in ndimage.find_objects(found_yx))
    look = Look(labels_yx.shape[0] / shape_yx[0], labels_yx.astype(np.float32), answers)
    return Seen(
        np.zeros(shape_yx, np.float32),
        look,
        votes,
        found_yx,
        boxes,
        np.full(len(boxes), score),
    )
