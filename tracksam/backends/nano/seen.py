"""Seen: all that nano knows of a frame, and its instances as regions of the frame."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.decode import Decoding, Labels, Votes, instances, votes_of
from tracksam.backends.nano.model import Answers, Model
from tracksam.backends.nano.normalise import Image
from tracksam.backends.nano.scale import Look
from tracksam.backends.nano.scores import calibrated, features
from tracksam.regions import Regions

Mask = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Seen:
    """What `Nano.prepare` returns.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    look : Look
        The frame at the network's scale, with the network's answers.
    votes : Votes
        Where each pixel sees its cell's centre.
    labels_yx : ndarray of int32
        Instances at the network's scale.
    boxes : tuple of tuple of slice
        N bounding boxes of the instances, at the network's scale.
    score : ndarray, shape (N,)
        Calibrated score of each instance.
    """

    image_yx: Image
    look: Look
    votes: Votes
    labels_yx: Labels
    boxes: tuple[tuple[slice, slice], ...]
    score: NDArray[np.float64]

    @property
    def answers(self) -> Answers:
        """What the network said."""
        return self.look.answers

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width of the frame in pixels."""
        return self.image_yx.shape[0], self.image_yx.shape[1]

    def to_look(self, yx: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frame positions, shape (N, 2), in pixels of the network's scale."""
        factor = np.array(self.labels_yx.shape) / np.array(self.shape_yx)
        return np.asarray((yx + 0.5) * factor - 0.5)


def see(model: Model, image_yx: Image, look: Look, decoding: Decoding) -> Seen:
    """Return the frame with its instances decoded and scored.

    Parameters
    ----------
    model : Model
        For its canonical diameter and its calibration of scores.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    look : Look
        The frame at the network's scale.
    decoding : Decoding
        Thresholds.
    """
    from scipy import ndimage

    canonical = model.card.canonical_px
    votes = votes_of(look.answers, decoding)
    labels_yx = instances(look.answers, votes, decoding, canonical)
    table = features(labels_yx, look.answers, votes, canonical)
    score = calibrated(table, model.card.score_weights)
    boxes = tuple((box[0], box[1]) for box in ndimage.find_objects(labels_yx))
    return Seen(image_yx, look, votes, labels_yx, boxes, score)


def frame_regions(seen: Seen) -> Regions:
    """Return every instance as a region of the frame, with its score.

    Where the frame was shrunk or enlarged for the network, borders are interpolated.
    """
    same = seen.labels_yx.shape == seen.shape_yx
    crops, starts, kept = [], [], []
    for index, box in enumerate(seen.boxes):
        inside, start = seen.labels_yx[box] == index + 1, (box[0].start, box[1].start)
        found = (inside, start) if same else frame_mask(seen, inside, start)
        if found is None:
            continue
        crops.append(found[0])
        starts.append(found[1])
        kept.append(index)
    return Regions(seen.shape_yx, crops, np.array(starts), seen.score[kept])


def frame_mask(
    seen: Seen, inside: Mask, start_yx: tuple[int, int]
) -> tuple[Mask, tuple[int, int]] | None:
    """Return a mask at the network's scale as a crop of the frame.

    Parameters
    ----------
    seen : Seen
        The frame.
    inside : ndarray of bool
        Crop of a mask at the network's scale.
    start_yx : tuple of int
        Its first row and column.

    Returns
    -------
    tuple of mask and first row and column, or None
        None if no pixel of the frame is left.
    """
    import cv2

    padded = np.pad(inside, 2).astype(np.float32)
    factor = np.array(seen.shape_yx) / seen.labels_yx.shape
    start = np.array(start_yx)
    first = np.maximum(np.floor((start - 1) * factor), 0).astype(int)
    last = np.ceil((start + inside.shape + 1) * factor).astype(int)
    last = np.minimum(last, seen.shape_yx)
    rows, columns = (
        ((np.arange(a, b) + 0.5) / f - 0.5 - s + 2).astype(np.float32)
        for a, b, f, s in zip(first, last, factor, start, strict=True)
    )
    map_x, map_y = np.meshgrid(columns, rows)
    smooth = cv2.remap(padded, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = smooth > 0.5
    if not mask.any():
        return None
    used_rows, used_columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    crop = mask[used_rows[0] : used_rows[-1] + 1, used_columns[0] : used_columns[-1] + 1]
    return crop, (int(first[0] + used_rows[0]), int(first[1] + used_columns[0]))
