"""Lineage trees: time runs to the right, every track is a line, daughters branch off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import numpy as np

from tracksam.lineage import Lineage
from tracksam.report.frame import colour_of
from tracksam.report.ink import Stroke, Word


@attrs.frozen
class Branch:
    """One track in a tree.

    Parameters
    ----------
    track_id : int
        The track.
    parent_id : int
        Its mother; 0: none.
    row : float
        Position across time; whole numbers for tracks without daughters and for mothers that live
        on beside them, the mean of the first and last daughter for the others.
    first_frame, last_frame : int
        When it begins and ends.
    """

    track_id: int
    parent_id: int
    row: float
    first_frame: int
    last_frame: int


def branches(lineage: Lineage, max_rows: int) -> tuple[Branch, ...]:
    """Return the layout of the largest families.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers.
    max_rows : int
        Families are taken, the ones with most tracks first (then the longest), until they have
        this many rows; a family that no longer fits is left out.

    Returns
    -------
    tuple of Branch
        Family by family; empty if nothing fits.
    """
    daughters = lineage.daughters_of()
    ids, begins = np.unique(lineage.track_id, return_index=True)
    ends = np.append(begins[1:], len(lineage))[: len(begins)] - 1
    spans = zip(lineage.frame[begins].tolist(), lineage.frame[ends].tolist(), strict=True)
    frames = dict(zip(ids.tolist(), spans, strict=True))
    families = []
    for root in (i for i in frames if i not in lineage.parents):
        members = _depth_first(root, daughters)
        span = sum(frames[i][1] - frames[i][0] + 1 for i in members)
        families.append((-len(members), -span, root, members))
    result: list[Branch] = []
    used = 0
    for _, _, _, members in sorted(families):
        leaves = [i for i in members if _has_own_row(i, daughters, frames)]
        if used + len(leaves) > max_rows:
            continue
        row = {leaf: float(used + k) for k, leaf in enumerate(leaves)}
        for member in reversed(members):
            if member not in row:
                below = [row[i] for i in daughters[member]]
                row[member] = (below[0] + below[-1]) / 2
        parents = lineage.parents
        result += [Branch(i, parents.get(i, 0), row[i], *frames[i]) for i in members]
        used += len(leaves)
    return tuple(result)


def _has_own_row(
    track_id: int, daughters: Mapping[int, tuple[int, ...]], frames: Mapping[int, tuple[int, int]]
) -> bool:
    """Whether a track lies beside its daughters in time (a bud's mother), or has none."""
    births = [frames[i][0] for i in daughters.get(track_id, ())]
    return not births or frames[track_id][1] >= min(births)


def _depth_first(root: int, daughters: Mapping[int, tuple[int, ...]]) -> list[int]:
    """Return a family, mothers before daughters, without recursion: families may be deep."""
    found, waiting = [], [root]
    while waiting:
        track_id = waiting.pop()
        found.append(track_id)
        waiting.extend(reversed(daughters.get(track_id, ())))
    return found


@attrs.frozen
class TreePlace:
    """Where a tree lies in a picture, in pixels.

    Parameters
    ----------
    top, left : float
        Of the first row in frame 0.
    row_px, frame_px : float
        From row to row, from frame to frame.
    line_px : float
        Width of the lines.
    text_px : float
        Height of the ids.
    """

    top: float
    left: float
    row_px: float
    frame_px: float
    line_px: float = 1
    text_px: float = 9

    def at(self, row: float, frame: float) -> tuple[float, float]:
        """Return the row and column of the picture.

        Parameters
        ----------
        row : float
            Row of the tree.
        frame : float
            Frame number.

        Returns
        -------
        tuple of float
        """
        return self.top + row * self.row_px, self.left + frame * self.frame_px


def tree_strokes(tree: tuple[Branch, ...], place: TreePlace) -> Iterator[Stroke]:
    """Yield the lines of a tree.

    Parameters
    ----------
    tree : tuple of Branch
        The layout.
    place : TreePlace
        Where it lies.

    Yields
    ------
    Stroke
        A track's line in its colour; a thinner one from the mother's to the daughter's.
    """
    of = {branch.track_id: branch for branch in tree}
    for branch in tree:
        mother = of.get(branch.parent_id)
        if mother is not None:
            bend = place.at(mother.row, min(mother.last_frame, branch.first_frame))
            start = place.at(branch.row, branch.first_frame)
            corner = (start[0], bend[1])
            line = np.array([bend, corner, start])
            yield Stroke(line, colour_of(branch.track_id), max(1, place.line_px * 0.6))
    for branch in tree:
        line = np.array(
            [
                place.at(branch.row, branch.first_frame),
                place.at(branch.row, branch.last_frame + 0.35),
            ]
        )
        yield Stroke(line, colour_of(branch.track_id), place.line_px)


def tree_words(tree: tuple[Branch, ...], place: TreePlace) -> Iterator[Word]:
    """Yield the ids at the right end of the tracks that have no daughter in the tree.

    Parameters
    ----------
    tree : tuple of Branch
        The layout.
    place : TreePlace
        Where it lies.

    Yields
    ------
    Word
    """
    mothers = {branch.parent_id for branch in tree}
    for branch in tree:
        if branch.track_id not in mothers:
            y, x = place.at(branch.row, branch.last_frame + 0.35)
            text = str(branch.track_id)
            yield Word(text, y, x + place.text_px * 0.6, height=place.text_px, anchor="left")
