"""Draft: the candidates of one frame while they are being collected."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import Origin
from tracksam.levels import Levels
from tracksam.regions import Regions
from tracksam.steps.segment import Expected, overlap

ALWAYS = 1_000_000
"""`prompts_left` of a marked object: it is drawn anew in every frame."""
SAME = 0.7
"""Intersection over union from which two regions are the same candidate."""
HEIR = 0.3
"""Share of a marked object's points from which a detection may be it, or its daughter."""


@attrs.frozen
class Draft:
    """Candidates of a frame while they are being collected."""

    regions: Regions
    origin: NDArray[np.int8]
    prompts_left: NDArray[np.int64]

    @classmethod
    def of_detected(cls, detected: Regions, prompts_left: int) -> Draft:
        """Return a draft of what was detected.

        Parameters
        ----------
        detected : Regions
            K of them.
        prompts_left : int
            See `FrameCandidates`; the same for all.

        Returns
        -------
        Draft
        """
        n = len(detected)
        return cls(
            detected.with_ids(np.zeros(n)),
            np.full(n, Origin.DETECTED, np.int8),
            np.full(n, prompts_left, np.int64),
        )

    def with_heirs(self, expected: Expected, always: NDArray[np.bool_]) -> Draft:
        """Return the draft with heirs: detections in which many points of a marked object land.

        Parameters
        ----------
        expected : Expected
            Where the objects of the frame before are expected.
        always : ndarray of bool, shape (K,)
            Which of those are marked objects, or heirs of some.

        Returns
        -------
        Draft
        """
        prompts_left = self.prompts_left.copy()
        for k in np.flatnonzero(always):
            landed = expected.landing.yx_kp2[k]
            n_seen = int(np.isfinite(landed[:, 0]).sum())
            for i in range(len(self.regions)):
                if n_seen and self.regions.contains(i, landed).sum() / n_seen >= HEIR:
                    prompts_left[i] = ALWAYS
        return attrs.evolve(self, prompts_left=prompts_left)

    def with_drawn(self, drawn: Regions, left_before: NDArray[np.int64]) -> Draft:
        """Return the draft with drawn masks, which take the place of the same detections.

        Parameters
        ----------
        drawn : Regions
            Object ids are positions in the frame before + 1.
        left_before : ndarray of int, shape (K,)
            `prompts_left` in the frame before.

        Returns
        -------
        Draft
        """
        before = left_before[drawn.object_id - 1]
        left = np.where(before > ALWAYS // 2, ALWAYS, before - 1)
        return self._without_same(drawn)._joined(drawn, Origin.PROMPTED, left)

    def with_marked(self, seeds: Regions) -> Draft:
        """Return the draft with marked objects, which take the place of the same candidates."""
        left = np.full(len(seeds), ALWAYS)
        return self._without_same(seeds)._joined(seeds, Origin.MARKED, left)

    def with_lost(
        self,
        expected: Expected,
        wanted: NDArray[np.bool_],
        drawn: Regions,
        left_before: NDArray[np.int64],
        max_frames: int,
    ) -> Draft:
        """Return the draft with marked objects that were not found, where they would be.

        Parameters
        ----------
        expected : Expected
            Where the objects of the frame before are expected.
        wanted : ndarray of bool, shape (K,)
            Which of them were to be drawn.
        drawn : Regions
            Which of them were.
        left_before : ndarray of int, shape (K,)
            `prompts_left` in the frame before.
        max_frames : int
            For how many frames a lost object is looked for.

        Returns
        -------
        Draft
        """
        ids = expected.moved.object_id
        missing = wanted[ids - 1] & ~np.isin(ids, drawn.object_id)
        left = left_before[ids - 1] - 1
        missing &= left >= ALWAYS - max_frames
        return self._joined(expected.moved.select(missing), Origin.LOST, left[missing])

    def _without_same(self, others: Regions) -> Draft:
        same = [
            any(overlap(self.regions, i, others, j) >= SAME for j in range(len(others)))
            for i in range(len(self.regions))
        ]
        keep = ~np.array(same, bool)
        return Draft(self.regions.select(keep), self.origin[keep], self.prompts_left[keep])

    def _joined(self, regions: Regions, origin: Origin, left: NDArray[np.int64]) -> Draft:
        n = len(regions)
        if origin != Origin.MARKED:
            regions = regions.with_ids(np.zeros(n))
        return Draft(
            self.regions.joined(regions),
            np.concatenate([self.origin, np.full(n, origin, np.int8)]),
            np.concatenate([self.prompts_left, left]),
        )


def brightness(image_yxc: NDArray[Any], regions: Regions) -> NDArray[np.float64]:
    """Return each region's mean intensity above the frame's median, in units of its spread.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The channels are averaged.
    regions : Regions
        K regions.

    Returns
    -------
    ndarray of float, shape (K,)
        The spread is the standard deviation of the frame; all 0 where that is 0.
    """
    levels = Levels.of(image_yxc)
    if levels is None:
        grey_yx = image_yxc.mean(axis=2, dtype=np.float64)
        background, spread = float(np.median(grey_yx)), float(grey_yx.std())
    else:
        grey_yx = image_yxc[:, :, 0]
        background, spread = levels.percentiles([50])[0], levels.deviation
    if spread == 0:
        return np.zeros(len(regions))
    means = [grey_yx[regions.slices(k)][crop].mean() for k, crop in enumerate(regions.crops)]
    values: NDArray[np.float64] = (np.array(means) - background) / spread
    return values
