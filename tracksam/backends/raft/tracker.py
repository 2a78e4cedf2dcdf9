"""The point tracker: flow fields between neighbouring frames, chained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.chain import chained, there_and_back
from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.eight_bit import colours
from tracksam.backends.raft.layout import is_official, is_small, to_torchvision
from tracksam.backends.weighted import Weighted
from tracksam.points import PointTracks
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch

STRIDE_PX = 8
LEAST_SIDE_PX = 128
"""The pyramid of correlations needs 16 cells of the stride on each side."""
ENLARGED_SIDE_PX = 200
"""Frames with a shorter side are enlarged beyond it: of 72 pixels, the error falls to a third."""

Field = NDArray[np.float32]
"""Flow in pixels, rows first: shape (2, Y, X)."""


class Raft(Weighted):
    """Point tracker by RAFT's flow fields, chained from frame to frame, with a way back as check.

    Far slower than `flow`, and better where neighbouring frames differ much. Frames are brought
    to 8 bit by their own percentiles and, where they are small, enlarged: the network sees one
    cell of 8 x 8 pixels at a time.

    A file of weights holds RAFT or RAFT-small, in the layout of torchvision or of the authors. A
    model that is given instead is called as ``model(first, second)`` like torchvision's.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Optical flow by a network (RAFT), chained forward and back; any movie.",
        licence="BSD-3-Clause (code and weights)",
        modules=("torch", "torchvision"),
        extra="sam",
        weights="raft-small",
        device="cpu, cuda, mps",
    )
    max_frames = 16
    max_shape_yx = (640, 640)
    """All pairs of eighths of a pixel are kept: memory grows with the square of the area."""

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return RAFT or RAFT-small, whichever a file holds."""
        from torchvision.models.optical_flow import raft_large, raft_small

        state = read_state(path)
        if is_official(state):
            state = to_torchvision(state)
        model: torch.nn.Module = (raft_small if is_small(state) else raft_large)(weights=None)
        load_exactly(model, state, str(path))
        return model

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip."""
        needed = range(len(clip_tyxc)) if np.size(queries_tyx) else ()
        fields = _Fields(self._model, self.device, [colours(clip_tyxc[t]) for t in needed])
        return chained(len(clip_tyxc), queries_tyx, fields.step)


class _Fields:
    """Flow fields between the frames of one clip, each computed once, when it is first needed."""

    def __init__(
        self, model: torch.nn.Module, device: str, images: list[NDArray[np.uint8]]
    ) -> None:
        self._model = model
        self._device = device
        self._images = images
        self._known: dict[tuple[int, int], Field] = {}

    def step(
        self, here: int, there: int, yx_n2: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return positions in the neighbouring frame, and how sure they are."""
        yx_there_n2 = yx_n2 + _sampled(self._field(here, there), yx_n2)
        yx_back_n2 = yx_there_n2 + _sampled(self._field(there, here), yx_there_n2)
        shape_yx = self._images[here].shape[:2]
        return yx_there_n2, there_and_back(yx_n2, yx_there_n2, yx_back_n2, shape_yx)

    def _field(self, here: int, there: int) -> Field:
        if (here, there) not in self._known:
            first, second = self._images[here], self._images[there]
            self._known[here, there] = _flow(self._model, self._device, first, second)
        return self._known[here, there]


def _flow(
    model: torch.nn.Module, device: str, first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> Field:
    """Return the flow from one image to another, shape (2, Y, X)."""
    import torch

    height, width = first.shape[:2]
    times = -(-ENLARGED_SIDE_PX // min(height, width))
    pads = [_padding(side * times) for side in (height, width)]
    inputs = [_tensor(_enlarged(image, times), pads, device) for image in (first, second)]
    with torch.inference_mode():
        fields = model(*inputs)
        flow_xy = (fields[-1] if isinstance(fields, list | tuple) else fields)[0]
        padded: NDArray[np.float32] = flow_xy.float().cpu().numpy()[::-1]
    (top, _), (left, _) = pads
    large = padded[:, top : top + height * times, left : left + width * times]
    blocks = large.reshape(2, height, times, width, times)
    return np.asarray(blocks.mean(axis=(2, 4)) / times, np.float32)


def _enlarged(image_yxc: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return an image with every pixel as a smooth block of times x times pixels."""
    import cv2

    if times == 1:
        return image_yxc
    return np.asarray(cv2.resize(image_yxc, None, fx=times, fy=times), np.uint8)


def _padding(side: int) -> tuple[int, int]:
    missing = max(LEAST_SIDE_PX, -(-side // STRIDE_PX) * STRIDE_PX) - side
    return missing // 2, missing - missing // 2


def _tensor(image_yxc: NDArray[np.uint8], pads: list[tuple[int, int]], device: str) -> torch.Tensor:
    import torch

    padded = np.pad(image_yxc, [*pads, (0, 0)], mode="edge")
    values = torch.from_numpy(padded).to(device).permute(2, 0, 1)[None]
    return values.float() / 127.5 - 1


def _sampled(field: Field, yx_n2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the flow at positions between pixels, shape (N, 2); outside, that of the border."""
    from scipy import ndimage

    sampled = [
        ndimage.map_coordinates(part, yx_n2.T, order=1, mode="nearest", output=np.float64)
        for part in field
    ]
    return np.stack(sampled, axis=1)
