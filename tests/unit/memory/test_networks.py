"""SAM 2.1 and EdgeTAM as propagators: tiny random networks of transformers, official names."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracksam.errors import WeightsError
from tracksam.regions import Regions
from tracksam.testing import MaskPropagatorContract
from tracksam.testing.propagator import first_masks, masks_at, moving_discs

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("torchvision", reason="torchvision is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from tracksam.backends.memory.names import to_transformers  # noqa: E402 - needs the check above
from tracksam.backends.memory.networks import load_network  # noqa: E402
from tracksam.backends.memory.propagator import (  # noqa: E402
    EdgeTam,
    MemoryPropagator,
    Sam21Tiny,
    to_mask,
    to_pixels,
)


def _load_networks() -> Any:
    path = Path(__file__).resolve().parents[1] / "sam" / "networks.py"
    spec = importlib.util.spec_from_file_location("networks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


networks = _load_networks()

# Names of facebookresearch/sam2 (commit 2b90b9f) and facebookresearch/EdgeTAM (commit 9cc44bf),
# and what transformers calls them. All 471 and 982 names were compared once with their own code.
NAMES = """
image_encoder.trunk.patch_embed.proj.weight
    vision_encoder.backbone.patch_embed.projection.weight
image_encoder.trunk.blocks.3.mlp.layers.1.bias
    vision_encoder.backbone.blocks.3.mlp.proj_out.bias
image_encoder.trunk.blocks.3.norm2.bias
    vision_encoder.backbone.blocks.3.layer_norm2.bias
image_encoder.neck.convs.0.conv.weight
    vision_encoder.neck.convs.0.weight
sam_prompt_encoder.mask_downscaling.4.bias
    prompt_encoder.mask_embed.layer_norm2.bias
sam_mask_decoder.output_upscaling.3.weight
    mask_decoder.upscale_conv2.weight
sam_mask_decoder.iou_prediction_head.layers.2.bias
    mask_decoder.iou_prediction_head.proj_out.bias
sam_mask_decoder.transformer.layers.1.mlp.layers.0.weight
    mask_decoder.transformer.layers.1.mlp.proj_in.weight
sam_mask_decoder.transformer.final_attn_token_to_image.out_proj.bias
    mask_decoder.transformer.final_attn_token_to_image.o_proj.bias
memory_encoder.out_proj.weight
    memory_encoder.projection.weight
memory_encoder.mask_downsampler.encoder.4.weight
    memory_encoder.mask_downsampler.layers.1.layer_norm.weight
memory_encoder.mask_downsampler.encoder.12.bias
    memory_encoder.mask_downsampler.final_conv.bias
memory_encoder.fuser.layers.1.gamma
    memory_encoder.memory_fuser.layers.1.scale
obj_ptr_proj.layers.0.weight
    object_pointer_proj.proj_in.weight
maskmem_tpos_enc
    memory_temporal_positional_encoding
no_obj_ptr
    no_object_pointer
spatial_perceiver.latents
    spatial_perceiver.latents_1d
spatial_perceiver.layers.0.attn.norm_x.bias
    spatial_perceiver.layers.0.layer_norm_input.bias
spatial_perceiver.layers.1.self_attn.to_q.weight
    spatial_perceiver.layers.1.self_attention.q_proj.weight
spatial_perceiver.layers.1.self_ff.3.weight
    spatial_perceiver.layers.1.self_mlp.down_proj.weight
"""


@pytest.mark.parametrize(
    ("theirs", "ours"), [*zip(NAMES.split()[::2], NAMES.split()[1::2], strict=True)]
)
def test_official_names_become_transformers(theirs: str, ours: str) -> None:
    assert list(to_transformers({theirs: torch.zeros(2)})) == [ours]


def test_what_lies_in_one_tensor_there_and_two_here_is_split_and_joined() -> None:
    given = {"spatial_perceiver.layers.0.attn.to_kv.weight": torch.arange(6.0).reshape(6, 1)}
    given |= {
        f"sam_prompt_encoder.point_embeddings.{k}.weight": torch.full((1, 3), float(k))
        for k in range(4)
    }
    found = to_transformers(given)
    start = "spatial_perceiver.layers.0.cross_attention"
    assert found[f"{start}.k_proj.weight"].flatten().tolist() == [0, 1, 2]
    assert found[f"{start}.v_proj.weight"].flatten().tolist() == [3, 4, 5]
    assert found["prompt_encoder.point_embed.weight"][:, 0].tolist() == [0, 1, 2, 3]


class TestRandomSam2(MaskPropagatorContract):
    least_overlap = 0.0

    def make(self) -> MemoryPropagator:
        return Sam21Tiny(device="cpu", model=networks.random_sam2())

    def test_what_is_given_later_stands_as_it_was_given(self) -> None:
        """Newcomers and corrections are conditioning frames: they are not redrawn."""
        exchanged = masks_at(2).select([0, 1, 2]).with_ids([2, 4, 9])
        first = first_masks().select([0, 1])
        carried = list(self.make().propagate(moving_discs(), first, {2: exchanged}))
        assert carried[2] == exchanged
        alone = list(self.make().propagate(moving_discs(), first))
        assert carried[1] == alone[1]
        assert carried[3] != alone[3]


class TestRandomEdgeTam(MaskPropagatorContract):
    least_overlap = 0.0

    def make(self) -> MemoryPropagator:
        pytest.importorskip("timm", reason="timm is not installed")
        return EdgeTam(device="cpu", model=networks.random_edgetam())


def frame_after_a_correction(propagator: MemoryPropagator, is_late: bool) -> Regions:
    """The last of four frames; two masks are given in the third, or after it was carried."""
    given = {2: masks_at(2).select([0, 1]).with_ids([2, 4])}
    known = {} if is_late else given
    carried = propagator.propagate(moving_discs(), first_masks().select([0, 1]), known)
    for _ in range(3):
        next(carried)
    known.update(given)
    return next(carried)


@pytest.mark.parametrize("kind", ["sam2", "edgetam"])
def test_a_late_correction_is_remembered_as_one_that_was_known(kind: str) -> None:
    if kind == "edgetam":
        pytest.importorskip("timm", reason="timm is not installed")
    model = networks.random_sam2() if kind == "sam2" else networks.random_edgetam()
    propagator = Sam21Tiny(device="cpu", model=model)
    alone = list(propagator.propagate(moving_discs(), first_masks().select([0, 1])))[3]
    late = frame_after_a_correction(propagator, is_late=True)
    assert late == frame_after_a_correction(propagator, is_late=False)
    assert late != alone


def test_a_folder_of_transformers_loads_as_it_was_saved(tmp_path: Path) -> None:
    model = networks.random_sam2()
    model.save_pretrained(tmp_path)
    loaded = Sam21Tiny(tmp_path, device="cpu")
    assert list(loaded.weights_used) == [tmp_path.name]
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded._model.state_dict()[name], tensor), name


def test_a_folder_without_one_tensor_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    networks.random_sam2().save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    del state["memory_encoder.projection.bias"]
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(WeightsError, match=r"missing: memory_encoder\.projection\.bias"):
        load_network(tmp_path)


def test_a_folder_of_another_model_is_refused(tmp_path: Path) -> None:
    networks.random_sam2().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(WeightsError, match="type 'bert', not a video model"):
        load_network(tmp_path)


def test_a_file_of_another_model_is_refused(tmp_path: Path) -> None:
    torch.save({"head.weight": torch.zeros(2)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match=r"neither the names of SAM 2.1 nor .* head\.weight"):
        load_network(tmp_path / "other.pt")


def test_memory_of_a_long_clip_is_bounded() -> None:
    propagator = Sam21Tiny(device="cpu", model=networks.random_sam2())
    kept = []
    original = propagator._model.forward

    def watched(session: Any, **arguments: Any) -> Any:
        kept.append((len(session.processed_frames or ()), n_tensors(session)))
        return original(session, **arguments)

    propagator._model.forward = watched
    clip_tyxc = np.repeat(moving_discs(2), 15, axis=0)
    assert len(list(propagator.propagate(clip_tyxc, first_masks().select([0])))) == 30
    assert max(frames for frames, _ in kept) <= 1
    assert kept[-1][1] == kept[20][1]


def n_tensors(session: Any) -> int:
    return sum(
        tensor.numel()
        for outputs in session.output_dict_per_obj.values()
        for frames in outputs.values()
        for parts in frames.values()
        for tensor in parts.values()
    )


def test_frames_and_masks_are_prepared_as_transformers_does(rng: np.random.Generator) -> None:
    from transformers import Sam2ImageProcessor

    image_yxc = rng.integers(0, 256, (72, 104, 3), dtype=np.uint8)
    processor = Sam2ImageProcessor(size={"height": networks.SIDE, "width": networks.SIDE})
    theirs = processor(images=image_yxc, return_tensors="pt")["pixel_values"]
    assert torch.allclose(to_pixels(image_yxc, networks.SIDE), theirs, atol=0.02)
    mask_yx = first_masks().mask(1)
    assert abs(to_mask(mask_yx, networks.SIDE).mean() - mask_yx.mean()) < 0.002


def test_random_edgetam_keeps_the_form() -> None:
    pytest.importorskip("timm", reason="timm is not installed")
    propagator = Sam21Tiny(device="cpu", model=networks.random_edgetam())
    later = {2: masks_at(2).select([2])}
    found = list(propagator.propagate(moving_discs(), first_masks().select([0, 1]), later))
    assert [isinstance(regions, Regions) for regions in found] == [True] * 4
    assert found[0] == first_masks().select([0, 1])
    assert set(found[1].object_id.tolist()) <= {4, 2}
    assert found[2].select(found[2].object_id == 9) == later[2]
