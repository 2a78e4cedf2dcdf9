"""SAM-HQ: segment-anything with finer outlines, through transformers.

Ke et al., "Segment Anything in High Quality" (2023). The checkpoint of its authors has
segment-anything's layout with a few tensors more; transformers names them otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.eight_bit import IMAGENET
from tracksam.backends.renaming import HEADS, MLP_OF_THREE, Rule, renamed
from tracksam.backends.sam.asking import AskedNetwork
from tracksam.backends.sam.layout import Geometry, geometry_of, without_prefix
from tracksam.backends.sam.network import Arrays, fitted, fitted_shape, mask_prompt
from tracksam.backends.sam.official import PaddedNetwork
from tracksam.errors import WeightsError

_MEAN, _DEVIATION = (np.array([255 * v for v in values], np.float32) for values in IMAGENET)

RENAMED: tuple[Rule, ...] = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"^vision_encoder\.blocks\.", "vision_encoder.layers."),
    (r"patch_embed\.proj\.", "patch_embed.projection."),
    (r"neck\.0\.", "neck.conv1."),
    (r"neck\.1\.", "neck.layer_norm1."),
    (r"neck\.2\.", "neck.conv2."),
    (r"neck\.3\.", "neck.layer_norm2."),
    *HEADS,
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
    (r"(hq_mask_mlp\.)layers\.(\d)", MLP_OF_THREE),
    (r"(layers\.\d+|transformer)\.norm", r"\1.layer_norm"),
)
"""What is renamed, in turn."""


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
    found = {renamed(name, RENAMED): tensor for name, tensor in state.items()}
    shared = "prompt_encoder.shared_embedding.positional_embedding"
    if shared in found:
        found["shared_image_embedding.positional_embedding"] = found[shared]
    return found


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
