"""Mirrored: trackers that go forward only, made to go both ways by reversing the clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.chain import answered, checked_queries
from tracksam.points import PointTracks

Found = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Positions of shape (T, N, 2), rows first, and confidences of shape (T, N); 0: not seen."""

Forward = Callable[[NDArray[Any], NDArray[np.float64]], Found]
"""Follows queries (frame, row, column) through a clip; frames before a query are not looked at."""


def both_ways(
    forward: Forward, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]
) -> PointTracks:
    """Return where points are in every frame: after their own one, and, mirrored, before it.

    Parameters
    ----------
    forward : callable
        Called with the clip and, if some queries are not of the first frame, with it reversed.
    clip_tyxc : ndarray, shape (T, Y, X, C)
        Any dtype.
    queries_tyx : ndarray, shape (N, 3)
        Frame, row, column.

    Returns
    -------
    PointTracks
        As `tracksam.backends.chain.answered` gives them.

    Raises
    ------
    InvalidInputError
        A query lies in no frame of the clip, or its position is not finite.
    """
    queries = checked_queries(queries_tyx, len(clip_tyxc))
    n_frames, start = len(clip_tyxc), queries[:, 0]
    if not len(start):
        none = np.zeros((n_frames, 0))
        return PointTracks(np.zeros((n_frames, 0, 2)), none > 0, none)
    yx_tn2, confidence_tn = forward(clip_tyxc, queries)
    before_tn = np.arange(n_frames)[:, None] < start
    if before_tn.any():
        mirrored = np.column_stack([n_frames - 1 - start, queries[:, 1:]])
        back_tn2, sure_tn = forward(clip_tyxc[::-1], mirrored)
        yx_tn2 = np.where(before_tn[..., None], back_tn2[::-1], yx_tn2)
        confidence_tn = np.where(before_tn, sure_tn[::-1], confidence_tn)
    return answered(yx_tn2, confidence_tn, queries, clip_tyxc.shape[1:3])
