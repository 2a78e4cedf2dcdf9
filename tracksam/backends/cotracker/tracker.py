"""CoTracker3 as a point tracker: the whole clip at once, or window by window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.cotracker.source import find_problem, predictor_class
from tracksam.backends.eight_bit import colours
from tracksam.backends.mirrored import Found, both_ways
from tracksam.backends.weighted import Weighted
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch

SUPPORT_PX = 12.0
"""Distance of the support points around the queries of a frame."""
SUPPORT_SIDE = 5
ONLINE_WINDOW = 16
SURE = 0.9
"""Confidence of a visible point; the predictors tell no degrees."""


class CoTracker3(Weighted):
    """Point tracker that sees the whole clip at once: CoTracker3, offline.

    The network follows points forward from their frame; the frames before it are those of the
    reversed clip. Around the queries of each frame a grid of support points is followed with
    them, which holds those of small cells. Its licence forbids commercial use and has to be
    accepted once. A model that is given instead of weights is called like
    ``cotracker.predictor.CoTrackerPredictor``.

    Raises
    ------
    BackendError
        CoTracker's code is not on this machine.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="CoTracker3, offline: many points at once; any movie. Not for commercial use.",
        licence="CC-BY-NC-4.0 (code and weights): no commercial use",
        modules=("torch",),
        extra="cotracker",
        weights="cotracker3-offline",
        device="cpu, cuda",
    )
    predictor_name: ClassVar[str] = "CoTrackerPredictor"
    options: ClassVar[Mapping[str, Any]] = {"offline": True, "window_len": 60}
    max_frames = 60
    max_points = 256
    max_shape_yx = (384, 512)
    """The network shrinks every frame to this; larger ones lose detail."""

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return a predictor of CoTracker's own code with weights."""
        predictor: Any = predictor_class(cls.predictor_name)(checkpoint=None, **cls.options)
        load_exactly(predictor.model, read_state(path), str(path))
        return cast("torch.nn.Module", predictor)

    @staticmethod
    def find_problem() -> str:
        """Return why CoTracker's code can not be used; empty where it can."""
        return find_problem()

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        return both_ways(self._forward, clip_tyxc, queries_tyx)

    def _forward(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> Found:
        """Follow points forward from their frames, not too many at once."""
        import torch

        video = _video(clip_tyxc).to(self.device)
        found = []
        for first in range(0, len(queries_tyx), self.max_points):
            some = queries_tyx[first : first + self.max_points]
            asked = np.concatenate([some, support(some, clip_tyxc.shape[1:3])])
            queries_txy = torch.from_numpy(asked[:, [0, 2, 1]].astype(np.float32))[None]
            with torch.inference_mode():
                xy, seen = self._predicted(video, queries_txy.to(self.device))
            yx_tn2 = xy[0, :, : len(some)].cpu().numpy()[..., ::-1].astype(np.float64)
            seen_tn = seen[0, :, : len(some)].cpu().numpy().astype(bool)
            found.append((yx_tn2, np.where(seen_tn, SURE, 0.0)))
        return np.concatenate([f[0] for f in found], 1), np.concatenate([f[1] for f in found], 1)

    def _predicted(self, video: torch.Tensor, queries: torch.Tensor) -> tuple[Any, Any]:
        """Tracks (1, T, N, 2), columns first, and visibility (1, T, N)."""
        tracks, seen = self._model(video, queries=queries)
        return tracks, seen


class CoTracker3Online(CoTracker3):
    """Point tracker that goes through the clip in windows of 16 frames: CoTracker3, online.

    Its memory does not grow with the clip beyond the clip itself. Parameters and errors are those
    of `CoTracker3`.
    """

    info: ClassVar[BackendCard] = attrs.evolve(
        CoTracker3.info,
        summary="CoTracker3, online: window by window; any movie. Not for commercial use.",
        weights="cotracker3-online",
    )
    predictor_name = "CoTrackerOnlinePredictor"
    options = {"window_len": ONLINE_WINDOW}  # noqa: RUF012 - declared in the class above
    max_frames = 200

    def _predicted(self, video: torch.Tensor, queries: torch.Tensor) -> tuple[Any, Any]:
        import torch

        n_frames, step = video.shape[1], ONLINE_WINDOW // 2
        whole = max(ONLINE_WINDOW, -(-n_frames // step) * step)
        last = video[:, -1:].expand(-1, whole - n_frames, -1, -1, -1)
        padded = torch.cat([video, last], dim=1)
        self._model(
            video_chunk=padded[:, :ONLINE_WINDOW],
            is_first_step=True,
            queries=queries,
            add_support_grid=True,
        )
        for first in range(0, whole - step, step):
            tracks, seen = self._model(
                video_chunk=padded[:, first : first + ONLINE_WINDOW], add_support_grid=True
            )
        return tracks[:, :n_frames], seen[:, :n_frames]


def support(queries_tyx: NDArray[np.float64], shape_yx: tuple[int, ...]) -> NDArray[np.float64]:
    """Return points around the queries of each frame, which help to follow those of small cells.

    Parameters
    ----------
    queries_tyx : ndarray of float, shape (N, 3)
        Frame, row, column.
    shape_yx : tuple of int
        Shape of a frame.

    Returns
    -------
    ndarray of float, shape (M, 3)
        For each frame with queries a grid of 5 x 5 over their box and a margin of 12 px.
    """
    grids = []
    for frame in np.unique(queries_tyx[:, 0]):
        mine = queries_tyx[queries_tyx[:, 0] == frame, 1:]
        low = np.clip(mine.min(axis=0) - SUPPORT_PX, 0, np.array(shape_yx) - 1)
        high = np.clip(mine.max(axis=0) + SUPPORT_PX, 0, np.array(shape_yx) - 1)
        y, x = (np.linspace(low[i], high[i], SUPPORT_SIDE) for i in (0, 1))
        yy, xx = np.meshgrid(y, x, indexing="ij")
        grids.append(np.column_stack([np.full(yy.size, frame), yy.ravel(), xx.ravel()]))
    return np.concatenate(grids)


def _video(clip_tyxc: NDArray[Any]) -> torch.Tensor:
    """The clip as the predictors take it: (1, T, 3, Y, X), 0 to 255."""
    import torch

    frames = np.stack([colours(image_yxc) for image_yxc in clip_tyxc])
    return torch.from_numpy(frames).permute(0, 3, 1, 2)[None].float()
