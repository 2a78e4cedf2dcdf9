"""Networks with a memory: SAM 2.1 and EdgeTAM, built by transformers without its hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.memory.names import is_official, to_transformers
from tracksam.errors import WeightsError

HIERA: Mapping[tuple[int, int], Mapping[str, Any]] = {
    (96, 12): {},
    (96, 16): {"blocks_per_stage": [1, 2, 11, 2], "global_attention_blocks": [7, 10, 13]},
    (112, 24): {
        "blocks_per_stage": [2, 3, 16, 3],
        "global_attention_blocks": [12, 16, 20],
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "window_positional_embedding_background_size": [14, 14],
    },
    (144, 48): {
        "blocks_per_stage": [2, 6, 36, 4],
        "global_attention_blocks": [23, 33, 43],
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "window_size_per_stage": [8, 4, 16, 8],
    },
}
"""Of the published sizes: what width and number of blocks do not tell (tiny has the defaults)."""

TIMM = {
    "model_type": "timm_wrapper",
    "architecture": "repvit_m1",
    "do_pooling": False,
    "model_args": {"in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3]},
}
"""EdgeTAM's image encoder."""


def load_network(path: Path) -> Any:
    """Return a video model with weights.

    Parameters
    ----------
    path : Path
        A checkpoint of the authors of SAM 2.1 or EdgeTAM, or a folder in which transformers has
        saved a video model (``config.json`` and ``model.safetensors``).

    Returns
    -------
    torch.nn.Module
        `Sam2VideoModel` or `EdgeTamVideoModel`, ready to predict.

    Raises
    ------
    WeightsError
        Something is missing, damaged, or of another architecture.
    """
    if path.is_dir():
        model, state = _of_folder(path)
    else:
        given = read_state(path)
        if not is_official(given):
            raise WeightsError(
                f"{path} has neither the names of SAM 2.1 nor of EdgeTAM, such as "
                f"'sam_mask_decoder.iou_token.weight'; got {', '.join(list(given)[:3])}, ..."
            )
        model, state = _of_official(given, path)
    load_exactly(model, state, str(path))
    return model.eval()


def _of_official(given: Mapping[str, Any], path: Path) -> tuple[Any, dict[str, Any]]:
    is_edgetam = any(name.startswith("spatial_perceiver.") for name in given)
    state = to_transformers(given, is_edgetam)
    if is_edgetam:
        return edgetam({"vision_config": {"backbone_config": dict(TIMM)}}), state
    blocks = [name for name in given if name.startswith("image_encoder.trunk.blocks.")]
    width = int(given["image_encoder.trunk.patch_embed.proj.weight"].shape[0])
    n_blocks = len({name.split(".")[3] for name in blocks})
    if (width, n_blocks) not in HIERA:
        raise WeightsError(
            f"{path} has an image encoder of width {width} with {n_blocks} blocks; known are "
            f"{', '.join(f'{w} with {n}' for w, n in HIERA)}."
        )
    return sam2(_published(width, HIERA[width, n_blocks], given)), state


def _published(width: int, hiera: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    widths = [width * 2**stage for stage in range(4)]
    return {
        "vision_config": {
            "backbone_config": {"hidden_size": width, "embed_dim_per_stage": widths, **hiera},
            "backbone_channel_list": widths[::-1],
        },
        "enable_temporal_pos_encoding_for_object_pointers": "obj_ptr_tpos_proj.weight" in given,
        "enable_occlusion_spatial_embedding": "no_obj_embed_spatial" in given,
    }


def sam2(config: Mapping[str, Any]) -> Any:
    """Return SAM 2.1's video model with random weights.

    Parameters
    ----------
    config : mapping
        As in transformers' ``config.json``; what is not named has its default.
    """
    from transformers import (
        Sam2HieraDetConfig,
        Sam2VideoConfig,
        Sam2VideoMaskDecoderConfig,
        Sam2VideoModel,
        Sam2VideoPromptEncoderConfig,
        Sam2VisionConfig,
    )

    vision = _plain(config.get("vision_config", {}))
    backbone = Sam2HieraDetConfig(**_plain(vision.pop("backbone_config", {})))
    parts = {
        "vision_config": Sam2VisionConfig(backbone_config=backbone, **vision),
        "prompt_encoder_config": Sam2VideoPromptEncoderConfig(
            **_plain(config.get("prompt_encoder_config", {}))
        ),
        "mask_decoder_config": Sam2VideoMaskDecoderConfig(
            **_plain(config.get("mask_decoder_config", {}))
        ),
    }
    return Sam2VideoModel(Sam2VideoConfig(**{**_plain(config), **parts}))


def edgetam(config: Mapping[str, Any]) -> Any:
    """Return EdgeTAM's video model with random weights.

    Parameters
    ----------
    config : mapping
        As in transformers' ``config.json``; what is not named is as published. The image encoder
        has to be named.
    """
    from transformers import (
        EdgeTamVideoConfig,
        EdgeTamVideoModel,
        EdgeTamVisionConfig,
        TimmWrapperConfig,
    )

    # The default of this configuration asks the hub, and is made whenever one is shown or checked.
    EdgeTamVisionConfig.has_no_defaults_at_init = True
    published = {
        "enable_temporal_pos_encoding_for_object_pointers": False,
        "enable_occlusion_spatial_embedding": False,
    }
    vision = {"model_type": "edgetam_vision_model", **config["vision_config"]}
    if vision["backbone_config"]["model_type"] == TIMM["model_type"]:
        # Made here: newer transformers ask a mapping for a number of classes.
        vision["backbone_config"] = TimmWrapperConfig(**_plain(vision["backbone_config"]))
    whole = {**published, **_plain(config), "vision_config": vision}
    return EdgeTamVideoModel(EdgeTamVideoConfig(**whole))


def _of_folder(path: Path) -> tuple[Any, dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = path / "model.safetensors"
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        state = load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(
            f"{path} needs config.json and model.safetensors as transformers saves them: {error}."
        ) from error
    kind = config.get("model_type")
    if kind not in ("sam2_video", "edgetam_video"):
        raise WeightsError(f"{path} holds a model of the type {kind!r}, not a video model.")
    return (sam2 if kind == "sam2_video" else edgetam)(config), state


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "model_type"}
