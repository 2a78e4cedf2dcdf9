"""The most doubtful places, with pictures to judge them by."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.film import fitted
from tracksam.report.frame import FrameLook, frame_picture
from tracksam.stack import Stack

DOUBTFUL_BELOW = 0.9  # a confidence of 0.9 or more does not ask for a look


@attrs.frozen
class Doubt:
    """A link, or a birth, that may be wrong.

    Parameters
    ----------
    track_id : int
        The track that the link leads into.
    frame, from_frame : int
        Frames of the row and of the one before (of the mother for a birth); equal where a track
        without a mother begins.
    confidence : float
        Probability that it is right.
    yx : tuple of float
        Where, in pixels.
    what : str
        In words.
    """

    track_id: int
    frame: int
    from_frame: int
    confidence: float
    yx: tuple[float, float]
    what: str


def doubts(lineage: Lineage, most: int = 12) -> list[Doubt]:
    """Return the rows and births with the lowest confidences.

    Parameters
    ----------
    lineage : Lineage
        Rows and births with a confidence of `DOUBTFUL_BELOW` or more are not doubtful.
    most : int
        How many at most.

    Returns
    -------
    list of Doubt
        The least sure first; one for each track and frame. The first row of a daughter is told
        as its birth, with the lower of the two confidences.
    """
    rows = np.flatnonzero(lineage.confidence < DOUBTFUL_BELOW).tolist()
    births = {lineage.rows(child).start: child for child in lineage.parents}
    found = [_link(lineage, row) for row in rows if row not in births]
    found += [_birth(lineage, child) for child in births.values()]
    doubtful = [doubt for doubt in found if doubt.confidence < DOUBTFUL_BELOW]
    return sorted(doubtful, key=lambda d: (d.confidence, d.frame, d.track_id))[:most]


def _link(lineage: Lineage, row: int) -> Doubt:
    track_id, frame = int(lineage.track_id[row]), int(lineage.frame[row])
    first = lineage.rows(track_id).start == row
    before = frame if first else int(lineage.frame[row - 1])
    words = f"track {track_id} begins" if first else f"track {track_id} goes on"
    if frame - before > 1:
        words = f"track {track_id} comes back after {frame - before - 1} frames"
    y, x = lineage.yx[row].tolist()
    return Doubt(track_id, frame, before, float(lineage.confidence[row]), (y, x), words)


def _birth(lineage: Lineage, child: int) -> Doubt:
    row = lineage.rows(child).start
    sure = lineage.parent_confidence.get(child, 1.0)
    confidence = min(sure, float(lineage.confidence[row]))
    frame, mother = int(lineage.frame[row]), lineage.parents[child]
    rows = lineage.rows(mother)
    before = lineage.frame[rows][lineage.frame[rows] < frame][-1]
    y, x = lineage.yx[row].tolist()
    words = f"track {child} is a daughter of {mother}"
    return Doubt(child, frame, int(before), confidence, (y, x), words)


def thumbnail(
    doubt: Doubt, stack: Stack, masks: Masks, lineage: Lineage, side_px: int = 220
) -> NDArray[np.uint8]:
    """Return the place before and after, side by side.

    Parameters
    ----------
    doubt : Doubt
        The place.
    stack : Stack
        The movie.
    masks : Masks
        Its masks.
    lineage : Lineage
        Gives the tails.
    side_px : int
        Of each of the two pictures.

    Returns
    -------
    ndarray of uint8, shape (side_px, 2 * side_px + 4, 3)
        Red, green, blue. About five cell diameters wide.
    """
    labels_yx = masks.frame(doubt.frame)
    _, areas = np.unique(labels_yx[labels_yx != 0], return_counts=True)
    half = int(max(8, 2.5 * np.sqrt(np.median(areas)))) if len(areas) else 24
    parts = [
        _cut(stack.frame(t), masks.frame(t), lineage, t, doubt.yx, (half, side_px))
        for t in (doubt.from_frame, doubt.frame)
    ]
    gap = np.full((side_px, 4, 3), 255, np.uint8)
    return np.concatenate([parts[0], gap, parts[1]], axis=1)


def _cut(
    image_yxc: NDArray[Any],
    labels_yx: NDArray[Any],
    lineage: Lineage,
    frame: int,
    yx: tuple[float, float],
    sizes: tuple[int, int],
) -> NDArray[np.uint8]:
    """A square around a place, drawn at the size of a thumbnail."""
    half, side_px = sizes
    start = [
        int(np.clip(round(p) - half, 0, max(n - 2 * half, 0)))
        for p, n in zip(yx, labels_yx.shape, strict=True)
    ]
    box = tuple(slice(a, a + 2 * half) for a in start)
    look = FrameLook(side_px / (2 * half), line_px=2, text_px=side_px / 18, tail_frames=3)
    moved = attrs.evolve(lineage, yx=lineage.yx - np.array(start))
    picture = frame_picture(image_yxc[box], labels_yx[box], moved, frame, look)
    return fitted(picture, (side_px, side_px))
