"""Drawing: the objects of a window's first frame, in each of its later frames.

By points alone: those of the first frame are followed through the window and prompt the segmenter.
With a memory: what it is sure of is drawn; the others are followed one frame at a time from where
they were drawn or expected last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions
from tracksam.steps.follow import Landing, follow_points
from tracksam.steps.memory import Carrier
from tracksam.steps.sample import sample_points
from tracksam.steps.segment import Expected, expect, redraw, share_seen
from tracksam.steps.work import MEMORY, Work


class Drawing:
    """The objects of one window, drawn frame by frame.

    Parameters
    ----------
    work : Work
        The back ends and settings.
    clip_tyxc : ndarray, shape (T, Y, X, C)
        The window.
    regions : Regions
        K objects of its first frame.
    is_seen : ndarray of bool, shape (K,)
        Which of them a memory may begin with: those that are seen in the first frame.

    Attributes
    ----------
    expected : Expected
        Where the K objects are expected in the frame that was reached last.
    carrier : Carrier or None
        None where points alone carry objects.
    """

    def __init__(
        self, work: Work, clip_tyxc: NDArray[Any], regions: Regions, is_seen: NDArray[np.bool_]
    ) -> None:
        self._work, self._clip_tyxc = work, clip_tyxc
        self._regions = regions.with_ids(np.arange(1, len(regions) + 1))
        self._points_kp2 = sample_points(regions, work.settings.follow.points_per_object)
        self._tracks = follow_points(
            work.models.tracker, clip_tyxc, self._points_kp2.reshape(-1, 2), work.tracker_frames
        )
        self._frame = 0
        self.carrier = _carrier(work, clip_tyxc, self._regions.select(is_seen))
        self._last = self._regions
        self.expected = expect(regions, self._points_kp2, self.landing(0))

    def landing(self, frame: int) -> Landing:
        """Return where the points of the first frame are in a frame, by the point tracker."""
        return Landing.of(self._tracks, frame, self._points_kp2)

    @property
    def carried(self) -> Regions:
        """What the memory carried into the frame that was reached, and was drawn; maybe nothing."""
        if self.carrier is None:
            return Regions(self._regions.shape_yx)
        return self.carrier.settled

    def advance(self) -> None:
        """Go to the next frame; `expected` says where the objects are expected there."""
        self._frame += 1
        expected = expect(self._regions, self._points_kp2, self.landing(self._frame))
        if self.carrier is not None:
            expected = self.carrier.expected(expected, self._points_kp2, self._regions)
            if self._work.settings.follow.propagate != MEMORY:
                expected = self._stepped(expected, self.carrier)
        self.expected = expected

    def draw(self, prepared: Any, wanted: NDArray[np.bool_]) -> Regions:
        """Return the masks of objects in the frame that was reached.

        Parameters
        ----------
        prepared : Any
            What the segmenter's `prepare` returned for the frame.
        wanted : ndarray of bool, shape (K,)
            Which objects to draw.

        Returns
        -------
        Regions
            At most one an object; `object_id` is the position among the K + 1.
        """
        segmenter = self._work.models.segmenter
        least_seen = self._work.settings.follow.min_visible_share
        if self.carrier is None:
            return redraw(segmenter, prepared, self.expected, wanted, least_seen)
        sure = self.carrier.sure
        rest = wanted.copy()
        rest[sure.object_id - 1] = False
        if self._work.settings.follow.propagate == MEMORY:
            rest[:] = False
        drawn = redraw(segmenter, prepared, self.expected, rest, least_seen)
        self.carrier.settle(sure, drawn)
        found = self.carrier.settled
        missing = ~np.isin(self.expected.moved.object_id, found.object_id)
        self._last = self.expected.moved.select(missing).joined(found)
        return found.select(wanted[found.object_id - 1])

    def _stepped(self, expected: Expected, carrier: Carrier) -> Expected:
        """Objects of which the memory is not sure, followed from the frame before."""
        unsure = self._last.select(~np.isin(self._last.object_id, carrier.sure.object_id))
        if not len(unsure):
            return expected
        points_kp2 = sample_points(unsure, self._work.settings.follow.points_per_object)
        clip_tyxc = self._clip_tyxc[self._frame - 1 : self._frame + 1]
        tracks = follow_points(self._work.models.tracker, clip_tyxc, points_kp2.reshape(-1, 2), 2)
        landing = Landing.of(tracks, 1, points_kp2)
        # Of a hidden object a few points hold on to something else, which must not pull it along.
        lost = np.flatnonzero(share_seen(landing) < self._work.settings.follow.min_visible_share)
        landing = landing.at(lost, Landing.nowhere(len(lost), points_kp2.shape[1]))
        moved = expect(unsure, points_kp2, landing).moved
        ids = unsure.object_id
        whole = expected.landing.at(ids - 1, landing)
        return expected.with_moved(moved.with_ids(ids[moved.object_id - 1]), whole)


def _carrier(work: Work, clip_tyxc: NDArray[Any], first: Regions) -> Carrier | None:
    settings, propagator = work.settings, work.models.propagator
    if propagator is None:
        return None
    is_alone = settings.follow.propagate == MEMORY
    least = settings.segment.min_score if is_alone else settings.follow.min_memory_score
    return Carrier(propagator, clip_tyxc, first, least)
