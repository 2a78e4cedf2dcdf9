"""CoTracker3 against a stand-in with its documented interface."""

import sys
from typing import Any

import numpy as np
import pytest

from tracksam.backends.flow import Flow
from tracksam.errors import BackendError, WeightsError
from tracksam.testing import PointTrackerContract

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tracksam.backends.cotracker import source  # noqa: E402 - after the check
from tracksam.backends.cotracker.tracker import CoTracker3, CoTracker3Online, support  # noqa: E402


def followed(video: Any, queries: Any) -> tuple[Any, Any]:
    """Follow points by Lucas-Kanade, in the documented layout: video 0 to 255, queries t, x, y."""
    assert video.shape[0] == 1
    assert video.shape[2] == 3
    assert 0 <= video.min() <= video.max() <= 255
    clip_tyxc = video[0].permute(0, 2, 3, 1).numpy().astype(np.uint8)
    queries_tyx = queries[0].numpy()[:, [0, 2, 1]].astype(np.float64)
    tracks = Flow().track(clip_tyxc, queries_tyx)
    xy = torch.from_numpy(tracks.yx_tn2[..., ::-1].copy()).float()[None]
    before = np.arange(len(clip_tyxc))[:, None] < queries_tyx[:, 0]
    xy[0, torch.from_numpy(before)] = -50.0  # only forward, as the network
    return xy, torch.from_numpy(tracks.visible_tn.copy())[None]


class StandIn(torch.nn.Module):
    """The documented interface of CoTrackerPredictor."""

    def forward(self, video, queries=None, segm_mask=None, grid_size=0, backward_tracking=False):
        assert grid_size == 0
        return followed(video, queries)


class OnlineStandIn(torch.nn.Module):
    """The documented interface of CoTrackerOnlinePredictor: windows of 16, half overlapping."""

    def forward(self, video_chunk, is_first_step=False, queries=None, add_support_grid=False):
        assert video_chunk.shape[1] == 16
        if is_first_step:
            self.queries, self.video = queries, None
            return None, None
        new = video_chunk if self.video is None else video_chunk[:, 8:]
        self.video = new if self.video is None else torch.cat([self.video, new], dim=1)
        return followed(self.video, self.queries)


class TestOffline(PointTrackerContract):
    def make(self) -> CoTracker3:
        return CoTracker3(device="cpu", model=StandIn())


class TestOnline(PointTrackerContract):
    def make(self) -> CoTracker3Online:
        return CoTracker3Online(device="cpu", model=OnlineStandIn())


@pytest.mark.parametrize("n_frames", [2, 16, 17, 24, 25])
def test_the_online_predictor_sees_every_frame_once(n_frames: int) -> None:
    stand_in = OnlineStandIn()
    clip_tyxc = np.arange(n_frames, dtype=np.uint8)[:, None, None, None] * np.ones((1, 30, 40, 3))
    clip_tyxc = clip_tyxc.astype(np.uint8) + 2
    tracks = CoTracker3Online(device="cpu", model=stand_in).track(clip_tyxc, np.array([(0, 5, 7)]))
    assert tracks.n_frames == n_frames
    seen = stand_in.video[0, :, 0, 0, 0].tolist()
    assert seen[:n_frames] == list(range(2, n_frames + 2))
    assert set(seen[n_frames:]) <= {n_frames + 1.0}


def test_many_points_go_in_batches(monkeypatch: pytest.MonkeyPatch, rng) -> None:
    monkeypatch.setattr(CoTracker3, "max_points", 5)
    clip_tyxc = rng.integers(0, 255, (3, 40, 50, 3), dtype=np.uint8)
    queries = np.column_stack([np.zeros(12), rng.uniform(5, 35, 12), rng.uniform(5, 45, 12)])
    whole = Flow().track(clip_tyxc, queries)
    tracks = CoTracker3(device="cpu", model=StandIn()).track(clip_tyxc, queries)
    np.testing.assert_allclose(tracks.yx_tn2, whole.yx_tn2, atol=0.01)


def test_support_points_lie_around_the_queries_of_each_frame() -> None:
    found = support(np.array([(0, 20.0, 30.0), (0, 24.0, 30.0), (2, 3.0, 90.0)]), (40, 100))
    assert np.unique(found[:, 0], return_counts=True)[1].tolist() == [25, 25]
    first = found[found[:, 0] == 0, 1:]
    assert (first.min(axis=0).tolist(), first.max(axis=0).tolist()) == ([8, 18], [36, 42])
    assert found[found[:, 0] == 2, 1:].min(axis=0).tolist() == [0, 78]
    assert found[found[:, 0] == 2, 1:].max(axis=0).tolist() == [15, 99]


def test_without_the_code_the_command_that_installs_it_is_told(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv(source.CHECKOUT_VARIABLE, raising=False)
    monkeypatch.setattr(source.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackendError, match=r"Run: pip install git\+https://github.com/facebook"):
        source.predictor_class("CoTrackerPredictor")


def test_a_folder_that_is_no_checkout_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(source.CHECKOUT_VARIABLE, str(tmp_path))
    monkeypatch.setattr(source.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackendError, match="is no checkout of CoTracker"):
        source.predictor_class("CoTrackerPredictor")


def test_the_code_of_torch_hub_s_folder_is_found(monkeypatch, tmp_path) -> None:
    package = tmp_path / "hub" / "facebookresearch_co-tracker_main" / "cotracker"
    package.mkdir(parents=True)
    (package / "predictor.py").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv(source.CHECKOUT_VARIABLE, raising=False)
    assert source.find_checkout() == package.parent
    assert source.find_problem() == ""


def test_the_licence_has_to_be_accepted_first(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("tracksam.weights.licences.record_path", lambda: tmp_path / "licences.json")
    with pytest.raises(WeightsError, match=r"CC-BY-NC-4\.0, which forbids commercial use"):
        CoTracker3(tmp_path / "mine.pth")


@pytest.fixture
def checkout(monkeypatch, tmp_path) -> None:
    """Give a checkout whose predictor has a model of one layer, and an accepted licence."""
    package = tmp_path / "code" / "cotracker"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "predictor.py").write_text(
        "import torch\n\n\n"
        "class CoTrackerPredictor(torch.nn.Module):\n"
        "    def __init__(self, checkpoint, offline, window_len):\n"
        "        super().__init__()\n"
        "        assert (checkpoint, offline, window_len) == (None, True, 60)\n"
        "        self.model = torch.nn.Linear(2, 3)\n"
    )
    monkeypatch.setenv(source.CHECKOUT_VARIABLE, str(package.parent))
    monkeypatch.setattr(source, "_is_installed", lambda: False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr("tracksam.weights.licences.is_accepted", lambda entry: True)
    yield
    for name in ("cotracker", "cotracker.predictor"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("checkout")
def test_a_checkout_and_a_file_are_enough_and_another_layout_is_refused(tmp_path) -> None:
    state = torch.nn.Linear(2, 3).state_dict()
    path = tmp_path / "scaled_offline.pth"
    torch.save(state, path)
    tracker = CoTracker3(path, device="cpu")
    assert torch.equal(tracker._model.model.weight, state["weight"])
    assert tracker.message == "scaled_offline.pth runs on cpu"
    state["weight"] = torch.zeros(3, 5)
    torch.save(state, path)
    with pytest.raises(WeightsError, match=r"another shape: weight \(3, 5\) for \(3, 2\)"):
        CoTracker3(path, device="cpu")
