"""Patience: for how many frames an object is drawn anew that is not seen, also within a window."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.steps.draft import ALWAYS


@attrs.frozen
class Patience:
    """How often each object of a window's first frame may still be drawn anew.

    A marked object is drawn in every frame. When it is lost, it is looked for as long as linking
    may bridge the gap; what is found later would be another track. A detected one is drawn only
    where the detector misses it.

    Parameters
    ----------
    left : array of int, shape (K,)
        `FrameCandidates.prompts_left` as it would be in the frame that was reached.
    fresh : int
        `prompts_left` of an object that was detected.
    max_gap : int
        Frames in which an object may be missing.
    """

    left: NDArray[np.int64]
    fresh: int
    max_gap: int

    @classmethod
    def of(cls, first: FrameCandidates, fresh: int, max_gap: int) -> Self:
        """Return the patience with the candidates of a window's first frame.

        Parameters
        ----------
        first : FrameCandidates
            K of them.
        fresh, max_gap : int
            As for `Patience`.
        """
        return cls(first.prompts_left, fresh, max_gap)

    @classmethod
    def of_marked(cls, n: int, max_gap: int) -> Self:
        """Return the patience with marked objects that were seen in the first frame.

        Parameters
        ----------
        n : int
            How many.
        max_gap : int
            As for `Patience`.
        """
        return cls(np.full(n, ALWAYS), 0, max_gap)

    def with_left(self, left: NDArray[np.int64]) -> Patience:
        """Return the same patience with other objects, of which so much is left."""
        return attrs.evolve(self, left=left)

    @property
    def always(self) -> NDArray[np.bool_]:
        """Which objects are marked ones, or heirs of some, and not given up; shape (K,)."""
        marked: NDArray[np.bool_] = self.left >= ALWAYS - self.max_gap
        return marked

    def wanted(self, covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which objects are drawn anew in the next frame.

        Parameters
        ----------
        covered : ndarray of bool, shape (K,)
            Which of them were detected there.

        Returns
        -------
        ndarray of bool, shape (K,)
        """
        waiting = (self.left > 0) & (self.left <= ALWAYS // 2)
        return self.always | (waiting & ~covered)

    def after(self, wanted: NDArray[np.bool_], is_drawn: NDArray[np.bool_]) -> Patience:
        """Return the patience after a frame.

        Parameters
        ----------
        wanted : ndarray of bool, shape (K,)
            What `wanted` returned for it.
        is_drawn : ndarray of bool, shape (K,)
            For which of them something was drawn.

        Returns
        -------
        Patience
        """
        marked = self.left > ALWAYS // 2
        of_marked = np.where(is_drawn & self.always, ALWAYS, self.left - 1)
        of_others = np.where(wanted, np.where(is_drawn, self.left - 1, 0), self.fresh)
        others = np.where(self.left > 0, of_others, 0)
        return attrs.evolve(self, left=np.where(marked, of_marked, others))
