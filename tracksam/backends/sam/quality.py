"""SAM-HQ: segment-anything with finer outlines, through transformers.

Ke et al., "Segment Anything in High Quality" (2023). The checkpoint of its authors has
segment-anything's layout with a few tensors more; transformers names them otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.sam.layout import Geometry, geometry_of, without_prefix
from tracksam.backends.sam.network import Arrays, Ask, fitted, fitted_shape, mask_prompt
from tracksam.backends.sam.official import enlarged
from tracksam.backends.sam.running import Running
from tracksam.backends.sam.second import joined_answers, prompts_of
from tracksam.errors import WeightsError

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)

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


@attrs.frozen(eq=False)
class QualityNetwork:
    """SAM-HQ.

    Parameters
    ----------
    model : transformers.SamHQModel
        Loaded.
    running : Running
        Device and precision.
    sha256 : str
        Of its weights.
    """

    model: Any
    running: Running
    sha256: str

    @property
    def side_px(self) -> int:
        """Longest side that it sees without shrinking."""
        return int(self.model.config.vision_config.image_size)

    @property
    def stride_px(self) -> int:
        """Pixels of the fitted image between places of the embedding."""
        return int(self.model.config.vision_config.patch_size)

    @property
    def identity(self) -> str:
        """Weights and precision."""
        return f"{self.sha256} {self.running.precision}"

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image, and an early layer of the encoder.

        Parameters
        ----------
        image_yxc : ndarray of uint8, shape (Y, X, 3)
            Any size.
        """
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

    def decode(
        self, embedding: Arrays, shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return masks for asks of one kind, as `network.Network` says.

        Parameters
        ----------
        embedding : tuple of ndarray
            Of `encode`.
        shape_yx : tuple of int
            Of the image.
        asks : sequence of Ask
            Of one kind.
        """
        if asks[0].previous_yx is not None and len(asks) > 1:
            each = [self.decode(embedding, shape_yx, [ask]) for ask in asks]
            return np.concatenate([e[0] for e in each]), np.concatenate([e[1] for e in each])
        scale = np.array(fitted_shape(shape_yx, self.side_px)) / np.array(shape_yx)
        image, early = (self.running.placed_array(one)[None] for one in embedding)
        masks = None
        if asks[0].previous_yx is not None:
            prompt_px = 4 * self.side_px // self.stride_px
            prompt = mask_prompt(asks[0].previous_yx, self.side_px, prompt_px)
            masks = self.running.placed_array(prompt)[None, None]
        with self.running.inference():
            sparse, dense = self.model.prompt_encoder(
                **prompts_of(asks, scale, self.running), input_masks=masks
            )
            answers = [
                self.model.mask_decoder(
                    image_embeddings=image,
                    image_positional_embeddings=self.model.get_image_wide_positional_embeddings(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=several,
                    hq_token_only=False,
                    intermediate_embeddings=[early],
                )
                for several in (False, True)
            ]
        return joined_answers(answers)

    def enlarge(
        self, logits_kyx: NDArray[np.float32], shape_yx: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return logits of `decode` at the size of the image.

        Parameters
        ----------
        logits_kyx : ndarray of float32, shape (K, y, x)
            Some of `decode`.
        shape_yx : tuple of int
            Of the image.
        """
        return enlarged(self.running, logits_kyx, shape_yx, self.side_px)
