"""TAPNext++ (Zholus et al., 2025) as a point tracker, by an installed package tapnet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.mirrored import both_ways
from tracksam.backends.tapir import SIDE_PX, Tapir
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch

REVISION = "c2cbab81cc06092b5f05bfe2da7bfec54e2079c9"
"""The state of the code with which the adapter was tried."""
PREFIX = "tapnext."
"""What stands before every name in the published file."""


class TapNext(Tapir):
    """Point tracker that goes through the clip frame by frame and remembers: TAPNext++.

    It goes forward only; the frames before a point's own are those of the reversed clip. A model
    that is given instead of weights is called like ``tapnet.tapnext.tapnext_torch.TAPNext``.
    """

    info: ClassVar[BackendCard] = attrs.evolve(
        Tapir.info,
        summary="TAPNext++: points carried frame by frame by a recurrent network; any movie.",
        modules=("torch", "torchvision", "einops", "tapnet"),
        weights="tapnextpp",
        install=f"{Tapir.info.install}@{REVISION} einops torchvision",
    )
    max_frames = 256

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return TAPNext with weights."""
        from tapnet.tapnext import tapnext_torch

        state = {name.removeprefix(PREFIX): one for name, one in read_state(path).items()}
        model: torch.nn.Module = tapnext_torch.TAPNext(image_size=(SIDE_PX, SIDE_PX))
        load_exactly(model, state, str(path))
        return model

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        return both_ways(self._followed, clip_tyxc, queries_tyx)

    def _predicted(self, video: torch.Tensor, points: torch.Tensor) -> tuple[Any, Any]:
        """Tensors of shape (T, N, 2), rows first, in pixels of the square, and (T, N)."""
        import torch

        state, found, seen = None, [], []
        for t in range(video.shape[1]):
            asked = {"query_points": points} if state is None else {"state": state}
            tracks, _, visible, state = self._model(video=video[:, t : t + 1], **asked)
            found.append(tracks[0, 0])
            seen.append(visible[0, 0, :, 0].sigmoid())
        return torch.stack(found), torch.stack(seen)
