"""Chain: points followed from frame to frame, forward and backward, by steps between neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks

HALF_SURE_PX = 3.0
"""Forward-backward error at which the confidence of a step is one half."""
LARGEST_ERROR_PX = 3.0
"""Forward-backward error beyond which a point counts as lost."""

Step = Callable[[int, int, NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""From a frame to its neighbour: positions there, and how sure each is (0: the point is lost)."""


def chained(n_frames: int, queries_tyx: NDArray[Any], step: Step) -> PointTracks:
    """Return points followed by one step after the other, away from the frame of each query.

    A lost point stays lost and keeps its last position; confidences multiply.

    Parameters
    ----------
    n_frames : int
        T.
    queries_tyx : ndarray, shape (N, 3)
        Frame, row, column.
    step : callable
        Called with a frame, a neighbouring frame, and positions of shape (M, 2) in the first.

    Returns
    -------
    PointTracks
        T frames, N points, in the order of the queries.

    Raises
    ------
    InvalidInputError
        A query lies in no frame of the clip, or its position is not finite.
    """
    queries_tyx = checked_queries(queries_tyx, n_frames)
    start = queries_tyx[:, 0].astype(np.intp)
    yx_tn2 = np.broadcast_to(queries_tyx[:, 1:], (n_frames, len(start), 2)).copy()
    confidence_tn = np.ones((n_frames, len(start)))
    steps = [(t - 1, t, start < t) for t in range(1, n_frames)]
    steps += [(t + 1, t, start > t) for t in reversed(range(n_frames - 1))]
    for here, there, moving in steps:
        yx_tn2[there, moving] = yx_tn2[here, moving]
        confidence_tn[there, moving] = 0
        alive = np.flatnonzero(moving & (confidence_tn[here] > 0))
        if len(alive):
            yx_n2, sure_n = step(here, there, yx_tn2[here, alive])
            yx_tn2[there, alive] = yx_n2
            confidence_tn[there, alive] = sure_n * confidence_tn[here, alive]
    return PointTracks(yx_tn2, confidence_tn > 0, confidence_tn)


def there_and_back(
    yx_n2: NDArray[np.float64],
    yx_there_n2: NDArray[np.float64],
    yx_back_n2: NDArray[np.float64],
    shape_yx: tuple[int, int],
) -> NDArray[np.float64]:
    """Return how sure steps are, given where the way back ends (Kalal et al., 2010).

    Parameters
    ----------
    yx_n2 : ndarray of float, shape (N, 2)
        Where the points were.
    yx_there_n2 : ndarray of float, shape (N, 2)
        Where they are in the neighbouring frame.
    yx_back_n2 : ndarray of float, shape (N, 2)
        Where they come to when they are followed back from there.
    shape_yx : tuple of int
        Shape of the frames.

    Returns
    -------
    ndarray of float, shape (N,)
        0 where the way back misses the start by more than 3 px, or the point left the frame.
    """
    error_px = np.linalg.norm(yx_back_n2 - yx_n2, axis=1)
    inside = ((yx_there_n2 >= -0.5) & (yx_there_n2 <= np.array(shape_yx) - 0.5)).all(axis=1)
    kept = inside & (error_px <= LARGEST_ERROR_PX)
    confidence: NDArray[np.float64] = np.where(kept, 1 / (1 + (error_px / HALF_SURE_PX) ** 2), 0.0)
    return confidence


def checked_queries(queries_tyx: NDArray[Any], n_frames: int) -> NDArray[np.float64]:
    """Return queries as an array of floats, shape (N, 3).

    Parameters
    ----------
    queries_tyx : array_like
        Frame, row, column.
    n_frames : int
        Frames of the clip.

    Returns
    -------
    ndarray of float64, shape (N, 3)

    Raises
    ------
    InvalidInputError
        A frame number is no whole number or not in the clip, or a position is not finite.
    """
    queries = np.asarray(queries_tyx, np.float64).reshape(-1, 3)
    frames = queries[:, 0]
    if len(frames) and not (np.isfinite(queries).all() and (frames == np.rint(frames)).all()):
        raise InvalidInputError("queries need whole frame numbers and finite positions.")
    if len(frames) and (frames.min() < 0 or frames.max() >= n_frames):
        raise InvalidInputError(
            f"queries must lie in frames 0 to {n_frames - 1} of the clip, got frames "
            f"{int(frames.min())} to {int(frames.max())}."
        )
    return queries


def answered(
    yx_tn2: NDArray[np.float64],
    confidence_tn: NDArray[np.float64],
    queries: NDArray[np.float64],
    shape_yx: tuple[int, ...],
) -> PointTracks:
    """Return what a network says of points, mended where it can not be right.

    Parameters
    ----------
    yx_tn2 : ndarray of float, shape (T, N, 2)
        Positions.
    confidence_tn : ndarray of float, shape (T, N)
        0: not seen.
    queries : ndarray of float, shape (N, 3)
        Frame, row, column; checked.
    shape_yx : tuple of int
        Shape of a frame.

    Returns
    -------
    PointTracks
        Each point is where it was asked in its own frame, with confidence 1, and is not seen
        outside the frame.
    """
    limits = np.array(shape_yx) - 0.5
    inside_tn = ((yx_tn2 >= -0.5) & (yx_tn2 <= limits)).all(axis=2)
    confidence_tn, yx_tn2 = np.where(inside_tn, confidence_tn, 0.0), yx_tn2.copy()
    start, every = queries[:, 0].astype(np.intp), np.arange(len(queries))
    yx_tn2[start, every], confidence_tn[start, every] = queries[:, 1:], 1.0
    return PointTracks(yx_tn2, confidence_tn > 0, confidence_tn)
