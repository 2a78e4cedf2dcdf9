"""Flow: points followed by pyramidal Lucas-Kanade, chained from frame to frame."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

WINDOW_PX = 25
"""Side of the patch that is matched. A patch wider than most nuclei sees their outline."""
PYRAMID_LEVELS = 3
"""Halvings of the image: displacements of up to about WINDOW_PX * 2**levels are found."""
HALF_SURE_PX = 3.0
"""Forward-backward error at which the confidence of a step is one half."""
LARGEST_ERROR_PX = 3.0
"""Forward-backward error beyond which a point counts as lost."""


class Flow:
    """Point tracker that needs no weights: Lucas-Kanade optical flow (Bouguet, 2001).

    Each step goes from one frame to the next and back again; where the way back misses the
    start (Kalal et al., 2010: forward-backward error), the point is unsure or lost. A lost point
    stays lost, and keeps its last position. Every frame is brought to 8 bit by its own
    percentiles, so that a clip cut into windows gives the same positions as the whole clip.

    Parameters
    ----------
    window_px : int
        Side of the patch that is matched, at least 3.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Lucas-Kanade optical flow, forward and back; any movie, no weights.",
        licence="BSD-3-Clause",
        modules=("cv2",),
    )
    max_frames = 1_000_000

    def __init__(self, window_px: int = WINDOW_PX) -> None:
        if window_px < 3:
            raise InvalidInputError(f"window_px must be at least 3, got {window_px}.")
        self.window_px = int(window_px)

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        queries_tyx = _checked_queries(queries_tyx, len(clip_tyxc))
        n_frames, n_points = len(clip_tyxc), len(queries_tyx)
        start = queries_tyx[:, 0].astype(np.intp)
        yx_tn2 = np.broadcast_to(queries_tyx[:, 1:], (n_frames, n_points, 2)).copy()
        confidence_tn = np.ones((n_frames, n_points))
        images = [eight_bit(frame_yxc) for frame_yxc in clip_tyxc] if n_points else []
        for t in range(1, n_frames if n_points else 0):
            self._advance(images, t - 1, t, start < t, yx_tn2, confidence_tn)
        for t in reversed(range(n_frames - 1 if n_points else 0)):
            self._advance(images, t + 1, t, start > t, yx_tn2, confidence_tn)
        return PointTracks(yx_tn2, confidence_tn > 0, confidence_tn)

    def _advance(
        self,
        images: list[NDArray[np.uint8]],
        here: int,
        there: int,
        moving: NDArray[np.bool_],
        yx_tn2: NDArray[np.float64],
        confidence_tn: NDArray[np.float64],
    ) -> None:
        """Write the positions of the moving points in frame `there`, given those in `here`."""
        yx_tn2[there, moving] = yx_tn2[here, moving]
        confidence_tn[there, moving] = 0
        alive = np.flatnonzero(moving & (confidence_tn[here] > 0))
        if not len(alive):
            return
        yx_n2, sure_n = _step(images[here], images[there], yx_tn2[here, alive], self.window_px)
        yx_tn2[there, alive] = yx_n2
        confidence_tn[there, alive] = sure_n * confidence_tn[here, alive]


def eight_bit(image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame as 8-bit luminance, dim parts lifted by a square root.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype. Channels are averaged.

    Returns
    -------
    ndarray of uint8, shape (Y, X)
        0 at the frame's 1st percentile, 255 at its 99.8th; all 0 where the frame is constant.
    """
    image_yx = image_yxc.astype(np.float32).mean(axis=2)
    low, high = np.percentile(image_yx, [1.0, 99.8])
    if high <= low:
        low, high = float(image_yx.min()), float(image_yx.max())
    if high <= low:
        return np.zeros(image_yx.shape, np.uint8)
    share = np.clip((image_yx - low) / (high - low), 0, 1)
    result: NDArray[np.uint8] = np.rint(np.sqrt(share) * 255).astype(np.uint8)
    return result


def _step(
    here: NDArray[np.uint8], there: NDArray[np.uint8], yx_n2: NDArray[np.float64], window_px: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions in the image `there`, and how sure each is: 0 where the point is lost."""
    xy_here = np.ascontiguousarray(yx_n2[:, ::-1], dtype=np.float32)
    xy_there, found = _lucas_kanade(here, there, xy_here, window_px)
    xy_back, found_back = _lucas_kanade(there, here, xy_there, window_px)
    error_px = np.linalg.norm((xy_back - xy_here).astype(np.float64), axis=1)
    result = xy_there[:, ::-1].astype(np.float64)
    inside = ((result >= -0.5) & (result <= np.array(here.shape) - 0.5)).all(axis=1)
    kept = found & found_back & inside & (error_px <= LARGEST_ERROR_PX)
    confidence = np.where(kept, 1 / (1 + (error_px / HALF_SURE_PX) ** 2), 0.0)
    return np.where((found & np.isfinite(result).all(axis=1))[:, None], result, yx_n2), confidence


def _lucas_kanade(
    here: NDArray[np.uint8], there: NDArray[np.uint8], xy_n2: NDArray[np.float32], window_px: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    import cv2

    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 0.01)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        here,
        there,
        xy_n2[:, None],
        np.empty_like(xy_n2[:, None]),
        winSize=(window_px, window_px),
        maxLevel=PYRAMID_LEVELS,
        criteria=stop,
    )
    positions: NDArray[np.float32] = np.asarray(moved, np.float32).reshape(-1, 2)
    return positions, np.asarray(found, np.bool_).reshape(-1)


def _checked_queries(queries_tyx: NDArray[Any], n_frames: int) -> NDArray[np.float64]:
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
