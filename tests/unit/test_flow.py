"""Points by Lucas-Kanade."""

import numpy as np
import pytest

from tracksam.backends.flow import Flow
from tracksam.errors import InvalidInputError
from tracksam.testing.scenes import DRIFT_YX, drifting_clip


def truth(queries: np.ndarray, n_frames: int) -> np.ndarray:
    elapsed = np.arange(n_frames)[:, None] - queries[None, :, 0]
    return queries[None, :, 1:] + elapsed[..., None] * DRIFT_YX


def test_a_steady_drift_is_followed_to_a_tenth_of_a_pixel() -> None:
    queries = np.array([(0, 30, 60), (2, 40.25, 52.5), (5, 45, 40)])
    tracks = Flow().track(drifting_clip((6, 72, 104), np.uint16), queries)
    assert np.abs(tracks.yx_tn2 - truth(queries, 6)).max() < 0.1
    assert tracks.confidence_tn.min() > 0.99


def test_windows_equal_one_window_exactly() -> None:
    clip = drifting_clip((6, 72, 104))
    queries = np.array([(0, 30.0, 60.0), (0, 41.3, 52.7)])
    whole = Flow().track(clip, queries)
    first = Flow().track(clip[:4], queries)
    second = Flow().track(clip[3:], np.column_stack([np.zeros(2), first.yx_tn2[3]]))
    assert np.array_equal(np.concatenate([first.yx_tn2, second.yx_tn2[1:]]), whole.yx_tn2)


def test_a_bright_spot_in_a_later_frame_changes_nothing_before() -> None:
    clip = drifting_clip((4, 72, 104), np.uint16) // 4
    queries = np.array([(0, 30.0, 60.0)])
    before = Flow().track(clip, queries)
    clip[3, 60:, :20] = 65535
    after = Flow().track(clip, queries)
    assert np.array_equal(after.yx_tn2[:3], before.yx_tn2[:3])


def test_bleaching_and_an_offset_are_no_motion() -> None:
    clip = drifting_clip((4, 72, 104), np.float32)
    faded = clip * np.array([1, 0.8, 0.6, 0.4], np.float32)[:, None, None, None] + 3
    queries = np.array([(0, 30.0, 60.0)])
    assert np.abs(Flow().track(faded, queries).yx_tn2 - truth(queries, 4)).max() < 0.1


def test_a_lost_point_keeps_its_place_and_stays_lost() -> None:
    clip = drifting_clip((5, 72, 104))
    clip[2] = 40
    tracks = Flow().track(clip, np.array([(0, 30.0, 60.0), (4, 40.0, 50.0)]))
    assert tracks.visible_tn[:, 0].tolist() == [True, True, False, False, False]
    assert tracks.visible_tn[:, 1].tolist() == [False, False, False, True, True]
    assert np.array_equal(tracks.yx_tn2[2:, 0], np.repeat(tracks.yx_tn2[2:3, 0], 3, axis=0))
    assert (tracks.confidence_tn[~tracks.visible_tn] == 0).all()


def test_a_query_outside_the_frame_is_lost_but_answered() -> None:
    tracks = Flow().track(drifting_clip((3, 40, 50)), np.array([(0, -30.0, 400.0)]))
    assert tracks.yx_tn2[0, 0].tolist() == [-30.0, 400.0]
    assert tracks.visible_tn[:, 0].tolist() == [True, False, False]
    assert np.isfinite(tracks.yx_tn2).all()


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([(5, 1, 1)], "must lie in frames 0 to 2 of the clip, got frames 5 to 5"),
        ([(-1, 1, 1)], "got frames -1 to -1"),
        ([(0.5, 1, 1)], "whole frame numbers"),
        ([(0, np.nan, 1)], "finite positions"),
    ],
)
def test_bad_queries_are_refused(queries: list, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Flow().track(np.zeros((3, 20, 30, 1), np.uint8), np.array(queries, float))


def test_a_window_of_one_pixel_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="window_px must be at least 3, got 1"):
        Flow(window_px=1)
