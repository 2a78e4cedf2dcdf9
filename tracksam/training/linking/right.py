"""Right: the way that every candidate of a movie with truth truly came, and went on."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.training.linking.truth import KnownMovie

Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Right:
    """The right way in and out of each of N candidates.

    Parameters
    ----------
    before, after : ndarray of int, shape (N,)
        The one before, or after, where that is a link; -1.
    mother : ndarray of int, shape (N,)
        Of a daughter; -1.
    bud_of : ndarray of int, shape (N,)
        The mother, in the frame before, of a bud whose mother lives on; -1.
    divides : ndarray of bool, shape (N,)
    is_cell : ndarray of bool, shape (N,)
    """

    before: Ints
    after: Ints
    mother: Ints
    bud_of: Ints
    divides: NDArray[np.bool_]
    is_cell: NDArray[np.bool_]

    @classmethod
    def of(cls, movie: KnownMovie, max_gap: int) -> Right:
        """Return what is right in a movie.

        Parameters
        ----------
        movie : KnownMovie
        max_gap : int
            Longest run of frames in which a cell may be missing.

        Returns
        -------
        Right
        """
        cell = np.concatenate([*movie.cell, np.zeros(0, np.int64)])
        n = len(cell)
        before, after, mother, bud_of = (np.full(n, -1) for _ in range(4))
        divides = np.zeros(n, bool)
        daughters: dict[int, list[int]] = {}
        for child, parent in movie.parents.items():
            daughters.setdefault(parent, []).append(child)
        last: dict[int, tuple[int, int]] = {}
        first = 0
        for t, cells in enumerate(movie.cell):
            here = {int(c): first + k for k, c in enumerate(cells) if c}
            first += len(cells)
            born = {c for c in here if c not in last}
            for c, node in here.items():
                if c in last and t - last[c][0] <= max_gap + 1:
                    before[node], after[last[c][1]] = last[c][1], node
            for parent, children in daughters.items():
                present = [c for c in children if c in born]
                if not present or parent not in last or last[parent][0] != t - 1:
                    continue
                source = last[parent][1]
                if parent in here:
                    bud_of[[here[c] for c in present]] = source
                    continue
                if len(present) == 2:
                    mother[[here[c] for c in present]] = source
                    divides[source] = True
                elif len(present) == 1:
                    before[here[present[0]]], after[source] = source, here[present[0]]
            last |= {c: (t, node) for c, node in here.items()}
        return cls(before, after, mother, bud_of, divides, cell > 0)
