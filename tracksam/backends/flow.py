"""Flow: points followed by pyramidal Lucas-Kanade, chained from frame to frame."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.chain import chained, there_and_back
from tracksam.backends.eight_bit import luminance
from tracksam.errors import InvalidInputError
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

WINDOW_PX = 25
"""Side of the patch that is matched. A patch wider than most nuclei sees their outline."""
PYRAMID_LEVELS = 3
"""Halvings of the image: displacements of up to about WINDOW_PX * 2**levels are found."""


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
        needed = range(len(clip_tyxc)) if np.size(queries_tyx) else ()
        images = [luminance(clip_tyxc[t]) for t in needed]
        return chained(
            len(clip_tyxc), queries_tyx, functools.partial(_step, images, self.window_px)
        )


def _step(
    images: list[NDArray[np.uint8]],
    window_px: int,
    here: int,
    there: int,
    yx_n2: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions in the image `there`, and how sure each is: 0 where the point is lost."""
    xy_here = np.ascontiguousarray(yx_n2[:, ::-1], dtype=np.float32)
    xy_there, found = _lucas_kanade(images[here], images[there], xy_here, window_px)
    xy_back, found_back = _lucas_kanade(images[there], images[here], xy_there, window_px)
    result = xy_there[:, ::-1].astype(np.float64)
    back = xy_back[:, ::-1].astype(np.float64)
    start = xy_here[:, ::-1].astype(np.float64)
    confidence = there_and_back(start, result, back, images[here].shape) * (found & found_back)
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
