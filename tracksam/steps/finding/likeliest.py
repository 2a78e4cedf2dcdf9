"""Likeliest: of regions that are alternatives of each other, the one with the highest score."""

from __future__ import annotations

import numpy as np

from tracksam.regions import Regions

_SHARED = 0.5  # of the smaller one's pixels: from here on two regions are alternatives


def without_alternatives(regions: Regions) -> Regions:
    """Return regions of which no two share half of the smaller one.

    Parameters
    ----------
    regions : Regions
        K regions of one frame.

    Returns
    -------
    Regions
        In their order; of two alternatives the one with the higher score, the earlier of equals.
    """
    box, area = regions.box_yxyx, regions.area_px
    kept: list[int] = []
    for k in np.argsort(-regions.score, kind="stable").tolist():
        near = np.array(kept, np.intp)
        meets = (box[near, :2] < box[k, 2:]) & (box[near, 2:] > box[k, :2])
        if all(
            regions.intersection_px(int(j), regions, k) < _SHARED * min(area[k], area[j])
            for j in near[meets.all(axis=1)]
        ):
            kept.append(k)
    return regions.select(np.sort(np.array(kept, np.intp)))
