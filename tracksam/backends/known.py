"""Known: what a caller says of a clip's frames, before or while a propagator goes through them."""

from __future__ import annotations

from collections.abc import Mapping

from tracksam.regions import Regions


class Known:
    """Given masks by frame; what is added late is told once.

    Parameters
    ----------
    first : Regions
        In the first frame.
    later : mapping of int to Regions, optional
        In later frames; the caller may add to it while the frames are gone through.
    """

    def __init__(self, first: Regions, later: Mapping[int, Regions] | None) -> None:
        self._none = Regions(first.shape_yx)
        self._first = first
        self._later = {} if later is None else later
        self._told = self._none

    def of(self, frame: int) -> Regions:
        """Return what is given in a frame; none where nothing is."""
        self._told = self._later.get(frame, self._none if frame else self._first)
        return self._told

    def of_the_last(self, frame: int) -> Regions:
        """Return what was added for the frame before, since `of` was asked for it."""
        late = self._later.get(frame - 1, self._told)
        return self._none if late is self._told else late
