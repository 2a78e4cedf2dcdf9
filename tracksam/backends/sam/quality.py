"""SAM-HQ: segment-anything with finer outlines, through transformers.

Ke et al., "Segment Anything in High Quality" (2023). The checkpoint of its authors has
segment-anything's layout with a few tensors more; transformers names them otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.eight_bit import IMAGENET
from tracksam.backends.sam.asking import AskedNetwork
from tracksam.backends.sam.layout import Geometry, geometry_of, without_prefix
from tracksam.backends.sam.network import Arrays, fitted, fitted_shape, mask_prompt
from tracksam.backends.sam.official import PaddedNetwork
from tracksam.errors import WeightsError

_MEAN, _DEVIATION = (np.array([255 * v for v in values], np.float32) for values in IMAGENET)

_MLP = {"0": "proj_in", "1": "layers.0", "2": "proj_out"}

RENAMED: tuple[tuple[str, str | Mapping[str, str]], ...] = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"^vision_encoder\.blocks\.", "vision_encoder.layers."),
    (r"patch_embed\.proj\.", "patch_embed.projection."),
    (r"neck\.0\.", "neck.conv1."),
    (r"neck\.1\.", "neck.layer_norm1."),
    (r"neck\.2\.", "neck.conv2."),
    (r"neck\.3\.", "neck.layer_norm2."),
    (r"pe_layer\.positional_encoding_gaussian_matrix$", "shared_embedding.positional_embedding"),
    (r"point_embeddings\.", "point_embed."),
    (r"mask_downscaling\.0\.", "mask_embed.conv1."),
    (r"mask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"mask_downscaling\.3\.", "mask_embed.conv2."),
    (r"mask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"mask_downscaling\.6\.", "mask_embed.conv3."),
    (r"output_upscaling\.0\.", "upscale_conv1."),
    (r"output_upscaling\.1\.", "upscale_layer_norm."),
    (r"output_upscaling\.3\.", "upscale_conv2."),
    (r"\.hf_token\.", ".hq_token."),
    (r"\.hf_mlp\.", ".hq_mask_mlp."),
    (r"compress_vit_feat\.0\.", "compress_vit_conv1."),
    (r"compress_vit_feat\.1\.", "compress_vit_norm."),
    (r"compress_vit_feat\.3\.", "compress_vit_conv2."),
    (r"embedding_encoder\.0\.", "encoder_conv1."),
    (r"embedding_encoder\.1\.", "encoder_norm."),
    (r"embedding_encoder\.3\.", "encoder_conv2."),
    (r"embedding_maskfeature\.0\.", "mask_conv1."),
    (r"embedding_maskfeature\.1\.", "mask_norm."),
    (r"embedding_maskfeature\.3\.", "mask_conv2."),
    (r"(iou_prediction_head\.)layers\.(\d)", _MLP),
    (r"(hq_mask_mlp\.)layers\.(\d)", _MLP),
    (r"(output_hypernetworks_mlps\.\d+\.)layers\.(\d)", _MLP),
    (r"(layers\.\d+|transformer)\.norm", r"\1.layer_norm"),
)
"""Patterns and what takes their place, in turn."""


def load_hq(path: Path) -> Any:
    """Return SAM-HQ with weights.

    Parameters
    ----------
    path : Path
        A checkpoint of its authors, or a folder in which transformers has saved one.

    Returns
    -------
    transformers.SamHQModel
        In evaluation mode.

    Raises
    ------
    WeightsError
        Something is missing, damaged, or of another architecture.
    """
    if path.is_dir():
        return _of_folder(path)
    given = without_prefix(read_state(path))
    if "mask_decoder.hf_token.weight" not in given:
        raise WeightsError(
            f"{path} holds no SAM-HQ: 'mask_decoder.hf_token.weight' is missing. For a plain SAM "
            "take the segmenter sam-vit-b, sam-vit-l or sam-vit-h."
        )
    model = build_hq(geometry_of(given, str(path)))
    load_exactly(model, to_transformers(given), str(path))
    return model


def build_hq(geometry: Geometry) -> Any:
    """Return SAM-HQ of some size with random weights.

    Parameters
    ----------
    geometry : Geometry
        Of the part that it shares with segment-anything.
    """
    from transformers import (
        SamHQConfig,
        SamHQMaskDecoderConfig,
        SamHQModel,
        SamHQPromptEncoderConfig,
        SamHQVisionConfig,
    )

    vision = SamHQVisionConfig(
        hidden_size=geometry.embed_dim,
        output_channels=geometry.prompt_dim,
        num_hidden_layers=geometry.depth,
        num_attention_heads=geometry.heads,
        image_size=geometry.image_px,
        patch_size=geometry.patch_px,
        window_size=geometry.window,
        global_attn_indexes=list(geometry.global_blocks),
        num_pos_feats=geometry.prompt_dim // 2,
        mlp_dim=4 * geometry.embed_dim,
    )
    prompts = SamHQPromptEncoderConfig(
        hidden_size=geometry.prompt_dim,
        image_size=geometry.image_px,
        patch_size=geometry.patch_px,
        mask_input_channels=geometry.mask_channels,
    )
    decoder = SamHQMaskDecoderConfig(
        hidden_size=geometry.prompt_dim,
        mlp_dim=geometry.decoder_mlp,
        num_hidden_layers=geometry.decoder_depth,
        iou_head_hidden_dim=geometry.iou_hidden,
        iou_head_depth=geometry.iou_depth,
        vit_dim=geometry.embed_dim,
    )
    config = SamHQConfig(
        vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder
    )
    return SamHQModel(config).eval()


def to_transformers(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return tensors of an official checkpoint under the names that transformers gives them.

    Parameters
    ----------
    state : mapping of str to Tensor
        Of SAM-HQ.

    Returns
    -------
    dict of str to Tensor
    """
    renamed = {_renamed(name): tensor for name, tensor in state.items()}
    shared = "prompt_encoder.shared_embedding.positional_embedding"
    if shared in renamed:
        renamed["shared_image_embedding.positional_embedding"] = renamed[shared]
    return renamed


def _renamed(name: str) -> str:
    for pattern, replacement in RENAMED:
        if isinstance(replacement, str):
            name = re.sub(pattern, replacement, name)
        elif match := re.search(pattern, name):
            part = replacement[match[2]]
            name = name[: match.start()] + match[1] + part + name[match.end() :]
    return name


def _of_folder(path: Path) -> Any:
    from transformers import SamHQModel

    try:
        return SamHQModel.from_pretrained(path, local_files_only=True).eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{path} needs config.json and model.safetensors of SAM-HQ, as transformers saves "
            f"them: {error}"
        ) from error


class QualityNetwork(AskedNetwork, PaddedNetwork):
    """SAM-HQ: a `transformers.SamHQModel`."""

    @property
    def side_px(self) -> int:
        """Longest side that it sees without shrinking."""
        return int(self.model.config.vision_config.image_size)

    @property
    def stride_px(self) -> int:
        """Pixels of the fitted image between places of the embedding."""
        return int(self.model.config.vision_config.patch_size)

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image, and an early layer of the encoder."""
        small_yxc = (fitted(image_yxc, self.side_px).astype(np.float32) - _MEAN) / _DEVIATION
        square = np.zeros((self.side_px, self.side_px, 3), np.float32)
        square[: small_yxc.shape[0], : small_yxc.shape[1]] = small_yxc
        with self.running.inference():
            found = self.model.vision_encoder(
                self.running.placed_array(square.transpose(2, 0, 1))[None]
            )
            early = found.intermediate_embeddings[0]
            return (
                self.running.to_numpy(found.last_hidden_state[0]),
                self.running.to_numpy(early[0]),
            )

    def scale_yx(self, shape_yx: tuple[int, int]) -> NDArray[np.float64]:
        """Return the factors from pixels of an image to those of the square: it is padded."""
        return np.asarray(np.array(fitted_shape(shape_yx, self.side_px)) / np.array(shape_yx))

    def mask_prompt(self, mask_yx: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return a mask of the image as the prompt that the network takes, as logits."""
        return mask_prompt(mask_yx, self.side_px, 4 * self.side_px // self.stride_px)

    def seen(self, maps: list[Any]) -> dict[str, Any]:
        """Return the embedding and the early layer as arguments of the mask decoder."""
        return {
            "image_embeddings": maps[0],
            "intermediate_embeddings": maps[1:],
            "hq_token_only": False,
        }
