"""Ties: the links and divisions that a table of tracks and its images say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import attrs
import numpy as np
from numpy.typing import NDArray

Place = tuple[int, int]
"""A frame and a label in it."""


@attrs.frozen
class Division:
    """A mother and the daughters that begin after her.

    Parameters
    ----------
    frame : int
        First frame of the first daughter.
    mother : int
    daughters : tuple of int
        Two or more, ascending.
    """

    frame: int
    mother: int
    daughters: tuple[int, ...]


@attrs.frozen
class Ties:
    """What joins the cells of a movie.

    Parameters
    ----------
    links : frozenset of pairs of Place
        From each cell to the same cell where it is seen next, and from mothers to daughters.
    divisions : tuple of Division
        By frame.
    """

    links: frozenset[tuple[Place, Place]]
    divisions: tuple[Division, ...]

    @classmethod
    def of(cls, table: NDArray[np.int64], present: Sequence[Collection[int]]) -> Ties:
        """Return the ties of a table of tracks.

        Parameters
        ----------
        table : ndarray of int, shape (N, 4)
            Label, first frame, last frame, parent's label or 0.
        present : sequence of collections of int
            The labels in each frame.

        Returns
        -------
        Ties
            A parent with one daughter is a link across a gap.
        """
        frames: dict[int, list[int]] = {}
        for frame, labels in enumerate(present):
            for label in labels:
                frames.setdefault(label, []).append(frame)
        links = {
            ((a, label), (b, label)) for label, seen in frames.items() for a, b in pairwise(seen)
        }
        children: dict[int, list[int]] = {}
        for label, _, _, parent in table.tolist():
            before = [t for t in frames.get(parent, []) if label in frames and t < frames[label][0]]
            if before:
                links.add(((before[-1], parent), (frames[label][0], label)))
                children.setdefault(parent, []).append(label)
        divisions = [
            Division(min(frames[label][0] for label in found), parent, tuple(sorted(found)))
            for parent, found in children.items()
            if len(found) > 1
        ]
        return cls(frozenset(links), tuple(sorted(divisions, key=lambda d: (d.frame, d.mother))))
