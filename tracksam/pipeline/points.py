"""Points of a movie: followed through all of it, without masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tracksam.errors import InvalidInputError
from tracksam.pipeline.models import load_tracker
from tracksam.points import PointTracks
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.joins import follow_queries

LONGEST_WINDOW = 48
"""Frames in memory at once, for a point tracker that would take more."""


def track_points(
    stack: Stack, queries_tyx: ArrayLike, *, settings: Settings | None = None
) -> PointTracks:
    """Follow points through a movie, forward and backward from the frame of each.

    Parameters
    ----------
    stack : Stack
        The movie; a window of it is in memory at a time.
    queries_tyx : array_like, shape (N, 3)
        Frame, row, column.
    settings : Settings, optional
        ``follow.point_tracker`` with its weights, ``follow.shrink``, ``read.channel`` and
        ``device`` are looked at. Windows are as long as the point tracker takes, at most 48 frames,
        and a quarter of each overlaps with the next.

    Returns
    -------
    PointTracks
        All frames, N points, in the order of the queries.

    Raises
    ------
    InvalidInputError
        A query does not lie in the movie.
    BackendError
        The point tracker is unknown, or something that it needs is not installed.

    Examples
    --------
    >>> import tracksam
    >>> from tracksam.simulate import situation
    >>> tracksam.track_points(situation("drifting").stack, [(0, 40, 60), (5, 30, 50)]).n_points
    2
    """
    settings = settings or Settings()
    queries = np.asarray(queries_tyx, np.float64).reshape(-1, 3)
    low, high = np.zeros(3), np.array([stack.n_frames - 1, *(np.array(stack.shape_yx) - 0.5)])
    low[1:] = -0.5
    outside = ~((queries >= low) & (queries <= high)).all(axis=1)
    if outside.any() or (queries[:, 0] % 1).any():
        bad = queries[np.argmax(outside | (queries[:, 0] % 1 != 0))]
        raise InvalidInputError(
            f"a point needs a whole frame number and a place in the movie of {stack.n_frames} "
            f"frames of {stack.shape_yx[0]} x {stack.shape_yx[1]} pixels; got frame {bad[0]:g}, "
            f"row {bad[1]:g}, column {bad[2]:g}."
        )
    tracker = load_tracker(settings)
    channel = settings.read.channel
    movie = stack if channel is None else stack.only_channel(channel)
    window = min(LONGEST_WINDOW, tracker.max_frames)
    return follow_queries(tracker, movie, queries, window, max(window // 4, 1))
