"""What every point tracker must do, as tests that its author subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.points import PointTracks
from tracksam.protocols import PointTracker
from tracksam.testing.scenes import DRIFT_YX, drifting_clip

SHAPE_TYX = (5, 72, 104)
QUERIES = np.array(
    [(0, 30, 60), (0, 41.25, 52.5), (2, 25.5, 70), (2, 50, 41.75), (4, 45, 40), (4, 33, 61)],
    np.float64,
)


class PointTrackerContract:
    """Subclass it as ``class TestMine(PointTrackerContract)`` and give it a `make`.

    Attributes
    ----------
    tolerance_px : float
        Largest distance from the true position on a steady drift.
    same_px : float
        Largest distance of two positions that should be one.
    """

    tolerance_px = 0.3
    same_px = 0.1

    def make(self) -> PointTracker:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _tracked(
        self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64] = QUERIES
    ) -> PointTracks:
        return self.make().track(clip_tyxc, queries_tyx)

    def test_a_query_stays_where_it_was_asked(self) -> None:
        """In its own frame: exactly there, and visible."""
        tracks = self._tracked(drifting_clip())
        for n, (t, y, x) in enumerate(QUERIES):
            got = tracks.yx_tn2[int(t), n]
            assert np.array_equal(got, (y, x)), f"asked at ({y}, {x}), got {got}"
            assert tracks.visible_tn[int(t), n], f"point {n} is not visible in its own frame"

    def test_points_follow_the_drift(self) -> None:
        """In every frame, before and after the query; coordinates are (row, column)."""
        tracks = self._tracked(drifting_clip())
        off = np.linalg.norm(tracks.yx_tn2 - _truth(QUERIES, len(tracks.yx_tn2)), axis=2)
        worst = np.unravel_index(off.argmax(), off.shape)
        assert off.max() <= self.tolerance_px, (
            f"off by {off.max():.2f} px in frame {worst[0]}, point {worst[1]}"
        )

    def test_points_in_sight_are_visible(self) -> None:
        """On a steady drift none is lost."""
        tracks = self._tracked(drifting_clip())
        assert tracks.visible_tn.all(), f"lost: {np.argwhere(~tracks.visible_tn).tolist()}"

    def test_time_can_run_backward(self) -> None:
        """The clip reversed gives the tracks reversed."""
        clip_tyxc = drifting_clip()
        last = len(clip_tyxc) - 1
        mirrored = np.column_stack([last - QUERIES[:, 0], QUERIES[:, 1:]])
        back = self._tracked(clip_tyxc[::-1], mirrored).reversed()
        off = np.abs(back.yx_tn2 - self._tracked(clip_tyxc).yx_tn2).max()
        assert off <= self.same_px, f"positions differ by {off:.2f} px"

    def test_a_transposed_clip_gives_transposed_tracks(self) -> None:
        """Rows and columns are treated alike."""
        clip_tyxc = drifting_clip()
        turned = self._tracked(clip_tyxc.transpose(0, 2, 1, 3), QUERIES[:, [0, 2, 1]])
        off = np.abs(turned.yx_tn2[..., ::-1] - self._tracked(clip_tyxc).yx_tn2).max()
        assert off <= self.same_px, f"positions differ by {off:.2f} px"

    def test_the_order_of_queries_does_not_matter(self) -> None:
        """Answers come in the order of the queries."""
        order = np.array([3, 0, 5, 1, 4, 2])
        shuffled = self._tracked(drifting_clip(), QUERIES[order])
        off = np.abs(shuffled.yx_tn2 - self._tracked(drifting_clip()).yx_tn2[:, order]).max()
        assert off <= self.same_px, f"positions differ by {off:.2f} px"

    def test_two_frames_are_a_clip(self) -> None:
        """The shortest there is, followed forward and backward."""
        clip_tyxc = drifting_clip((2, 72, 104))
        queries = np.array([(0, 30, 60), (1, 45, 40)], np.float64)
        off = np.abs(self._tracked(clip_tyxc, queries).yx_tn2 - _truth(queries, 2)).max()
        assert off <= self.tolerance_px, f"off by {off:.2f} px"

    def test_windows_equal_one_window(self) -> None:
        """Cut after frame 2 and handed over, positions are those of the whole clip."""
        clip_tyxc, queries = drifting_clip(), QUERIES[:2]
        whole = self._tracked(clip_tyxc, queries)
        first = self._tracked(clip_tyxc[:3], queries)
        again = np.column_stack([np.zeros(len(queries)), first.yx_tn2[2]])
        second = self._tracked(clip_tyxc[2:], again)
        off = np.abs(np.concatenate([first.yx_tn2, second.yx_tn2[1:]]) - whole.yx_tn2).max()
        assert off <= self.same_px, f"positions differ by {off:.2f} px"

    def test_a_point_that_leaves_is_not_visible(self) -> None:
        """Once the texture under it is outside the frame, by a few pixels."""
        queries = np.array([(0, 36, 4), (0, 36, 60)], np.float64)
        tracks = self._tracked(drifting_clip(), queries)
        assert not tracks.visible_tn[4, 0], "a point 5 px outside the frame is visible"
        assert tracks.visible_tn[4, 1], "with it, a point in the middle is lost"

    def test_nothing_asked_nothing_given(self) -> None:
        """No query: T frames of no points."""
        tracks = self._tracked(drifting_clip(), np.zeros((0, 3)))
        assert tracks.yx_tn2.shape == (5, 0, 2), f"shape {tracks.yx_tn2.shape}"

    def test_all_frames_and_points_are_answered(self) -> None:
        """T by N, also where T, N, Y and X all differ."""
        tracks = self._tracked(drifting_clip((3, 64, 90)), QUERIES[:2])
        assert tracks.yx_tn2.shape == (3, 2, 2), f"shape {tracks.yx_tn2.shape}"

    def test_positions_are_finite(self) -> None:
        """Also where there is nothing to hold on to."""
        tracks = self._tracked(np.full((3, 40, 50, 1), 40, np.uint8), QUERIES[:2])
        assert np.isfinite(tracks.yx_tn2).all(), "a position on a blank clip is not finite"

    def test_the_clip_is_not_changed(self) -> None:
        """Nor are the queries."""
        clip_tyxc, queries = drifting_clip(), QUERIES.copy()
        before = clip_tyxc.copy()
        self._tracked(clip_tyxc, queries)
        assert np.array_equal(clip_tyxc, before), "the clip was written to"
        assert np.array_equal(queries, QUERIES), "the queries were written to"

    def test_no_clip_is_remembered(self) -> None:
        """Another clip between two equal calls changes nothing."""
        tracker = self.make()
        first = tracker.track(drifting_clip(), QUERIES)
        tracker.track(drifting_clip((4, 60, 80), drift_yx=(0, 1)), np.array([(0, 30.0, 30.0)]))
        assert tracker.track(drifting_clip(), QUERIES) == first, "the other clip shows"

    def test_any_dtype(self) -> None:
        """8 and 16 bits and floats."""
        for dtype in (np.uint8, np.uint16, np.float32):
            tracks = self._tracked(drifting_clip(dtype=dtype))
            off = np.abs(tracks.yx_tn2 - _truth(QUERIES, 5)).max()
            assert off <= self.tolerance_px, f"{np.dtype(dtype)}: off by {off:.2f} px"

    def test_any_number_of_channels(self) -> None:
        """One, two and three."""
        for channels in (1, 2, 3):
            tracks = self._tracked(drifting_clip(channels=channels))
            off = np.abs(tracks.yx_tn2 - _truth(QUERIES, 5)).max()
            assert off <= self.tolerance_px, f"{channels} channels: off by {off:.2f} px"

    def test_windows_of_two_frames_fit(self) -> None:
        """`max_frames` is at least 2."""
        longest = self.make().max_frames
        assert longest >= 2, f"max_frames is {longest}"


def _truth(queries_tyx: NDArray[np.float64], n_frames: int) -> NDArray[np.float64]:
    elapsed_tn = np.arange(n_frames)[:, None] - queries_tyx[None, :, 0]
    return np.asarray(queries_tyx[None, :, 1:] + elapsed_tn[:, :, None] * np.array(DRIFT_YX))
