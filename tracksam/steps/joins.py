"""Joins: points followed through a movie of any length, in windows that overlap and are blended.

A window is all that is in memory. Where two overlap, a point goes over from the earlier one's
positions to the later one's little by little, so that no join shows.
"""

from __future__ import annotations

from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks
from tracksam.protocols import PointTracker


class Frames(Protocol):
    """Frames that are read when they are needed; a `Stack` is some."""

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        ...

    def clip(self, frames: range) -> NDArray[Any]:
        """Return some frames, shape (T, Y, X, C), in the order of the range."""
        ...


def follow_queries(
    tracker: PointTracker,
    frames: Frames,
    queries_tyx: NDArray[np.float64],
    window_frames: int,
    overlap_frames: int,
) -> PointTracks:
    """Return where points of any frames are in every frame of a movie, forward and backward.

    Parameters
    ----------
    tracker : PointTracker
        Called with clips of at most `window_frames` and at most its own `max_frames`.
    frames : Frames
        The movie; no more than a window of it is read at once.
    queries_tyx : ndarray of float, shape (N, 3)
        Frame of the movie, row, column.
    window_frames : int
        At least 2.
    overlap_frames : int
        Frames that two windows share, at least 1 and fewer than a window has.

    Returns
    -------
    PointTracks
        All frames, N points. At a join a point is handed over in the frame of the overlap in
        which it is surest; one that is lost in all of them stays lost. Confidences multiply.

    Raises
    ------
    InvalidInputError
        A window of fewer than two frames, or an overlap that leaves no step.
    """
    length = min(window_frames, tracker.max_frames)
    if length < 2 or not 1 <= overlap_frames < length:
        raise InvalidInputError(
            "windows need at least 2 frames and an overlap of 1 to one less than that; got "
            f"{length} frames (the tracker takes {tracker.max_frames}) and an overlap of "
            f"{overlap_frames}."
        )
    queries = np.asarray(queries_tyx, np.float64).reshape(-1, 3)
    last = frames.n_frames - 1
    forward = _one_way(tracker, frames, queries, length, overlap_frames)
    if not queries[:, 0].any():
        return forward
    mirrored = np.column_stack([last - queries[:, 0], queries[:, 1:]])
    reverse = _one_way(tracker, _Reversed(frames), mirrored, length, overlap_frames).reversed()
    before = np.arange(last + 1)[:, None] < queries[:, 0]
    return PointTracks(
        np.where(before[..., None], reverse.yx_tn2, forward.yx_tn2),
        np.where(before, reverse.visible_tn, forward.visible_tn),
        np.where(before, reverse.confidence_tn, forward.confidence_tn),
    )


@attrs.frozen
class _Reversed:
    """Frames in reverse order."""

    inner: Frames

    @property
    def n_frames(self) -> int:
        return self.inner.n_frames

    def clip(self, frames: range) -> NDArray[Any]:
        last = self.n_frames - 1
        return self.inner.clip(range(last - frames.start, last - frames.stop, -1))


class _Course:
    """Points on their way through a movie: positions and confidences so far (0: lost)."""

    def __init__(self, queries_tyx: NDArray[np.float64], n_frames: int) -> None:
        self.start = queries_tyx[:, 0].astype(np.intp)
        shape = (n_frames, len(self.start))
        self.yx_tn2 = np.broadcast_to(queries_tyx[:, 1:], (*shape, 2)).copy()
        self.confidence_tn = (np.arange(n_frames)[:, None] == self.start).astype(np.float64)

    def go_on(
        self, tracker: PointTracker, clip_tyxc: NDArray[Any], first: int, shared: int
    ) -> None:
        """Follow every point that has begun through one more window.

        Its first frame is `first` of the movie; as many as `shared` were in the window before.
        """
        stop = first + len(clip_tyxc)
        mine = np.flatnonzero(self.start < stop)
        if not len(mine) or len(clip_tyxc) < 2:
            return
        hand_over = self._hand_overs(first, shared, mine)
        queries_tyx = np.column_stack([hand_over - first, self.yx_tn2[hand_over, mine]])
        tracks = tracker.track(clip_tyxc, queries_tyx)
        sure_tn = tracks.confidence_tn * tracks.visible_tn * self.confidence_tn[hand_over, mine]
        frame = np.arange(first, stop)[:, None]
        is_old = (frame < first + shared) & (self.start[mine] < first)
        weight_tn = np.where(is_old, (frame - first + 1) / (shared + 1), 1.0)
        ahead = frame >= self.start[mine]
        yx_tn2, confidence_tn = self.yx_tn2[first:stop, mine], self.confidence_tn[first:stop, mine]
        blended = yx_tn2 + weight_tn[..., None] * (tracks.yx_tn2 - yx_tn2)
        blended_sure = confidence_tn + weight_tn * (sure_tn - confidence_tn)
        self.yx_tn2[first:stop, mine] = np.where(ahead[..., None], blended, yx_tn2)
        self.confidence_tn[first:stop, mine] = np.where(ahead, blended_sure, confidence_tn)

    def _hand_overs(self, first: int, shared: int, mine: NDArray[np.intp]) -> NDArray[np.intp]:
        """The frame from which each point goes on: its own, or the overlap's surest."""
        known = self.confidence_tn[first : first + max(shared, 1), mine]
        latest = len(known) - 1 - known[::-1].argmax(axis=0)
        return np.where(self.start[mine] >= first, self.start[mine], first + latest)


def _one_way(
    tracker: PointTracker,
    frames: Frames,
    queries_tyx: NDArray[np.float64],
    length: int,
    overlap: int,
) -> PointTracks:
    """Follow points from their frames to the end of the movie."""
    course = _Course(queries_tyx, frames.n_frames)
    for first in range(0, max(frames.n_frames - overlap, 1), length - overlap):
        clip = range(first, min(first + length, frames.n_frames))
        if (course.start < clip.stop).any():
            course.go_on(tracker, frames.clip(clip), first, overlap if first else 0)
    confidence_tn = np.clip(course.confidence_tn, 0, 1)
    return PointTracks(course.yx_tn2, confidence_tn > 0, confidence_tn)
