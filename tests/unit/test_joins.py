"""Points through long movies: windows that overlap, blended joins, any frame, bounded memory."""

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks
from tracksam.steps.joins import follow_queries

STEP = np.array([2.0, -1.0])


@attrs.frozen
class Numbered:
    """A movie whose frames hold their number, and that tells how much of it was read at once."""

    n_frames: int
    reads: list[int] = attrs.field(factory=list)

    def clip(self, frames: range) -> np.ndarray:
        self.reads.append(len(frames))
        return np.array(frames, np.int64)[:, None, None, None] * np.ones((1, 4, 6, 1), np.int64)


@attrs.frozen
class Exact:
    """Everything moves by STEP a frame, and can not be seen in some frames."""

    max_frames: int = 50
    hidden: tuple[int, ...] = ()

    def track(self, clip_tyxc: Any, queries_tyx: Any) -> PointTracks:
        assert len(clip_tyxc) <= self.max_frames
        numbers = clip_tyxc[:, 0, 0, 0]
        steps = (numbers[:, None] - numbers[queries_tyx[:, 0].astype(int)]).astype(float)
        yx_tn2 = queries_tyx[None, :, 1:] + steps[..., None] * STEP
        seen = ~np.isin(numbers, self.hidden)[:, None] | (steps == 0)
        return PointTracks(yx_tn2, seen, seen * 0.9 ** np.abs(steps))


def truth(queries: np.ndarray, n_frames: int) -> np.ndarray:
    steps = np.arange(n_frames)[:, None] - queries[:, 0]
    return queries[None, :, 1:] + steps[..., None] * STEP


QUERIES = np.array([(0, 1.0, 2.0), (7, 30.5, 40.0), (19, 8.0, 9.25)])


@given(window=st.integers(2, 25), overlap=st.integers(1, 24), n_frames=st.integers(20, 31))
def test_joins_move_no_point_of_an_exact_tracker(window: int, overlap: int, n_frames: int) -> None:
    overlap = min(overlap, window - 1)
    tracks = follow_queries(Exact(), Numbered(n_frames), QUERIES, window, overlap)
    off = np.linalg.norm(tracks.yx_tn2 - truth(QUERIES, n_frames), axis=2)
    assert off.max() < 1e-9
    assert tracks.visible_tn.all()
    for n, (t, y, x) in enumerate(QUERIES):
        assert tracks.yx_tn2[int(t), n].tolist() == [y, x]
        assert tracks.confidence_tn[int(t), n] == 1


def test_no_more_than_a_window_is_read_at_once() -> None:
    movie = Numbered(1000)
    tracks = follow_queries(Exact(max_frames=16), movie, QUERIES[:1], 64, 4)
    assert tracks.n_frames == 1000
    assert max(movie.reads) == 16
    assert sum(movie.reads) < 1000 * 16 / 12 + 16


@attrs.frozen
class Shifted(Exact):
    """Off by a pixel in every window but the first, beside the frame of the query."""

    def track(self, clip_tyxc: Any, queries_tyx: Any) -> PointTracks:
        tracks = super().track(clip_tyxc, queries_tyx)
        is_off = (np.arange(len(clip_tyxc))[:, None] != queries_tyx[:, 0]) & bool(
            clip_tyxc[0].any()
        )
        return attrs.evolve(tracks, yx_tn2=tracks.yx_tn2 + is_off[..., None] * (1.0, 0.0))


@pytest.mark.parametrize(("overlap", "largest"), [(1, 1.0), (3, 0.5), (5, 0.4)])
def test_an_overlap_goes_over_little_by_little(overlap: int, largest: float) -> None:
    query = np.array([(0, 0.0, 0.0)])
    tracks = follow_queries(Shifted(), Numbered(8 + 8 - overlap), query, 8, overlap)
    off_px = tracks.yx_tn2[:, 0, 0] - truth(query, tracks.n_frames)[:, 0, 0]
    assert off_px[-1] == pytest.approx(1.0)
    assert np.abs(np.diff(off_px)).max() == pytest.approx(largest, abs=0.07)


def test_a_point_is_handed_over_where_it_is_seen() -> None:
    query = np.array([(0, 0.0, 0.0)])
    tracks = follow_queries(Exact(hidden=(7,)), Numbered(14), query, 8, 3)
    assert tracks.visible_tn[:, 0].tolist() == [t != 7 for t in range(14)]
    np.testing.assert_allclose(tracks.yx_tn2, truth(query, 14))


def test_a_point_that_is_lost_in_a_whole_overlap_stays_lost() -> None:
    tracks = follow_queries(Exact(hidden=(5, 6, 7)), Numbered(14), np.zeros((1, 3)), 8, 3)
    assert tracks.visible_tn[:, 0].tolist() == [True] * 5 + [False] * 9


def test_no_points_and_one_frame() -> None:
    assert follow_queries(Exact(), Numbered(9), np.zeros((0, 3)), 4, 1).yx_tn2.shape == (9, 0, 2)
    alone = follow_queries(Exact(), Numbered(1), np.array([(0, 3.0, 4.0)]), 4, 1)
    assert alone.yx_tn2.tolist() == [[[3, 4]]]
    assert alone.visible_tn.all()


@pytest.mark.parametrize(("window", "overlap"), [(1, 1), (4, 4), (4, 0)])
def test_windows_that_get_nowhere_are_refused(window: int, overlap: int) -> None:
    with pytest.raises(InvalidInputError, match=f"got {window} frames .* overlap of {overlap}"):
        follow_queries(Exact(), Numbered(9), QUERIES[:1], window, overlap)
