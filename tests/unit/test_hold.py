"""Held masks among candidates."""

from __future__ import annotations

import numpy as np

from tracksam.graph import FrameCandidates, Origin
from tracksam.regions import Regions
from tracksam.steps.hold import are_known, hold, let_go


def square(y: int, x: int, side: int = 4) -> np.ndarray:
    mask_yx = np.zeros((12, 20), bool)
    mask_yx[y : y + side, x : x + side] = True
    return mask_yx


def candidates() -> FrameCandidates:
    """Three squares: the first and the second overlap a little; each has two points."""
    regions = Regions.from_masks([square(1, 1), square(1, 4), square(7, 12)], (12, 20))
    landing = np.arange(12.0).reshape(3, 2, 2)
    return FrameCandidates(
        4,
        regions,
        [Origin.DETECTED, Origin.PROMPTED, Origin.DETECTED],
        [0.5, 0.6, 0.7],
        landing,
        np.full((3, 2), 0.9),
        [1, 2, 3],
    )


def test_a_held_mask_takes_the_place_of_the_same_cell_with_its_points() -> None:
    held = Regions.from_masks([square(1, 2)], (12, 20), object_id=[8])
    after = hold(candidates(), held)
    assert after.regions.object_id.tolist() == [0, 0, 8]
    assert after.origin.tolist() == [Origin.PROMPTED, Origin.DETECTED, Origin.MARKED]
    np.testing.assert_array_equal(after.landing_kp2[2], candidates().landing_kp2[0])
    assert after.intensity.tolist() == [0.6, 0.7, 0.5]
    assert after.landing_confidence_kp[2].tolist() == [0.9, 0.9]
    assert (after.regions.mask(2) == square(1, 2)).all()


def test_of_a_cell_that_nobody_saw_nothing_is_known() -> None:
    held = Regions.from_masks([square(7, 2)], (12, 20), object_id=[8])
    after = hold(candidates(), held)
    assert len(after) == 4
    assert np.isnan(after.landing_kp2[3]).all()
    assert after.landing_confidence_kp[3].tolist() == [0, 0]
    assert np.isnan(after.intensity[3])
    assert not are_known(candidates(), held)
    assert are_known(candidates(), held.select([]))


def test_what_is_marked_already_stays() -> None:
    held = Regions.from_masks([square(1, 1)], (12, 20), object_id=[8])
    once = hold(candidates(), held)
    assert hold(once, held) is once
    free = let_go(once)
    assert free.marked_ids == ()
    assert free.origin.tolist() == [Origin.PROMPTED, Origin.DETECTED, Origin.PROMPTED]
    assert are_known(free, held)
