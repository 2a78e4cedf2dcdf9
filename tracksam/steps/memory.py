"""Memory: masks that a propagator carries through a window, and how they and points agree.

In the mode ``"memory"`` what is carried is drawn as it is. In the mode ``"points+memory"`` an
object of which the memory is no longer sure is drawn by the segmenter from its points; what was
drawn corrects the memory in that frame, and older frames stay remembered. Either way, a point that
was lost moves along with its mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.protocols import MaskPropagator
from tracksam.regions import Regions
from tracksam.steps.follow import Landing
from tracksam.steps.segment import Expected

SAME_OBJECT = 0.5
"""Intersection over union from which a candidate is what the memory carries."""


class Carrier:
    """Masks of one window's objects, carried from frame to frame.

    Parameters
    ----------
    propagator : MaskPropagator
        Takes the clip at once.
    clip_tyxc : ndarray, shape (T, Y, X, C)
        One window.
    first : Regions
        Objects that are seen in its first frame, under ids of 1 or more.
    least_score : float
        Masks with a lower score are not sure.

    Attributes
    ----------
    now : Regions
        What is carried in the frame that was reached last, sure or not.
    settled : Regions
        What was drawn in that frame in the end.
    """

    def __init__(
        self,
        propagator: MaskPropagator,
        clip_tyxc: NDArray[Any],
        first: Regions,
        least_score: float,
    ) -> None:
        self.now = self.settled = self._first = first
        self._least_score = least_score
        self._frame = 0
        self._corrected: dict[int, Regions] = {}
        self._stream = propagator.propagate(clip_tyxc, first, self._corrected)
        next(self._stream)

    @property
    def sure(self) -> Regions:
        """Of `now`, the masks that can be trusted."""
        return self.now.select(self.now.score >= self._least_score)

    def expected(
        self, expected: Expected, points_kp2: NDArray[np.float64], regions: Regions
    ) -> Expected:
        """Carry all objects into the next frame, and return where they are expected there.

        Parameters
        ----------
        expected : Expected
            Where K objects of the window's first frame are expected by their points alone.
        points_kp2 : ndarray of float, shape (K, P, 2)
            Their points in the first frame.
        regions : Regions
            The K objects there.

        Returns
        -------
        Expected
            Where the memory is sure, its masks take the place of those moved by points, and
            points that were lost move along with them.
        """
        self._frame += 1
        self.now = next(self._stream)
        landing = recalled(expected.landing, points_kp2, regions, self._first, self.sure)
        return expected.with_moved(self.sure, landing)

    def settle(self, kept: Regions, drawn: Regions) -> None:
        """Say what was drawn in the frame that was reached; new masks correct the memory there.

        Parameters
        ----------
        kept : Regions
            Masks of the memory, under their ids.
        drawn : Regions
            Masks from elsewhere, under their ids.
        """
        self.settled = kept.joined(drawn)
        if len(drawn):
            others = self.now.select(~np.isin(self.now.object_id, drawn.object_id))
            self.now = others.joined(drawn)
            self._corrected[self._frame] = drawn


def recalled(
    landing: Landing,
    points_kp2: NDArray[np.float64],
    regions: Regions,
    before: Regions,
    now: Regions,
) -> Landing:
    """Return where points are, with those that were lost moved along with their masks.

    Parameters
    ----------
    landing : Landing
        Where a point tracker says that the points are.
    points_kp2 : ndarray of float, shape (K, P, 2)
        Where they were.
    regions : Regions
        K objects in which they were.
    before : Regions
        What the memory carried in that frame.
    now : Regions
        What it carries in the frame of the landing, under the same ids.

    Returns
    -------
    Landing
        Moved points have the confidence of the mask. An object that the memory does not carry is
        left as it is.
    """
    yx_kp2, confidence_kp = landing.yx_kp2.copy(), landing.confidence_kp.copy()
    position = {object_id: i for i, object_id in enumerate(now.object_id.tolist())}
    middles_before, middles_now = before.centroid_yx, now.centroid_yx
    for k, j in _same(regions, before):
        i = position.get(int(before.object_id[j]))
        if i is None:
            continue
        lost = confidence_kp[k] == 0
        yx_kp2[k, lost] = points_kp2[k, lost] + middles_now[i] - middles_before[j]
        confidence_kp[k, lost] = now.score[i]
    return Landing(yx_kp2, confidence_kp)


def _same(regions: Regions, carried: Regions) -> Iterator[tuple[int, int]]:
    """Pairs of a region and what is carried, that are one object; a region at most once."""
    labels_yx = carried.to_labels()
    area_px = carried.area_px
    for k, crop in enumerate(regions.crops):
        under = np.bincount(labels_yx[regions.slices(k)][crop], minlength=len(carried) + 1)[1:]
        if not under.any():
            continue
        j = int(under.argmax())
        union = int(crop.sum()) + int(area_px[j]) - int(under[j])
        if under[j] >= SAME_OBJECT * union:
            yield k, j
