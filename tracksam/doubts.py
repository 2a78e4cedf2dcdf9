"""Doubts: every link, birth, start and end of a lineage that may be wrong, ranked."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.lineage import Lineage

DOUBTFUL_BELOW = 0.9
"""A probability of 0.9 or more does not ask for a look."""


@attrs.frozen
class Doubt:
    """A place that may be wrong.

    Parameters
    ----------
    track_id : int
        The track that the link leads into, or that begins or ends.
    frame, from_frame : int
        Frames of the row and of the one before (of the mother for a birth); equal where a track
        without a mother begins, or where one ends.
    confidence : float
        Probability that it is right.
    yx : tuple of float
        Where, in pixels.
    kind : {"link", "birth", "start", "end"}
    what : str
        In words.
    """

    track_id: int
    frame: int
    from_frame: int
    confidence: float
    yx: tuple[float, float]
    kind: str
    what: str


def doubts(lineage: Lineage, most: int | None = None) -> list[Doubt]:
    """Return the places with the lowest confidences.

    Parameters
    ----------
    lineage : Lineage
        Places with a confidence of `DOUBTFUL_BELOW` or more are not doubtful.
    most : int, optional
        How many at most. Default: all.

    Returns
    -------
    list of Doubt
        The least sure first; each track and frame once. The first row of a daughter is told as
        its birth, with the lower of the two confidences; masks that were filled in are not told,
        for the link that they bridge is.

    Examples
    --------
    >>> lineage = Lineage([1, 1], [4, 5], [[0, 0], [3, 4]], [1.0, 0.4])
    >>> [(doubt.frame, doubt.what, doubt.confidence) for doubt in doubts(lineage)]
    [(5, 'track 1 goes on', 0.4)]
    """
    births = {lineage.rows(child).start: child for child in lineage.parents}
    doubtful = (lineage.confidence < DOUBTFUL_BELOW) & ~lineage.is_interpolated
    found = [_link(lineage, row) for row in np.flatnonzero(doubtful).tolist() if row not in births]
    found += [_birth(lineage, child) for child in births.values()]
    found += [_end(lineage, track_id) for track_id in lineage.end_confidence]
    least: dict[tuple[int, int], Doubt] = {}
    for doubt in found:
        key = doubt.track_id, doubt.frame
        if key not in least or doubt.confidence < least[key].confidence:
            least[key] = doubt
    ranked = sorted(least.values(), key=lambda d: (d.confidence, d.frame, d.track_id))
    return [doubt for doubt in ranked if doubt.confidence < DOUBTFUL_BELOW][:most]


def _link(lineage: Lineage, row: int) -> Doubt:
    track_id, frame = int(lineage.track_id[row]), int(lineage.frame[row])
    rows = lineage.rows(track_id)
    seen = np.flatnonzero(~lineage.is_interpolated[rows.start : row])
    is_first = not len(seen)
    before = frame if is_first else int(lineage.frame[rows.start + seen[-1]])
    words = f"track {track_id} begins" if is_first else f"track {track_id} goes on"
    if frame - before > 1:
        n = frame - before - 1
        words = f"track {track_id} comes back after {n} frame{'s' if n > 1 else ''}"
    kind = "start" if is_first else "link"
    return Doubt(
        track_id, frame, before, float(lineage.confidence[row]), _place(lineage, row), kind, words
    )


def _birth(lineage: Lineage, child: int) -> Doubt:
    row = lineage.rows(child).start
    sure = lineage.parent_confidence.get(child, 1.0)
    confidence = min(sure, float(lineage.confidence[row]))
    frame, mother = int(lineage.frame[row]), lineage.parents[child]
    rows = lineage.rows(mother)
    before = lineage.frame[rows][lineage.frame[rows] < frame][-1]
    words = f"track {child} is a daughter of {mother}"
    return Doubt(child, frame, int(before), confidence, _place(lineage, row), "birth", words)


def _end(lineage: Lineage, track_id: int) -> Doubt:
    row = lineage.rows(track_id).stop - 1
    frame, sure = int(lineage.frame[row]), lineage.end_confidence[track_id]
    return Doubt(
        track_id, frame, frame, sure, _place(lineage, row), "end", f"track {track_id} ends"
    )


def _place(lineage: Lineage, row: int) -> tuple[float, float]:
    y, x = lineage.yx[row].tolist()
    return y, x
