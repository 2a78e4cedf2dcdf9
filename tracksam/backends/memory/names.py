"""Names of the tensors of SAM 2.1 and EdgeTAM: from those of their authors to transformers'."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracksam.backends.renaming import HEADS, MLP_OF_THREE, MLP_OF_TWO, Rule, renamed

RENAMED: tuple[Rule, ...] = (
    # parts
    (r"^sam_prompt_encoder\.", "prompt_encoder."),
    (r"^sam_mask_decoder\.", "mask_decoder."),
    (r"^image_encoder\.neck\.", "vision_encoder.neck."),
    (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
    (r"\.backbone\.body\.", ".backbone.timm_model."),
    (r"^obj_ptr_tpos_proj\.", "temporal_positional_encoding_projection_layer."),
    (r"^obj_ptr_proj\.", "object_pointer_proj."),
    (r"^no_obj_ptr$", "no_object_pointer"),
    (r"^no_obj_embed_spatial$", "occlusion_spatial_embedding_parameter"),
    (r"^no_mem_embed$", "no_memory_embedding"),
    (r"^no_mem_pos_enc$", "no_memory_positional_encoding"),
    (r"^maskmem_tpos_enc$", "memory_temporal_positional_encoding"),
    # image encoder
    (r"(neck\.convs\.\d+)\.conv\.", r"\1."),
    (r"patch_embed\.proj\.", "patch_embed.projection."),
    (r"(backbone\.blocks\.\d+\.mlp\.)layers\.(\d)", MLP_OF_TWO),
    # prompt encoder and mask decoder
    *HEADS,
    (r"(pred_obj_score_head\.)layers\.(\d)", MLP_OF_THREE),
    (r"(transformer\.layers\.\d+\.mlp\.)layers\.(\d)", MLP_OF_TWO),
    (r"^(object_pointer_proj\.)layers\.(\d)", MLP_OF_THREE),
    # memory
    (r"^memory_encoder\.out_proj\.", "memory_encoder.projection."),
    (r"^memory_encoder\.pix_feat_proj\.", "memory_encoder.feature_projection."),
    (r"^memory_encoder\.fuser\.", "memory_encoder.memory_fuser."),
    (r"mask_downsampler\.encoder\.12\.", "mask_downsampler.final_conv."),
    (r"\.dwconv\.", ".depthwise_conv."),
    (r"\.pwconv(\d)\.", r".pointwise_conv\1."),
    (r"\.gamma$", ".scale"),
    # EdgeTAM's perceiver
    (r"perceiver\.latents$", "perceiver.latents_1d"),
    (r"perceiver\.latents_1d_2d$", "perceiver.latents_2d"),
    (r"(perceiver\.layers\.\d+)\.attn\.norm_x\.", r"\1.layer_norm_input."),
    (r"(perceiver\.layers\.\d+)\.attn\.norm_latents\.", r"\1.layer_norm_latents."),
    (r"(perceiver\.layers\.\d+)\.self_attn\.norm\.", r"\1.layer_norm_self."),
    (r"(perceiver\.layers\.\d+)\.attn\.", r"\1.cross_attention."),
    (r"(perceiver\.layers\.\d+)\.self_attn\.", r"\1.self_attention."),
    (r"(perceiver\..*attention\.)to_q\.", r"\1q_proj."),
    (r"(perceiver\..*attention\.)to_out\.", r"\1o_proj."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)ff\.0\.", r"\1mlp.layer_norm."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)ff\.1\.", r"\1mlp.up_proj."),
    (r"(perceiver\.layers\.\d+\.(?:self_)?)ff\.3\.", r"\1mlp.down_proj."),
    # everywhere
    (r"\.out_proj\.", ".o_proj."),
    (r"\.norm", ".layer_norm"),
)
"""What is renamed, in turn."""

DOWNSAMPLER = re.compile(r"(memory_encoder\.mask_downsampler\.)encoder\.(\d+)\.")
POINT_KINDS = 4
"""Points are embedded by what they mean: outside, inside, corner of a box, other corner."""


def is_official(state: Mapping[str, Any]) -> bool:
    """Say whether tensors have the names of the authors of SAM 2 or EdgeTAM."""
    return any(name.startswith("sam_mask_decoder.") for name in state)


def to_transformers(state: Mapping[str, Any], is_edgetam: bool = False) -> dict[str, Any]:
    """Return tensors of an official checkpoint under the names that transformers gives them.

    Parameters
    ----------
    state : mapping of str to tensor
        Of SAM 2, SAM 2.1 or EdgeTAM.
    is_edgetam : bool
        Of EdgeTAM, whose memory attention's two layers are named otherwise in transformers.

    Returns
    -------
    dict of str to tensor
        Of a video model. What the authors keep in one tensor and transformers in two is split,
        and the other way round.
    """
    import torch

    found = {}
    for name, tensor in state.items():
        for new_name, part in _parts(name, tensor):
            new = _renamed(new_name)
            if is_edgetam and new.startswith("memory_attention."):
                new = new.replace("linear1", "mlp.up_proj").replace("linear2", "mlp.down_proj")
            found[new] = part
    shared = "prompt_encoder.shared_embedding.positional_embedding"
    if shared in found:
        found["shared_image_embedding.positional_embedding"] = found[shared]
    kinds = [f"prompt_encoder.point_embed.{kind}.weight" for kind in range(POINT_KINDS)]
    if all(kind in found for kind in kinds):
        joined = torch.cat([found.pop(kind) for kind in kinds])
        found["prompt_encoder.point_embed.weight"] = joined
    return found


def _parts(name: str, tensor: Any) -> Iterator[tuple[str, Any]]:
    if ".to_kv." not in name:
        yield name, tensor
        return
    middle = len(tensor) // 2
    yield name.replace(".to_kv.", ".k_proj."), tensor[:middle]
    yield name.replace(".to_kv.", ".v_proj."), tensor[middle:]


def _renamed(name: str) -> str:
    return DOWNSAMPLER.sub(_downsampler_layer, renamed(name, RENAMED))


def _downsampler_layer(match: re.Match[str]) -> str:
    """The official file counts convolution, norm and activation; transformers layers of three."""
    layer, kind = divmod(int(match[2]), 3)
    return f"{match[1]}layers.{layer}.{('conv', 'layer_norm')[kind]}."
