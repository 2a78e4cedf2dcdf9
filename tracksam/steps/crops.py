"""Crops: point trackers that take small frames only, in large ones.

Points are put together by where they were asked for, and each group is followed in a crop of its
own around it; frames can be shrunk before. So cost and memory depend on where points are, not on
how large the frame is.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.points import PointTracks
from tracksam.protocols import PointTracker

EDGE_PX = 1.0
"""A point so near to a crop's edge, or beyond it, is not seen, unless the frame ends there too."""


@attrs.define
class Cropped:
    """A point tracker that takes frames of any size, given one that does not.

    Parameters
    ----------
    tracker : PointTracker
        Its attribute `max_shape_yx`, where it has one, is the largest frame that it takes.
    shrink : int
        Factor by which frames are shrunk before; 1 leaves them.
    """

    tracker: PointTracker
    shrink: int = 1
    max_frames: int = attrs.field(init=False)

    @max_frames.default
    def _as_of_the_tracker(self) -> int:
        return self.tracker.max_frames

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        queries = np.asarray(queries_tyx, np.float64).reshape(-1, 3)
        small_tyxc = shrunk(clip_tyxc, self.shrink)
        asked = np.column_stack([queries[:, 0], (queries[:, 1:] + 0.5) / self.shrink - 0.5])
        found = self._in_crops(small_tyxc, asked)
        yx_tn2 = (found.yx_tn2 + 0.5) * self.shrink - 0.5
        start, every = queries[:, 0].astype(np.intp), np.arange(len(queries))
        yx_tn2[start, every] = queries[:, 1:]
        return attrs.evolve(found, yx_tn2=yx_tn2)

    def _in_crops(self, clip_tyxc: NDArray[Any], queries: NDArray[np.float64]) -> PointTracks:
        frame_yx = np.array(clip_tyxc.shape[1:3])
        crop_yx = np.minimum(getattr(self.tracker, "max_shape_yx", frame_yx), frame_yx)
        shape = (len(clip_tyxc), len(queries))
        if (crop_yx == frame_yx).all():
            return self.tracker.track(clip_tyxc, queries)
        yx_tn2, confidence_tn = np.zeros((*shape, 2)), np.zeros(shape)
        starts = _crop_starts(queries[:, 1:], crop_yx, frame_yx)
        for start in np.unique(starts, axis=0) if len(queries) else ():
            mine = np.flatnonzero((starts == start).all(axis=1))
            (y, x), (height, width) = start.tolist(), crop_yx.tolist()
            crop_tyxc = clip_tyxc[:, y : y + height, x : x + width]
            tracks = self.tracker.track(crop_tyxc, queries[mine] - [0, y, x])
            seen = tracks.visible_tn & _away_from_edges(tracks.yx_tn2, start, crop_yx, frame_yx)
            yx_tn2[:, mine] = tracks.yx_tn2 + start
            confidence_tn[:, mine] = tracks.confidence_tn * seen
        return PointTracks(yx_tn2, confidence_tn > 0, confidence_tn)


def within_limits(tracker: PointTracker, shrink: int = 1) -> PointTracker:
    """Return a point tracker that takes frames of any size.

    Parameters
    ----------
    tracker : PointTracker
        Any.
    shrink : int
        Factor by which frames are shrunk before; 1 leaves them.

    Returns
    -------
    PointTracker
        The same where there is nothing to be done.
    """
    if shrink == 1 and not hasattr(tracker, "max_shape_yx"):
        return tracker
    return Cropped(tracker, shrink)


def shrunk(clip_tyxc: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return a clip with every block of factor x factor pixels as their mean.

    Parameters
    ----------
    clip_tyxc : ndarray, shape (T, Y, X, C)
        Incomplete blocks at the end are filled up with their last pixels.
    factor : int
        1 or more.

    Returns
    -------
    ndarray, shape (T, ceil(Y / factor), ceil(X / factor), C)
        Of the same dtype; whole numbers are rounded.
    """
    if factor == 1:
        return clip_tyxc
    n_frames, height, width, channels = clip_tyxc.shape
    pads = ((0, 0), (0, -height % factor), (0, -width % factor), (0, 0))
    whole = np.pad(clip_tyxc, pads, mode="edge")
    rows, columns = whole.shape[1] // factor, whole.shape[2] // factor
    blocks = whole.reshape(n_frames, rows, factor, columns, factor, channels)
    means = blocks.mean(axis=(2, 4), dtype=np.float32)
    if clip_tyxc.dtype.kind in "iu":
        means = np.rint(means)
    return np.asarray(means.astype(clip_tyxc.dtype))


def _crop_starts(
    yx_n2: NDArray[np.float64], crop_yx: NDArray[np.int64], frame_yx: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where each point's crop begins: it reaches beyond the point by a quarter or more."""
    step = np.maximum(crop_yx // 2, 1)
    start = np.floor(yx_n2 / step).astype(np.int64) * step - step // 2
    return np.asarray(np.clip(start, 0, frame_yx - crop_yx))


def _away_from_edges(
    yx_tn2: NDArray[np.float64],
    start_yx: NDArray[np.int64],
    crop_yx: NDArray[np.int64],
    frame_yx: NDArray[np.int64],
) -> NDArray[np.bool_]:
    low = np.where(start_yx == 0, -np.inf, EDGE_PX)
    high = np.where(start_yx + crop_yx == frame_yx, np.inf, crop_yx - 1 - EDGE_PX)
    return np.asarray(((yx_tn2 >= low) & (yx_tn2 <= high)).all(axis=2))
