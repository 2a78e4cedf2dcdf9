"""SAM-HQ, SAM 2.1 and EdgeTAM as image segmenters: the masks that transformers gives."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("segment_anything", reason="segment-anything is not installed")

from tracksam.backends.sam import Sam21Tiny, SamHq, SamVitB  # noqa: E402
from tracksam.backends.sam.frame import Eyes, Frame  # noqa: E402
from tracksam.backends.sam.layout import VIT_B, build  # noqa: E402
from tracksam.backends.sam.network import Ask  # noqa: E402
from tracksam.backends.sam.quality import build_hq, load_hq, to_transformers  # noqa: E402
from tracksam.backends.sam.running import Running  # noqa: E402
from tracksam.backends.sam.second import SecondNetwork  # noqa: E402
from tracksam.errors import WeightsError  # noqa: E402
from tracksam.testing.scenes import DISCS, image_of  # noqa: E402
from tracksam.testing.segmenter import NO_BOXES, points  # noqa: E402


def _load_networks() -> Any:
    path = Path(__file__).parent / "networks.py"
    spec = importlib.util.spec_from_file_location("networks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


networks = _load_networks()
SHAPE_YX = (91, 150)
IMAGE_YXC = image_of(DISCS, SHAPE_YX, channels=3)
MORE_OF_HQ = {
    "hf_token.weight": "hq_token.weight",
    **{
        f"hf_mlp.layers.{i}.{kind}": f"hq_mask_mlp.{part}.{kind}"
        for i, part in enumerate(("proj_in", "layers.0", "proj_out"))
        for kind in ("weight", "bias")
    },
    **{
        f"{official}.{i}.{kind}": f"{ours}.{kind}"
        for official, parts in {
            "compress_vit_feat": ("compress_vit_conv1", "compress_vit_norm", "compress_vit_conv2"),
            "embedding_encoder": ("encoder_conv1", "encoder_norm", "encoder_conv2"),
            "embedding_maskfeature": ("mask_conv1", "mask_norm", "mask_conv2"),
        }.items()
        for i, ours in zip((0, 1, 3), parts, strict=True)
        for kind in ("weight", "bias")
    },
}


def official_hq(plain: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """A state in SAM-HQ's own names: segment-anything's, and random tensors for the rest."""
    made = torch.Generator().manual_seed(5)
    more = {
        f"mask_decoder.{name}": torch.randn(shapes[f"mask_decoder.{ours}"].shape, generator=made)
        for name, ours in MORE_OF_HQ.items()
    }
    return {**plain, **more}


@pytest.fixture
def hq_checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    from tracksam.backends.sam.layout import geometry_of

    plain = torch.load(tiny_checkpoint, weights_only=True)
    shapes = build_hq(geometry_of(plain, "tiny")).state_dict()
    path = tmp_path / "sam_hq.pth"
    torch.save(official_hq(plain, shapes), path)
    return path


def test_every_name_of_the_published_hq_network_is_known() -> None:
    with torch.device("meta"):
        plain, wanted = build(VIT_B).state_dict(), build_hq(VIT_B).state_dict()
        more = {f"mask_decoder.{a}": wanted[f"mask_decoder.{b}"] for a, b in MORE_OF_HQ.items()}
    got = to_transformers({**plain, **more})
    assert {k: tuple(v.shape) for k, v in got.items()} == {
        k: tuple(v.shape) for k, v in wanted.items()
    }


def test_hq_sees_what_segment_anything_sees(hq_checkpoint: Path, tiny_checkpoint: Path) -> None:
    """The part that both share gives the same embedding: names, padding and colours are right."""
    hq, plain = SamHq(weights=hq_checkpoint), SamVitB(weights=tiny_checkpoint)
    ours, theirs = (one.eyes.network.encode(IMAGE_YXC)[0] for one in (hq, plain))
    assert np.allclose(ours, theirs, atol=1e-4)


def test_hq_gives_the_masks_of_transformers(hq_checkpoint: Path) -> None:
    network = SamHq(weights=hq_checkpoint).eyes.network
    model = load_hq(hq_checkpoint)
    ask = Ask(
        np.array([[20.0, 70], [53, 84]]), np.array([True, False]), np.array([8.0, 55, 33, 83])
    )
    embedding = network.encode(IMAGE_YXC)
    logits, scores = network.decode(embedding, SHAPE_YX, [ask, ask])
    scale = torch.tensor([256 / 150, 155 / 91])
    with torch.inference_mode():
        wanted = model(
            image_embeddings=torch.from_numpy(embedding[0])[None],
            intermediate_embeddings=[torch.from_numpy(embedding[1])[None]],
            input_points=torch.tensor([[[[70.0, 20], [84, 53]]]]) * scale,
            input_labels=torch.tensor([[[1, 0]]]),
            input_boxes=torch.tensor([[[55.0, 8, 82, 32]]]) * scale.repeat(2),
            multimask_output=True,
        )
    assert np.allclose(logits[1, 1:], wanted.pred_masks[0, 0].numpy(), atol=0.02)
    assert np.allclose(scores[1, 1:], wanted.iou_scores[0, 0].numpy(), atol=0.01)
    assert network.enlarge(logits[0], SHAPE_YX).shape == (4, *SHAPE_YX)


def test_hq_from_a_folder_of_transformers(hq_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hq"
    load_hq(hq_checkpoint).save_pretrained(folder)
    ours, theirs = (SamHq(weights=w).eyes.network for w in (folder, hq_checkpoint))
    assert np.array_equal(ours.encode(IMAGE_YXC)[0], theirs.encode(IMAGE_YXC)[0])
    (folder / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"needs config.json and model.safetensors of SAM-HQ"):
        SamHq(weights=folder)


def test_an_hq_checkpoint_that_is_not_whole_is_refused(hq_checkpoint: Path) -> None:
    state = torch.load(hq_checkpoint, weights_only=True)
    state["mask_decoder.hf_token.weight"] = state["mask_decoder.hf_token.weight"][:, :5]
    torch.save(state, hq_checkpoint)
    with pytest.raises(WeightsError, match=r"another shape: \S+hq_token\.weight \(1, 5\) for \(1,"):
        SamHq(weights=hq_checkpoint)
    del state["mask_decoder.compress_vit_feat.0.bias"]
    torch.save(state, hq_checkpoint)
    with pytest.raises(WeightsError, match=r"missing: mask_decoder\.compress_vit_conv1\.bias"):
        SamHq(weights=hq_checkpoint)


def test_a_plain_sam_is_no_hq(tiny_checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="holds no SAM-HQ"):
        SamHq(weights=tiny_checkpoint)


@pytest.fixture(scope="module")
def sam2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sam2")
    networks.random_sam2().save_pretrained(folder)
    return folder


def image_model(video: Any) -> Any:
    """The image model of transformers with the weights of a video model."""
    from transformers import Sam2Config, Sam2Model

    config = video.config
    model = Sam2Model(
        Sam2Config(
            vision_config=config.vision_config,
            prompt_encoder_config=config.prompt_encoder_config,
            mask_decoder_config=config.mask_decoder_config,
        )
    ).eval()
    missing = model.load_state_dict(video.state_dict(), strict=False).missing_keys
    assert missing == []
    return model


ASKS = {
    "a point": Ask(np.array([[20.0, 70]]), np.array([True])),
    "points": Ask(np.array([[20.0, 70], [53, 84]]), np.array([True, False])),
    "a box": Ask(np.zeros((0, 2)), np.zeros(0, bool), np.array([8.0, 55, 33, 83])),
}


@pytest.mark.parametrize("name", ASKS)
def test_sam2_gives_the_masks_of_the_image_model(name: str, sam2_folder: Path) -> None:
    from tracksam.backends.memory.networks import load_network
    from tracksam.backends.sam.second import _DEVIATION, _MEAN

    network, ask = Sam21Tiny(weights=sam2_folder).eyes.network, ASKS[name]
    logits, scores = network.decode(network.encode(IMAGE_YXC), SHAPE_YX, [ask, ask])
    from PIL import Image

    picture = Image.fromarray(IMAGE_YXC).resize((128, 128), Image.Resampling.BILINEAR)
    values = (np.asarray(picture, np.float32) / 255 - _MEAN) / _DEVIATION
    scale = torch.tensor([128 / 150, 128 / 91])
    asked = {}
    if len(ask.yx):
        asked["input_points"] = torch.tensor(ask.yx[:, ::-1].copy()).float()[None, None] * scale
        asked["input_labels"] = torch.tensor(ask.is_positive).int()[None, None]
    if ask.box_yxyx is not None:
        asked["input_boxes"] = torch.tensor([[[55.0, 8, 82, 32]]]) * scale.repeat(2)
    with torch.inference_mode():
        pixels = torch.from_numpy(values.transpose(2, 0, 1).copy())[None]
        wanted = image_model(load_network(sam2_folder))(pixels, **asked, multimask_output=True)
    assert np.allclose(logits[1, 1:], wanted.pred_masks[0, 0].numpy(), atol=1e-3)
    assert np.allclose(scores[1, 1:], wanted.iou_scores[0, 0].numpy(), atol=1e-4)
    assert np.ptp(logits[1, 1]) > 0


def test_a_mask_prompt_reaches_sam2(sam2_folder: Path) -> None:
    network = Sam21Tiny(weights=sam2_folder).eyes.network
    embedding = network.encode(IMAGE_YXC)
    plain = ASKS["points"]
    hinted = Ask(plain.yx, plain.is_positive, None, DISCS[0].mask(SHAPE_YX))
    a, _ = network.decode(embedding, SHAPE_YX, [plain])
    b, scores = network.decode(embedding, SHAPE_YX, [hinted, hinted])
    assert b.shape == (2, 4, 32, 32)
    assert scores.shape == (2, 4)
    assert np.abs(a[0] - b[0]).max() > 1e-6
    assert np.array_equal(b[0], b[1])


def test_sam2_segments_frames_with_three_proposals(sam2_folder: Path) -> None:
    sam = Sam21Tiny(weights=sam2_folder)
    image_yxc = image_of(DISCS, (91, 126))
    got = sam.segment(sam.prepare(image_yxc), points([(20, 70), (50, 30)]), NO_BOXES)
    assert got.shape_yx == (91, 126)
    assert np.bincount(got.object_id, minlength=3)[1:].max() <= 3
    assert sam.image_embedding(sam.prepare(image_yxc)).shape == (6, 8, 128)


def test_edgetam_draws_what_is_asked() -> None:
    pytest.importorskip("timm", reason="timm is not installed")
    model = networks.random_edgetam()
    network = SecondNetwork(model, Running(), "random")
    assert (network.side_px, network.stride_px) == (128, 16)
    frame = Frame.of(np.ascontiguousarray(IMAGE_YXC[:, :120]), Eyes(network))
    assert [one.shape for one in frame.embedding(0)] == [(128, 8, 8), (16, 32, 32), (32, 16, 16)]
    for pieces in frame.draw(0, list(ASKS.values())):
        assert len(pieces) <= 3
        assert all(0 <= piece.score <= 1 for piece in pieces)
    logits, scores = network.decode(frame.embedding(0), (91, 120), [ASKS["a point"]])
    assert logits.shape == (1, 4, 32, 32)
    assert scores.shape == (1, 4)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"needs config.json and model.safetensors"):
        Sam21Tiny(weights=tmp_path)
