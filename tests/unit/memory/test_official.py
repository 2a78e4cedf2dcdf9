"""Checkpoints written in the layouts of the authors of SAM 2.1 and EdgeTAM, at the real sizes."""

import re
from pathlib import Path
from typing import Any

import pytest

from tracksam.errors import WeightsError

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("torchvision", reason="torchvision is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from tracksam.backends.memory import networks  # noqa: E402 - needs the check above
from tracksam.backends.memory.names import to_transformers  # noqa: E402

OF_THREE = {"proj_in": "layers.0", "layers.0": "layers.1", "proj_out": "layers.2"}
OF_TWO = {"proj_in": "layers.0", "proj_out": "layers.1"}
PERCEIVER = (
    (r"perceiver\.latents_2d$", "perceiver.latents_1d_2d"),
    (r"perceiver\.latents_1d$", "perceiver.latents"),
    (r"(perceiver\.layers\.\d+)\.layer_norm_input\.", r"\1.attn.norm_x."),
    (r"(perceiver\.layers\.\d+)\.layer_norm_latents\.", r"\1.attn.norm_latents."),
    (r"(perceiver\.layers\.\d+)\.layer_norm_self\.", r"\1.self_attn.norm."),
    (r"(perceiver\..*attention\.)q_proj\.", r"\1to_q."),
    (r"(perceiver\..*attention\.)k_proj\.", r"\1to_kv."),
    (r"(perceiver\..*attention\.)o_proj\.", r"\1to_out."),
    (r"(perceiver\.layers\.\d+)\.cross_attention\.", r"\1.attn."),
    (r"(perceiver\.layers\.\d+)\.self_attention\.", r"\1.self_attn."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)mlp\.layer_norm\.", r"\1ff.0."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)mlp\.up_proj\.", r"\1ff.1."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)mlp\.down_proj\.", r"\1ff.3."),
    (r"^(memory_attention\..*)mlp\.up_proj\.", r"\1linear1."),
    (r"^(memory_attention\..*)mlp\.down_proj\.", r"\1linear2."),
)
BACK: tuple[tuple[str, str | dict[str, str]], ...] = (
    *PERCEIVER,
    (r"^(prompt_encoder|mask_decoder)\.", r"sam_\1."),
    (r"^vision_encoder\.neck\.", "image_encoder.neck."),
    (r"^vision_encoder\.backbone\.", "image_encoder.trunk."),
    (r"\.trunk\.timm_model\.", ".trunk.body."),
    (r"(neck\.convs\.\d+)\.", r"\1.conv."),
    (r"patch_embed\.projection\.", "patch_embed.proj."),
    (r"(trunk\.blocks\.\d+\.mlp\.)(proj_in|proj_out)", OF_TWO),
    (
        r"shared_embedding\.positional_embedding$",
        "pe_layer.positional_encoding_gaussian_matrix",
    ),
    (r"mask_embed\.conv1\.", "mask_downscaling.0."),
    (r"mask_embed\.layer_norm1\.", "mask_downscaling.1."),
    (r"mask_embed\.conv2\.", "mask_downscaling.3."),
    (r"mask_embed\.layer_norm2\.", "mask_downscaling.4."),
    (r"mask_embed\.conv3\.", "mask_downscaling.6."),
    (r"upscale_conv1\.", "output_upscaling.0."),
    (r"upscale_layer_norm\.", "output_upscaling.1."),
    (r"upscale_conv2\.", "output_upscaling.3."),
    (r"(iou_prediction_head\.)(proj_in|layers\.0|proj_out)", OF_THREE),
    (r"(pred_obj_score_head\.)(proj_in|layers\.0|proj_out)", OF_THREE),
    (r"(output_hypernetworks_mlps\.\d+\.)(proj_in|layers\.0|proj_out)", OF_THREE),
    (r"(transformer\.layers\.\d+\.mlp\.)(proj_in|proj_out)", OF_TWO),
    (r"^(object_pointer_proj\.)(proj_in|layers\.0|proj_out)", OF_THREE),
    (r"^object_pointer_proj\.", "obj_ptr_proj."),
    (r"^temporal_positional_encoding_projection_layer\.", "obj_ptr_tpos_proj."),
    (r"^no_object_pointer$", "no_obj_ptr"),
    (r"^occlusion_spatial_embedding_parameter$", "no_obj_embed_spatial"),
    (r"^no_memory_embedding$", "no_mem_embed"),
    (r"^no_memory_positional_encoding$", "no_mem_pos_enc"),
    (r"^memory_temporal_positional_encoding$", "maskmem_tpos_enc"),
    (r"^memory_encoder\.projection\.", "memory_encoder.out_proj."),
    (r"^memory_encoder\.feature_projection\.", "memory_encoder.pix_feat_proj."),
    (r"^memory_encoder\.memory_fuser\.", "memory_encoder.fuser."),
    (r"mask_downsampler\.final_conv\.", "mask_downsampler.encoder.12."),
    (r"\.depthwise_conv\.", ".dwconv."),
    (r"\.pointwise_conv(\d)\.", r".pwconv\1."),
    (r"(fuser\.layers\.\d+)\.scale$", r"\1.gamma"),
    (r"\.o_proj\.", ".out_proj."),
    (r"\.layer_norm", ".norm"),
)


def back(name: str) -> str:
    """Return what the authors call a tensor of transformers."""
    for pattern, replacement in BACK:
        if isinstance(replacement, str):
            name = re.sub(pattern, replacement, name)
        elif match := re.search(pattern, name):
            name = name[: match.start()] + match[1] + replacement[match[2]] + name[match.end() :]
    layer = re.search(r"(mask_downsampler\.)layers\.(\d+)\.(conv|norm)\.", name)
    if layer is None:
        return name
    number = 3 * int(layer[2]) + (layer[3] == "norm")
    return f"{name[: layer.start()]}{layer[1]}encoder.{number}.{name[layer.end() :]}"


def official(state: dict[str, Any]) -> dict[str, Any]:
    """Return tensors of a video model of transformers as the authors' files have them."""
    found = {}
    for name, tensor in state.items():
        if name.startswith("shared_image_embedding.") or (
            "perceiver" in name and ".v_proj." in name
        ):
            continue  # lies in another tensor
        if name == "prompt_encoder.point_embed.weight":
            kinds = (f"sam_prompt_encoder.point_embeddings.{kind}.weight" for kind in range(4))
            found |= dict(zip(kinds, tensor.split(1), strict=True))
        elif "perceiver" in name and ".k_proj." in name:
            other = state[name.replace(".k_proj.", ".v_proj.")]
            found[back(name)] = torch.cat([tensor, other])
        else:
            found[back(name)] = tensor
    return found


def state_of(make: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Give a state in which each tensor holds one number of its own, so that its file is small."""
    with torch.device("meta"):
        state = make(config).state_dict()
    shared = "shared_embedding.positional_embedding"
    found = {}
    for i, (name, one) in enumerate(state.items()):
        value = 0.5 if shared in name or "shared_image" in name else i / len(state)
        found[name] = torch.tensor(value).to(one.dtype).expand(one.shape)
    return found


@pytest.fixture(scope="module")
def tiny() -> dict[str, Any]:
    return state_of(networks.sam2, {})


def test_edgetam_s_published_checkpoint_loads(tmp_path: Path) -> None:
    """982 tensors, as many as in facebookresearch/EdgeTAM at 9cc44bf."""
    pytest.importorskip("timm", reason="timm is not installed")
    state = state_of(networks.edgetam, {"vision_config": {"backbone_config": dict(networks.TIMM)}})
    written = official(state)
    assert len(written) == 982
    path = tmp_path / "edgetam.pt"
    torch.save({"model": written}, path)
    model = networks.load_network(path)
    assert sum(p.numel() for p in model.parameters()) == 13_895_794
    loaded = model.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())
    del written["spatial_perceiver.layers.0.attn.to_kv.weight"]
    torch.save({"model": written}, path)
    with pytest.raises(WeightsError, match=r"missing: \S+cross_attention\.k_proj\.weight"):
        networks.load_network(path)


def test_the_names_are_those_of_the_published_file(tiny: dict[str, Any]) -> None:
    """471 tensors, as many as in facebookresearch/sam2 at 2b90b9f; there and back is the same."""
    written = official(tiny)
    assert len(written) == 471
    assert not [n for n in written if n.startswith(("vision_encoder", "prompt_encoder"))]
    again = to_transformers(written)
    assert again.keys() == tiny.keys()
    assert all(torch.equal(again[name], tensor) for name, tensor in tiny.items())


def test_a_published_checkpoint_loads_and_one_that_is_not_whole_does_not(
    tiny: dict[str, Any], tmp_path: Path
) -> None:
    path, written = tmp_path / "sam2.1_hiera_tiny.pt", official(tiny)
    torch.save({"model": written}, path)
    loaded = networks.load_network(path).state_dict()
    assert sum(tensor.numel() for tensor in loaded.values()) > 38_962_498
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tiny.items())
    gone = written.pop("image_encoder.trunk.blocks.3.norm2.bias")
    torch.save({"model": written}, path)
    with pytest.raises(WeightsError, match=r"missing: vision_encoder\S+blocks\.3\.layer_norm2"):
        networks.load_network(path)
    written["image_encoder.trunk.blocks.3.norm2.bias"] = gone[:-1]
    torch.save({"model": written}, path)
    with pytest.raises(WeightsError, match=r"blocks\.3\.layer_norm2\.bias \(\d+,\) for \(\d+,\)"):
        networks.load_network(path)
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(WeightsError, match="may be truncated"):
        networks.load_network(path)


def test_an_image_encoder_of_an_unknown_size_is_told(tmp_path: Path) -> None:
    state = {
        "sam_mask_decoder.iou_token.weight": torch.zeros(1, 4),
        "image_encoder.trunk.patch_embed.proj.weight": torch.zeros(96, 3, 7, 7),
        "image_encoder.trunk.blocks.0.norm1.weight": torch.zeros(96),
    }
    torch.save({"model": state}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="width 96 with 1 blocks; known are 96 with 12"):
        networks.load_network(tmp_path / "other.pt")
