"""TAPIR and TAPNext++ against stand-ins with their documented interface."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tracksam.backends.flow import Flow
from tracksam.testing import PointTrackerContract

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tracksam.backends.tapir import Tapir  # noqa: E402 - after the check that it can be used
from tracksam.backends.tapnext import TapNext  # noqa: E402
from tracksam.errors import WeightsError  # noqa: E402


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


class OnlineStandIn(torch.nn.Module):
    """Frame by frame, with a state; queries t, y, x; tracks (1, 1, N, 2) as y, x."""

    def forward(self, video, query_points=None, state=None):
        assert video.shape == (1, 1, 256, 256, 3)
        assert video.min() >= -1
        assert video.max() <= 1
        if state is not None:
            assert query_points is None
            query_points, past = state
            video = torch.cat([past, video], dim=1)
        clip_tyxc = ((video[0] + 1) * 127.5).round().numpy().astype(np.uint8)
        queries = query_points[0].numpy().astype(np.float64) - [0, 0.5, 0.5]
        now = len(clip_tyxc) - 1
        yx, logits = np.full((len(queries), 2), -50.0), np.full(len(queries), -9.0)
        begun = np.flatnonzero(queries[:, 0] <= now)  # later ones are not known yet
        tracks = Flow(window_px=61).track(clip_tyxc, queries[begun])
        yx[begun] = tracks.yx_tn2[now] + 0.5
        logits[begun] = np.where(tracks.visible_tn[now], 9.0, -9.0)
        seen = torch.from_numpy(logits)[None, None, :, None]
        return torch.from_numpy(yx)[None, None], None, seen, (query_points, video)


class TestOnlineStandIn(PointTrackerContract):
    same_px = 0.2

    def make(self) -> TapNext:
        return TapNext(device="cpu", model=OnlineStandIn())


@pytest.fixture
def tapnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a package tapnet whose TAPNext has one layer."""

    class TAPNext(torch.nn.Module):
        def __init__(self, image_size):
            super().__init__()
            self.lin_proj = torch.nn.Linear(*image_size)

    code = SimpleNamespace(tapnext_torch=SimpleNamespace(TAPNext=TAPNext))
    monkeypatch.setitem(sys.modules, "tapnet", SimpleNamespace(tapnext=code))
    monkeypatch.setitem(sys.modules, "tapnet.tapnext", code)


@pytest.mark.usefixtures("tapnet")
def test_the_published_layout_of_tapnext_loads_and_another_is_refused(tmp_path: Path) -> None:
    layer = torch.nn.Linear(256, 256).state_dict()
    named = {f"tapnext.lin_proj.{name}": tensor for name, tensor in layer.items()}
    path = tmp_path / "tapnextpp_ckpt.pt"
    torch.save({"state_dict": named}, path)
    loaded = TapNext(path, device="cpu")
    assert list(loaded.weights_used) == ["tapnextpp_ckpt.pt"]
    assert torch.equal(loaded._model.lin_proj.weight, layer["weight"])
    del named["tapnext.lin_proj.bias"]
    torch.save({"state_dict": named}, path)
    with pytest.raises(WeightsError, match=r"missing: lin_proj\.bias"):
        TapNext(path, device="cpu")
