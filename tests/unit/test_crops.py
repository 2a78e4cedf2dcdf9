"""Point trackers that take small frames only, in large ones."""

from typing import Any

import attrs
import numpy as np
import pytest

from tracksam.backends.flow import Flow
from tracksam.steps.crops import Cropped, shrunk, within_limits
from tracksam.testing import PointTrackerContract
from tracksam.testing.oracles import DriftOracle
from tracksam.testing.scenes import DRIFT_YX, drifting_clip


class SmallFlow(Flow):
    """Takes frames of at most 48 x 64 pixels."""

    max_shape_yx = (48, 64)

    def track(self, clip_tyxc: Any, queries_tyx: Any) -> Any:
        assert clip_tyxc.shape[1] <= 48
        assert clip_tyxc.shape[2] <= 64
        return super().track(clip_tyxc, queries_tyx)


class TestInCrops(PointTrackerContract):
    same_px = 0.3  # crops are not square, so that a transposed clip is cut in other places

    def make(self) -> Cropped:
        return Cropped(SmallFlow())


class TestShrunk(PointTrackerContract):
    tolerance_px = 1.0
    same_px = 0.5

    def make(self) -> Cropped:
        return Cropped(Flow(), shrink=2)


def test_a_point_that_leaves_its_crop_is_not_seen_there(rng: np.random.Generator) -> None:
    @attrs.frozen
    class Small(DriftOracle):
        max_shape_yx: tuple[int, int] = (40, 40)

    clip_tyxc = drifting_clip((40, 160, 200))
    tracks = Cropped(Small()).track(clip_tyxc, np.array([(0, 80.0, 120.0)]))
    truth = np.array([80.0, 120.0]) + np.arange(40)[:, None] * DRIFT_YX
    np.testing.assert_allclose(tracks.yx_tn2[:, 0], truth)
    seen = tracks.visible_tn[:, 0]
    assert seen[0]
    assert not seen[-1]
    assert np.flatnonzero(~seen)[0] == seen.sum()
    assert 3 <= seen.sum() <= 12


def test_a_tracker_without_limits_stays_as_it_is() -> None:
    flow = Flow()
    assert within_limits(flow) is flow
    assert within_limits(flow, 2) == Cropped(flow, 2)
    small = SmallFlow()
    assert within_limits(small) == Cropped(small)
    assert within_limits(small).max_frames == Flow.max_frames


def test_blocks_become_their_mean() -> None:
    clip_tyxc = np.array([[1, 3, 5], [5, 7, 5], [9, 9, 0]], np.uint8)[None, :, :, None]
    assert shrunk(clip_tyxc, 2)[0, :, :, 0].tolist() == [[4, 5], [9, 0]]
    assert shrunk(clip_tyxc, 2).dtype == np.uint8
    assert shrunk(clip_tyxc, 1) is clip_tyxc
    floats = shrunk(clip_tyxc.astype(np.float32) / 2, 2)
    assert floats[0, 0, 0, 0] == pytest.approx(2.0)
