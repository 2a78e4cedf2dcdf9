"""TAPIR (Doersch et al., 2023) as a point tracker, by an installed package tapnet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.chain import answered, checked_queries
from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.eight_bit import colours
from tracksam.backends.mirrored import Found
from tracksam.backends.weighted import Weighted
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch

SIDE_PX = 256
"""Frames are stretched to this square, at which the network was trained."""
LEAST_SEEN = 0.5


class Tapir(Weighted):
    """Point tracker that looks for each point in every frame on its own and then refines it.

    BootsTAPIR has the same network with other weights (``"bootstapir"``, ``"tapir"``). A model that
    is given instead of weights is called like ``tapnet.torch.tapir_model.TAPIR``.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="TAPIR: points looked for in every frame, then refined; any movie.",
        licence="Apache-2.0 (code and weights)",
        modules=("torch", "tapnet"),
        weights="bootstapir",
        device="cpu, cuda",
        install="pip install git+https://github.com/google-deepmind/tapnet.git",
    )
    max_frames = 64
    max_shape_yx = (256, 256)
    max_points = 256

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return TAPIR or BootsTAPIR."""
        from tapnet.torch import tapir_model

        model: torch.nn.Module = tapir_model.TAPIR(pyramid_level=1)
        load_exactly(model, read_state(path), str(path))
        return model

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        queries = checked_queries(queries_tyx, len(clip_tyxc))
        yx_tn2, confidence_tn = self._followed(clip_tyxc, queries)
        return answered(yx_tn2, confidence_tn, queries, clip_tyxc.shape[1:3])

    def _followed(self, clip_tyxc: NDArray[Any], queries: NDArray[np.float64]) -> Found:
        """Follow points as far as the network does, not too many at once."""
        shape = (len(clip_tyxc), len(queries))
        yx_tn2, confidence_tn = np.zeros((*shape, 2)), np.zeros(shape)
        video = _video(clip_tyxc).to(self.device) if len(queries) else None
        for first in range(0, len(queries), self.max_points):
            some = slice(first, first + self.max_points)
            found = self._found(video, queries[some], clip_tyxc.shape[1:3])
            yx_tn2[:, some], confidence_tn[:, some] = found
        return yx_tn2, np.where(confidence_tn > LEAST_SEEN, confidence_tn, 0.0)

    def _found(self, video: Any, queries: NDArray[np.float64], shape_yx: tuple[int, ...]) -> Found:
        """Positions (T, N, 2), rows first, and the probability that a point is seen there."""
        import torch

        scale_yx = SIDE_PX / np.array(shape_yx)
        asked = queries.copy()
        asked[:, 1:] = (queries[:, 1:] + 0.5) * scale_yx
        with torch.inference_mode():
            points = torch.from_numpy(asked.astype(np.float32))[None].to(self.device)
            yx_tn2, sure_tn = self._predicted(video, points)
        yx_tn2 = yx_tn2.float().cpu().numpy().astype(np.float64) / scale_yx - 0.5
        return yx_tn2, np.clip(sure_tn.float().cpu().numpy().astype(np.float64), 0, 1)

    def _predicted(self, video: torch.Tensor, points: torch.Tensor) -> tuple[Any, Any]:
        """Tensors of shape (T, N, 2), rows first, in pixels of the square, and (T, N)."""
        out = self._model(video, points)
        sure = (1 - out["occlusion"].sigmoid()) * (1 - out["expected_dist"].sigmoid())
        return out["tracks"][0].transpose(0, 1).flip(-1), sure[0].T


def _video(clip_tyxc: NDArray[Any]) -> torch.Tensor:
    """The clip as the network takes it: (1, T, 256, 256, 3), -1 to 1."""
    import cv2
    import torch

    frames = np.stack([cv2.resize(colours(image), (SIDE_PX, SIDE_PX)) for image in clip_tyxc])
    return torch.from_numpy(frames)[None].float() / 127.5 - 1
