"""Follow points: windows, reversal and hand-over, for any point tracker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.points import PointTracks
from tracksam.protocols import PointTracker
from tracksam.steps.joins import follow_queries


@attrs.frozen
class Landing:
    """Where the points of K objects of one frame are in another frame.

    Parameters
    ----------
    yx_kp2 : array of float, shape (K, P, 2)
        Row and column in pixels; NaN where a point was lost.
    confidence_kp : array of float, shape (K, P)
        0 to 1; 0 where a point was lost.
    """

    yx_kp2: NDArray[np.float64]
    confidence_kp: NDArray[np.float64]

    def at(self, indices: NDArray[np.int64], other: Landing) -> Landing:
        """Return the landing with another one's in the place of some objects'.

        Parameters
        ----------
        indices : ndarray of int, shape (M,)
            Which objects.
        other : Landing
            Of M objects with as many points.

        Returns
        -------
        Landing
        """
        yx_kp2, confidence_kp = self.yx_kp2.copy(), self.confidence_kp.copy()
        yx_kp2[indices], confidence_kp[indices] = other.yx_kp2, other.confidence_kp
        return Landing(yx_kp2, confidence_kp)

    @classmethod
    def nowhere(cls, n_objects: int, n_points: int = 0) -> Landing:
        """Return a landing of points that were all lost, or of no points.

        Parameters
        ----------
        n_objects, n_points : int
            K and P.

        Returns
        -------
        Landing
        """
        lost = np.full((n_objects, n_points, 2), np.nan)
        return cls(lost, np.zeros((n_objects, n_points)))

    @classmethod
    def of(
        cls, tracks: PointTracks, frame: int, points_kp2: NDArray[np.float64], first: int = 0
    ) -> Landing:
        """Return the landing, in a frame of a clip, of the points of K objects.

        Parameters
        ----------
        tracks : PointTracks
            Tracks of a clip.
        frame : int
            Frame of the clip.
        points_kp2 : ndarray, shape (K, P, 2)
            The points that were queried; only their number counts.
        first : int
            Track of the first of them; the others follow, object by object.

        Returns
        -------
        Landing
        """
        shape = points_kp2.shape[:2]
        mine = slice(first, first + shape[0] * shape[1])
        visible = tracks.visible_tn[frame, mine]
        yx = np.where(visible[:, None], tracks.yx_tn2[frame, mine], np.nan)
        confidence = np.where(visible, tracks.confidence_tn[frame, mine], 0.0)
        return cls(yx.reshape(points_kp2.shape), confidence.reshape(shape))


def follow_points(
    tracker: PointTracker,
    clip_tyxc: NDArray[Any],
    yx_n2: NDArray[np.float64],
    window_frames: int,
) -> PointTracks:
    """Return where points of a clip's first frame are in all of its frames, window by window.

    Windows overlap by one frame, in which one hands its positions to the next. A point that is
    lost at a hand-over stays lost; confidences multiply across hand-overs. To follow backward,
    reverse the clip and then the result.

    Parameters
    ----------
    tracker : PointTracker
        Called with clips of at most `window_frames` and at most its own `max_frames`.
    clip_tyxc : ndarray, shape (T, Y, X, C)
        T >= 1.
    yx_n2 : ndarray of float, shape (N, 2)
        Positions in the first frame, in pixels.
    window_frames : int
        At least 2.

    Returns
    -------
    PointTracks
        T frames, N points.

    Raises
    ------
    InvalidInputError
        A window of fewer than two frames.
    """
    queries_tyx = np.column_stack([np.zeros(len(yx_n2)), yx_n2])
    return follow_queries(tracker, _Clip(clip_tyxc), queries_tyx, window_frames, 1)


@attrs.frozen(eq=False)
class _Clip:
    """Frames that are in memory already."""

    clip_tyxc: NDArray[Any]

    @property
    def n_frames(self) -> int:
        return len(self.clip_tyxc)

    def clip(self, frames: range) -> NDArray[Any]:
        return self.clip_tyxc[frames.start : frames.stop]


def land(
    tracker: PointTracker,
    clip_tyxc: NDArray[Any],
    points: Sequence[NDArray[np.float64]],
    window_frames: int,
) -> list[Landing]:
    """Return where the points of each frame of a clip land in the frame after it.

    All points of a window go to the tracker in one call, so that one with a long memory sees more
    than two frames.

    Parameters
    ----------
    tracker : PointTracker
        Called with clips of at most `window_frames` and at most its own `max_frames`.
    clip_tyxc : ndarray, shape (T, Y, X, C)
        T >= 1.
    points : sequence of ndarray, each of shape (K, P, 2)
        For each of the first T - 1 frames, P points of each of its K objects.
    window_frames : int
        At least 2.

    Returns
    -------
    list of Landing
        T - 1 of them.
    """
    steps = min(window_frames, tracker.max_frames) - 1
    landings = []
    for start in range(0, len(points), steps):
        some = points[start : start + steps]
        landings += _land_at_once(tracker, clip_tyxc[start : start + len(some) + 1], some)
    return landings


def _land_at_once(
    tracker: PointTracker, clip_tyxc: NDArray[Any], points: Sequence[NDArray[np.float64]]
) -> list[Landing]:
    frames = [np.full(p.shape[0] * p.shape[1], t) for t, p in enumerate(points)]
    queries_tyx = np.column_stack(
        [np.concatenate(frames), np.concatenate([p.reshape(-1, 2) for p in points])]
    ).astype(np.float64)
    if not len(queries_tyx):
        return [Landing.nowhere(len(p), p.shape[1]) for p in points]
    tracks = tracker.track(clip_tyxc, queries_tyx)
    landings, start = [], 0
    for t, of_frame in enumerate(points):
        landings.append(Landing.of(tracks, t + 1, of_frame, start))
        start += of_frame.shape[0] * of_frame.shape[1]
    return landings
