"""MobileSAM: the published names, shapes and number of parameters; what is refused."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("segment_anything", reason="segment-anything is not installed")

from segment_anything.modeling import Sam as Network  # noqa: E402

from tracksam.backends.sam import MobileSam  # noqa: E402
from tracksam.backends.sam.layout import Geometry, build_heads  # noqa: E402
from tracksam.backends.sam.tinyvit import TinySizes, TinyViT, WindowAttention, sizes_of  # noqa: E402
from tracksam.errors import WeightsError  # noqa: E402
from tracksam.testing.scenes import DISCS, image_of  # noqa: E402
from tracksam.testing.segmenter import NO_BOXES, points  # noqa: E402

SMALL = TinySizes((16, 32, 40, 64), (1, 1, 2, 1), (2, 2, 5, 4), (7, 7, 4, 7), 32)
HEADS = Geometry(image_px=256, prompt_dim=32, decoder_mlp=64, mask_channels=8, iou_hidden=32)

# Of the published checkpoint: name and shape of one tensor of each kind.
PUBLISHED = {
    "image_encoder.patch_embed.seq.0.c.weight": (32, 3, 3, 3),
    "image_encoder.patch_embed.seq.2.bn.running_var": (64,),
    "image_encoder.layers.0.blocks.1.conv2.c.weight": (256, 1, 3, 3),
    "image_encoder.layers.0.downsample.conv3.c.weight": (128, 128, 1, 1),
    "image_encoder.layers.1.blocks.0.attn.attention_biases": (4, 49),
    "image_encoder.layers.2.blocks.5.attn.attention_biases": (5, 196),
    "image_encoder.layers.2.blocks.5.attn.qkv.weight": (480, 160),
    "image_encoder.layers.2.downsample.conv2.c.weight": (320, 1, 3, 3),
    "image_encoder.layers.3.blocks.1.mlp.fc1.weight": (1280, 320),
    "image_encoder.layers.3.blocks.1.local_conv.c.weight": (320, 1, 3, 3),
    "image_encoder.norm_head.weight": (320,),
    "image_encoder.head.weight": (1000, 320),
    "image_encoder.neck.0.weight": (256, 320, 1, 1),
    "image_encoder.neck.3.bias": (256,),
    "prompt_encoder.point_embeddings.3.weight": (1, 256),
    "mask_decoder.iou_prediction_head.layers.2.weight": (4, 256),
}


class SmallMobileSam(MobileSam):
    image_px: ClassVar[int] = 256


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(6)
    path = tmp_path_factory.mktemp("mobile") / "mobile.pt"
    torch.save(Network(TinyViT(SMALL, 256), *build_heads(HEADS)).state_dict(), path)
    return path


def test_names_shapes_and_parameters_are_the_published_ones() -> None:
    with torch.device("meta"):
        model = Network(TinyViT(TinySizes()), *build_heads(Geometry()))
    state = model.state_dict()
    assert sum(p.numel() for p in model.parameters()) == 10_130_092
    assert len([name for name in state if name.startswith("image_encoder.")]) == 302
    assert {name: tuple(state[name].shape) for name in PUBLISHED} == PUBLISHED
    assert sizes_of(state) == TinySizes()


def test_an_embedding_has_a_sixteenth_of_the_resolution(checkpoint: Path) -> None:
    encoder = TinyViT(SMALL, 256).eval()
    with torch.inference_mode():
        assert encoder(torch.zeros(1, 3, 256, 256)).shape == (1, 32, 16, 16)


@torch.inference_mode()
def test_attention_is_that_of_the_formula() -> None:
    torch.manual_seed(1)
    attention = WindowAttention(12, 3, 2).eval()
    torch.nn.init.normal_(attention.attention_biases)
    pixels = torch.randn(1, 4, 12)
    mixed = attention.qkv(attention.norm(pixels))[0].reshape(4, 3, 3, 4)
    rows = []
    for head in range(3):
        query, key, value = (mixed[:, head, i] for i in range(3))
        place = [(0, 0), (0, 1), (1, 0), (1, 1)]
        bias = torch.tensor(
            [
                [
                    float(attention.attention_biases[head, 2 * abs(a[0] - b[0]) + abs(a[1] - b[1])])
                    for b in place
                ]
                for a in place
            ]
        )
        rows.append(torch.softmax(query @ key.T / 2 + bias, dim=-1) @ value)
    wanted = attention.proj(torch.cat(rows, dim=-1))
    assert torch.allclose(attention(pixels)[0], wanted, atol=1e-5)


def test_it_segments(checkpoint: Path) -> None:
    sam = SmallMobileSam(weights=checkpoint)
    frame = sam.prepare(image_of(DISCS))
    got = sam.segment(frame, points([(20, 70), (50, 30)]), NO_BOXES)
    assert set(got.object_id.tolist()) <= {1, 2}
    assert sam.image_embedding(frame).shape == (11, 16, 32)


def test_what_does_not_fit_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    def changed(change: Any) -> Path:
        state = torch.load(checkpoint, weights_only=True)
        change(state)
        torch.save(state, tmp_path / "changed.pt")
        return tmp_path / "changed.pt"

    biases = "image_encoder.layers.1.blocks.0.attn.attention_biases"
    with pytest.raises(WeightsError, match="is not in MobileSAM's layout"):
        SmallMobileSam(weights=changed(lambda s: s.pop(biases)))
    with pytest.raises(WeightsError, match=r"missing: image_encoder\.norm_head"):
        SmallMobileSam(weights=changed(lambda s: s.pop("image_encoder.norm_head.weight")))
    with pytest.raises(WeightsError, match=r"of another shape: image_encoder\.neck"):
        SmallMobileSam(
            weights=changed(lambda s: s.update({"image_encoder.neck.3.bias": torch.zeros(3)}))
        )


def test_a_plain_sam_is_no_mobile_sam(tiny_checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="take the segmenter sam-vit-b"):
        MobileSam(weights=tiny_checkpoint)


def test_windows_that_do_not_fit_are_padded() -> None:
    from tracksam.backends.sam.tinyvit import AttentionBlock

    torch.manual_seed(2)
    block = AttentionBlock(8, 2, 3).eval()
    image = torch.randn(1, 8, 5, 7)
    with torch.inference_mode():
        whole = block(image)
        padded = torch.nn.functional.pad(image, (0, 2, 0, 1))
        attended = block._windowed(padded.permute(0, 2, 3, 1))[:, :5, :7].permute(0, 3, 1, 2)
        local = block.local_conv(image + attended)
        wanted = local + block.mlp(local.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    assert np.allclose(whole, wanted, atol=1e-5)
