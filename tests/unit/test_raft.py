"""RAFT as a point tracker: random and real weights, official names, a flow that is right."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tracksam.errors import WeightsError
from tracksam.testing import PointTrackerContract
from tracksam.testing.scenes import drifting_clip

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
optical_flow = pytest.importorskip(
    "torchvision.models.optical_flow", reason="torchvision is not installed"
)

from tracksam.backends.raft import Raft  # noqa: E402 - after the check that it can be used
from tracksam.backends.raft.layout import to_torchvision  # noqa: E402

# Some names of github.com/princeton-vl/RAFT (commit 3fa0bb0), and what torchvision calls them.
NAMES = {
    "fnet.conv1.weight": "feature_encoder.convnormrelu.0.weight",
    "fnet.conv2.bias": "feature_encoder.conv.bias",
    "cnet.norm1.running_mean": "context_encoder.convnormrelu.1.running_mean",
    "cnet.layer2.0.conv2.weight": "context_encoder.layer2.0.convnormrelu2.0.weight",
    "cnet.layer3.1.norm1.bias": "context_encoder.layer3.1.convnormrelu1.1.bias",
    "cnet.layer2.0.downsample.1.weight": "context_encoder.layer2.0.downsample.1.weight",
    "update_block.encoder.convc1.weight": "update_block.motion_encoder.convcorr1.0.weight",
    "update_block.encoder.convf2.bias": "update_block.motion_encoder.convflow2.0.bias",
    "update_block.encoder.conv.weight": "update_block.motion_encoder.conv.0.weight",
    "update_block.gru.convz.weight": "update_block.recurrent_block.convgru1.convz.weight",
    "update_block.gru.convq2.bias": "update_block.recurrent_block.convgru2.convq.bias",
    "update_block.flow_head.conv1.weight": "update_block.flow_head.conv1.weight",
    "update_block.mask.0.weight": "mask_predictor.convrelu.0.weight",
    "update_block.mask.2.bias": "mask_predictor.conv.bias",
}


def official(state: dict) -> dict:
    """Return torchvision's tensors under the authors' names, as their files have them."""
    back = [
        ("feature_encoder.", "fnet."),
        ("context_encoder.", "cnet."),
        ("net.convnormrelu.0.", "net.conv1."),
        ("net.convnormrelu.1.", "net.norm1."),
        ("net.conv.", "net.conv2."),
        *((f".convnormrelu{k}.0.", f".conv{k}.") for k in (1, 2, 3)),
        *((f".convnormrelu{k}.1.", f".norm{k}.") for k in (1, 2, 3)),
        *((f"motion_encoder.convcorr{k}.0.", f"encoder.convc{k}.") for k in (1, 2)),
        *((f"motion_encoder.convflow{k}.0.", f"encoder.convf{k}.") for k in (1, 2)),
        ("motion_encoder.conv.0.", "encoder.conv."),
        ("mask_predictor.convrelu.0.", "update_block.mask.0."),
        ("mask_predictor.conv.", "update_block.mask.2."),
    ]
    is_large = any("convgru2" in name for name in state)
    for k in (1, 2):
        for gate in "zrq":
            short = f"gru.conv{gate}{k if is_large else ''}."
            back.append((f"recurrent_block.convgru{k}.conv{gate}.", short))
    renamed = {}
    for full_name, tensor in state.items():
        name = full_name
        for ours, theirs in back:
            name = name.replace(ours, theirs)
        renamed[f"module.{name}"] = tensor
        if ".layer" in name and ".0.downsample.1." in name:
            renamed[f"module.{name.replace('downsample.1', 'norm3')}"] = tensor
    return renamed


def random_model(kind: str) -> "torch.nn.Module":
    torch.manual_seed(3)
    return getattr(optical_flow, kind)(weights=None)


@pytest.mark.parametrize(("theirs", "ours"), NAMES.items())
def test_official_names_become_torchvision_s(theirs: str, ours: str) -> None:
    assert list(to_torchvision({theirs: 0})) == [ours]


@pytest.mark.parametrize("kind", ["raft_small", "raft_large"])
@pytest.mark.parametrize("names", [dict, official])
def test_files_of_both_layouts_and_sizes_load(kind, names, tmp_path: Path) -> None:
    model = random_model(kind)
    torch.save(names(model.state_dict()), tmp_path / "weights.pth")
    loaded = Raft(tmp_path / "weights.pth", device="cpu")._model
    assert sum(p.numel() for p in loaded.parameters()) == sum(p.numel() for p in model.parameters())
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_a_file_without_one_key_is_refused(tmp_path: Path) -> None:
    state = random_model("raft_small").state_dict()
    del state["feature_encoder.conv.bias"]
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=r"missing: feature_encoder\.conv\.bias"):
        Raft(tmp_path / "weights.pth")


def test_a_file_with_one_wrong_shape_is_refused(tmp_path: Path) -> None:
    state = random_model("raft_small").state_dict()
    state["feature_encoder.conv.bias"] = torch.zeros(7)
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=r"another shape: .*conv\.bias \(7,\) for \(128,\)"):
        Raft(tmp_path / "weights.pth")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    torch.save(random_model("raft_small").state_dict(), tmp_path / "weights.pth")
    whole = (tmp_path / "weights.pth").read_bytes()
    (tmp_path / "weights.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="It may be truncated; fetch it again"):
        Raft(tmp_path / "weights.pth")


def test_a_file_with_code_is_refused_and_the_code_does_not_run(tmp_path: Path) -> None:
    torch.save({"fnet.conv1.weight": RunsWhenRead(tmp_path / "ran")}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match="could run a stranger's code"):
        Raft(tmp_path / "weights.pth")
    assert not (tmp_path / "ran").exists()


class RunsWhenRead:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_random_weights_give_finite_tracks_of_the_right_shape() -> None:
    tracker = Raft(device="cpu", model=random_model("raft_small"))
    queries = np.array([(0, 30, 60), (2, 41.25, 52.5)])
    tracks = tracker.track(drifting_clip((3, 72, 104), np.uint16, channels=2), queries)
    assert tracks.yx_tn2.shape == (3, 2, 2)
    assert np.isfinite(tracks.yx_tn2).all()
    assert tracks.yx_tn2[0, 0].tolist() == [30, 60]
    assert tracks.yx_tn2[2, 1].tolist() == [41.25, 52.5]


class RightFlow(torch.nn.Module):
    """Called like torchvision's RAFT, and right: dense flow by OpenCV, on the images it gets."""

    def forward(self, first, second):
        assert first.shape[-1] % 8 == first.shape[-2] % 8 == 0
        assert min(first.shape[-2:]) >= 128
        assert first.min() >= -1
        assert first.max() <= 1
        images = [((x[0].mean(0) + 1) * 127.5).numpy().astype(np.uint8) for x in (first, second)]
        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        dis.setFinestScale(0)
        flow_yxd = dis.calc(*images, None)
        return [torch.zeros(1), torch.from_numpy(flow_yxd.transpose(2, 0, 1)[None])]


class TestRaftWithTheRightFlow(PointTrackerContract):
    tolerance_px = 0.5
    same_px = 0.3

    def make(self) -> Raft:
        return Raft(device="cpu", model=RightFlow())


@pytest.mark.weights
def test_real_weights_follow_a_drift_to_a_third_of_a_pixel(raft_small: Path) -> None:
    queries = np.array([(0, 30, 60), (2, 41.25, 52.5)])
    tracks = Raft(raft_small, device="cpu").track(drifting_clip((3, 72, 104)), queries)
    steps = np.arange(3)[:, None] - queries[None, :, 0]
    truth = queries[None, :, 1:] + steps[..., None] * (1.5, -2.25)
    assert np.linalg.norm(tracks.yx_tn2 - truth, axis=2).max() < 0.33
    assert tracks.visible_tn.all()
