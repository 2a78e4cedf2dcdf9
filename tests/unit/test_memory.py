"""What a propagator carries through a window: sure or not, corrected, and points with it."""

import numpy as np

from tracksam.regions import Regions
from tracksam.steps.follow import Landing
from tracksam.steps.memory import Carrier, recalled
from tracksam.steps.segment import Expected
from tracksam.testing.oracles import StepOracle
from tracksam.testing.propagator import IDS, first_masks, masks_at, moving_discs


def expected(n: int) -> Expected:
    return Expected(Regions(first_masks().shape_yx), Landing.nowhere(n, 2), np.zeros(n))


def numbered(frame: int) -> Regions:
    return masks_at(frame).with_ids([1, 2, 3])


POINTS = np.repeat(masks_at(0).centroid_yx[:, None], 2, axis=1)


def test_lost_points_move_with_their_masks_and_seen_ones_stay() -> None:
    landing = Landing.nowhere(3, 2).at(
        np.array([1]), Landing(POINTS[1:2] + 9, np.full((1, 2), 0.6))
    )
    got = recalled(landing, POINTS, masks_at(0), numbered(0), numbered(1).select([0, 1]))
    np.testing.assert_allclose(got.yx_kp2[0], POINTS[0] + (2, -3), atol=1e-9)
    assert got.confidence_kp[0].tolist() == [1, 1]
    np.testing.assert_allclose(got.yx_kp2[1], POINTS[1] + 9)
    assert np.isnan(got.yx_kp2[2]).all()


def test_what_is_carried_is_expected_there() -> None:
    carrier = Carrier(StepOracle(), moving_discs(), numbered(0), 0.5)
    for t in (1, 2):
        got = carrier.expected(expected(3), POINTS, masks_at(0))
        off = np.abs(got.moved.centroid_yx - masks_at(t).centroid_yx)
        assert off.max() < 1
        assert got.seen.tolist() == [1, 1, 1]


def test_it_goes_on_from_what_was_drawn() -> None:
    carrier = Carrier(StepOracle(), moving_discs(), numbered(0), 0.5)
    carrier.expected(expected(3), POINTS, masks_at(0))
    exchanged = numbered(1).select([0]).with_ids([2])
    carrier.settle(numbered(1).select([2]), exchanged)
    assert sorted(carrier.settled.object_id.tolist()) == [2, 3]
    carrier.expected(expected(3), POINTS, masks_at(0))
    at = carrier.now.object_id.tolist().index(2)
    assert np.abs(carrier.now.centroid_yx[at] - masks_at(2).centroid_yx[0]).max() < 1


def test_a_low_score_is_not_sure() -> None:
    class Unsure(StepOracle):
        def propagate(self, clip_tyxc, first, later=None):
            for regions in super().propagate(clip_tyxc, first, later):
                score = np.where(regions.object_id == 2, 0.3, 0.9)
                yield Regions(
                    regions.shape_yx, regions.crops, regions.box_yx, score, regions.object_id
                )

    carrier = Carrier(Unsure(), moving_discs(), numbered(0), 0.5)
    got = carrier.expected(expected(3), POINTS, masks_at(0))
    assert got.moved.object_id.tolist() == [1, 3]
    assert got.seen.tolist() == [1, 0, 1]
    assert carrier.sure.object_id.tolist() == [1, 3]
    assert len(IDS) == 3
