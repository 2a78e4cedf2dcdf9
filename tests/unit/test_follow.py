"""Follow: windows, hand-over, landing."""

import itertools

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks
from tracksam.steps.follow import Landing, follow_points, land
from tracksam.steps.work import windows


@attrs.frozen
class Drift:
    """An exact tracker of a movie that moves by (2, -1) a frame, whose frames hold their number.

    Points are lost for good beyond row `lost_from`.
    """

    max_frames: int = 100
    lost_from: float = np.inf

    def track(self, clip_tyxc: np.ndarray, queries_tyx: np.ndarray) -> PointTracks:
        assert len(clip_tyxc) <= self.max_frames
        numbers = clip_tyxc[:, 0, 0, 0].astype(float)
        steps = numbers[:, None] - numbers[queries_tyx[:, 0].astype(int)][None]
        yx_tn2 = queries_tyx[None, :, 1:] + steps[..., None] * [2.0, -1.0]
        visible = yx_tn2[..., 0] < self.lost_from
        return PointTracks(yx_tn2, visible, np.where(visible, 0.9, 0.0) ** np.abs(steps))


def clip(n_frames: int, first: int = 0) -> np.ndarray:
    return np.broadcast_to(
        np.arange(first, first + n_frames, dtype=np.uint16)[:, None, None, None],
        (n_frames, 6, 8, 1),
    )


POINTS = np.array([[1.0, 7.0], [3.5, 2.25]])


@given(window=st.integers(2, 12), n_frames=st.integers(1, 11))
def test_windows_equal_one_window(window: int, n_frames: int) -> None:
    whole = follow_points(Drift(), clip(n_frames), POINTS, 100)
    cut = follow_points(Drift(), clip(n_frames), POINTS, window)
    np.testing.assert_allclose(cut.yx_tn2, whole.yx_tn2)
    np.testing.assert_allclose(cut.confidence_tn, whole.confidence_tn)
    np.testing.assert_array_equal(cut.visible_tn, whole.visible_tn)


def test_a_tracker_never_gets_more_than_it_can_take() -> None:
    tracks = follow_points(Drift(max_frames=3), clip(10), POINTS, 50)
    np.testing.assert_allclose(tracks.yx_tn2[9], np.add(POINTS, [18, -9]))


def test_a_reversed_clip_follows_backward() -> None:
    tracks = follow_points(Drift(), clip(5)[::-1], POINTS, 3)
    np.testing.assert_allclose(tracks.yx_tn2[4], POINTS - [8, -4])


def test_what_is_lost_at_a_hand_over_stays_lost() -> None:
    tracks = follow_points(Drift(lost_from=4.0), clip(8), POINTS, 2)
    assert tracks.visible_tn[:, 0].tolist() == [True, True] + [False] * 6
    assert (tracks.confidence_tn[2:, 0] == 0).all()


def test_a_window_of_one_frame_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"at least 2 frames and .* got 1 frames"):
        follow_points(Drift(), clip(3), POINTS, 1)


def test_points_of_every_frame_land_in_the_next() -> None:
    points = [POINTS.reshape(1, 2, 2), np.zeros((0, 2, 2)), POINTS.reshape(2, 1, 2) + 1]
    landings = land(Drift(), clip(4), points, 9)
    assert [at.yx_kp2.shape for at in landings] == [(1, 2, 2), (0, 2, 2), (2, 1, 2)]
    np.testing.assert_allclose(landings[0].yx_kp2, points[0] + [2, -1])
    np.testing.assert_allclose(landings[2].yx_kp2, points[2] + [2, -1])
    np.testing.assert_allclose(landings[2].confidence_kp, 0.9)


def test_lost_points_land_nowhere() -> None:
    landing = land(Drift(lost_from=4.0), clip(2), [POINTS.reshape(1, 2, 2)], 2)[0]
    assert np.isfinite(landing.yx_kp2[0, 0]).all()
    assert np.isnan(landing.yx_kp2[0, 1]).all()
    assert landing.confidence_kp[0].tolist() == [0.9, 0.0]


def test_nothing_lands_nowhere() -> None:
    assert land(Drift(), clip(2), [np.zeros((0, 3, 2))], 2)[0].yx_kp2.shape == (0, 3, 2)
    assert Landing.nowhere(2, 3).confidence_kp.sum() == 0


@given(n=st.integers(1, 30), length=st.integers(2, 9), seams=st.sets(st.integers(0, 29)))
def test_windows_cover_every_step_once(n: int, length: int, seams: set[int]) -> None:
    inside = tuple(sorted(s for s in seams if s < n))
    found = windows(n, length, inside)
    assert [t for w in found for t in w[:-1]] == list(range(n - 1))
    assert all(2 <= len(w) <= length for w in found)
    assert all(b.start == a[-1] for a, b in itertools.pairwise(found))
    assert {s for s in inside if s < n - 1} <= {w.start for w in found} | {n - 1}
