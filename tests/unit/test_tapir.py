"""TAPIR against a stand-in with its documented interface."""

import numpy as np
import pytest

from tracksam.backends.flow import Flow
from tracksam.testing import PointTrackerContract

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tracksam.backends.tapir import Tapir  # noqa: E402 - after the check that it can be used


class StandIn(torch.nn.Module):
    """Video (1, T, 256, 256, 3) from -1 to 1, queries t, y, x; tracks (1, N, T, 2) as x, y."""

    def forward(self, video, query_points):
        assert video.shape[2:] == (256, 256, 3)
        assert video.min() >= -1
        assert video.max() <= 1
        clip_tyxc = ((video[0] + 1) * 127.5).round().numpy().astype(np.uint8)
        queries = query_points[0].numpy().astype(np.float64) - [0, 0.5, 0.5]
        tracks = Flow(window_px=61).track(clip_tyxc, queries)
        xy = tracks.yx_tn2.transpose(1, 0, 2)[..., ::-1] + 0.5
        hidden = np.where(tracks.visible_tn.T, -9.0, 9.0)
        return {
            "tracks": torch.from_numpy(xy.copy())[None],
            "occlusion": torch.from_numpy(hidden)[None],
            "expected_dist": torch.full((1, *hidden.shape), -9.0),
        }


class TestStandIn(PointTrackerContract):
    same_px = 0.2

    def make(self) -> Tapir:
        return Tapir(device="cpu", model=StandIn())
