"""Layout: where every track lies in the tree, as columns."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import Lineage
from tracksam.report.tree import Branch, branches


@attrs.frozen(eq=False)
class TreeLayout:
    """Every track as a bar: time runs to the right, families lie below one another.

    Parameters
    ----------
    track_id : ndarray of int64, shape (N,)
        Mothers before daughters, the largest family first.
    row : ndarray of float64, shape (N,)
        Position across time.
    first, last : ndarray of int64, shape (N,)
        First and last frame; a bar covers both.
    mother : ndarray of int64, shape (N,)
        Where in these columns the mother is; -1 without one.
    start : ndarray of int64, shape (N + 1,)
        Where a bar's frames begin in a strip that has all bars' frames one behind the other.
    """

    track_id: NDArray[np.int64]
    row: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    mother: NDArray[np.int64]
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.track_id)

    @property
    def n_rows(self) -> int:
        """Number of rows, 0 for an empty tree."""
        return int(np.ceil(self.row.max(initial=-1.0))) + 1

    @property
    def n_frames(self) -> int:
        """One more than the last frame, 0 for an empty tree."""
        return int(self.last.max(initial=-1)) + 1

    def index(self, track_id: int) -> int | None:
        """Return where a track is in the columns, or None."""
        found = np.flatnonzero(self.track_id == track_id)
        return int(found[0]) if len(found) else None

    def strip_places(
        self, track_id: NDArray[np.int64], frame: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return where cells lie in the strip.

        Parameters
        ----------
        track_id, frame : ndarray of int64, shape (M,)
            Cells.

        Returns
        -------
        ndarray of int64, shape (M,)
            -1 for a cell that the tree does not have.
        """
        places = np.full(len(track_id), -1, np.int64)
        if not len(self):
            return places
        order = np.argsort(self.track_id)
        near = np.searchsorted(self.track_id, track_id, sorter=order).clip(max=len(self) - 1)
        bar = order[near]
        known = (self.track_id[bar] == track_id) & (self.first[bar] <= frame)
        known &= frame <= self.last[bar]
        places[known] = (self.start[bar] + frame - self.first[bar])[known]
        return places


def tree_layout(lineage: Lineage) -> TreeLayout:
    """Return the layout of all families of a lineage.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers; may be empty.

    Returns
    -------
    TreeLayout
    """
    return _columns(branches(lineage, max_rows=lineage.n_tracks))


def _columns(tree: tuple[Branch, ...]) -> TreeLayout:
    first = np.array([branch.first_frame for branch in tree], np.int64)
    last = np.array([branch.last_frame for branch in tree], np.int64)
    place = {branch.track_id: i for i, branch in enumerate(tree)}
    return TreeLayout(
        track_id=np.array([branch.track_id for branch in tree], np.int64),
        row=np.array([branch.row for branch in tree], np.float64),
        first=first,
        last=last,
        mother=np.array([place.get(branch.parent_id, -1) for branch in tree], np.int64),
        start=np.concatenate([[0], np.cumsum(last - first + 1)]).astype(np.int64),
    )
