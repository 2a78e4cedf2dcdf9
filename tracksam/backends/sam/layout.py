"""The architecture of a checkpoint in segment-anything's layout, read from its own shapes.

Kirillov et al., "Segment Anything" (2023). A file need not say which of the published sizes it
is, and may be of another one: MedSAM, micro-sam, a small network of your own.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import attrs

from tracksam.errors import WeightsError

DECODER_HEADS = 8
"""Attention heads of the mask decoder: the one number that no shape tells."""

PREFIXES = ("sam.", "model.", "module.")
"""What training programs put before every name."""


@attrs.frozen
class Geometry:
    """Sizes of a network in segment-anything's layout.

    Parameters
    ----------
    image_px : int
        Side of the square that the image encoder sees.
    patch_px : int
        Side of a patch.
    embed_dim, depth, heads : int
        Of the image encoder's transformer.
    window : int
        Side of its attention windows, in patches.
    global_blocks : tuple of int
        Blocks without windows.
    prompt_dim : int
        Width of prompts, image embedding and decoder.
    decoder_depth, decoder_mlp : int
        Of the decoder's transformer.
    mask_channels : int
        Of the encoder of mask prompts.
    iou_depth, iou_hidden : int
        Of the head that predicts the overlap with the truth.
    """

    image_px: int = 1024
    patch_px: int = 16
    embed_dim: int = 768
    depth: int = 12
    heads: int = 12
    window: int = 14
    global_blocks: tuple[int, ...] = (2, 5, 8, 11)
    prompt_dim: int = 256
    decoder_depth: int = 2
    decoder_mlp: int = 2048
    mask_channels: int = 16
    iou_depth: int = 3
    iou_hidden: int = 256

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.image_px // self.patch_px


VIT_B = Geometry()
VIT_L = Geometry(embed_dim=1024, depth=24, heads=16, global_blocks=(5, 11, 17, 23))
VIT_H = Geometry(embed_dim=1280, depth=32, heads=16, global_blocks=(7, 15, 23, 31))


def without_prefix(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tensors of the network alone, under its own names.

    Parameters
    ----------
    state : mapping of str to Tensor
        Names may have one of `PREFIXES`; of those that share it, only these are kept.

    Returns
    -------
    dict of str to Tensor
    """
    for prefix in PREFIXES:
        mine = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        if any(key.startswith("image_encoder.") for key in mine):
            return mine
    return dict(state)


def geometry_of(state: Mapping[str, Any], source: str) -> Geometry:
    """Return the sizes of the network that a state belongs to.

    Parameters
    ----------
    state : mapping of str to Tensor
        In segment-anything's names, without prefix.
    source : str
        Where it comes from, for the message.

    Returns
    -------
    Geometry

    Raises
    ------
    WeightsError
        A tensor that tells a size is missing: another layout, or a damaged file.
    """
    try:
        return _geometry(state)
    except (KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        raise WeightsError(
            f"{source} is not in segment-anything's layout: {error} is missing. MobileSAM, SAM-HQ "
            "and SAM 2 have back ends of their own (`tracksam backends`)."
        ) from error


def _geometry(state: Mapping[str, Any]) -> Geometry:
    embed_dim, _, patch_px, _ = state["image_encoder.patch_embed.proj.weight"].shape
    grid = state["image_encoder.pos_embed"].shape[1]
    depth = _count(state, "image_encoder.blocks.")
    spans, head_dims = zip(
        *(state[f"image_encoder.blocks.{i}.attn.rel_pos_h"].shape for i in range(depth)),
        strict=True,
    )
    sides = [(span + 1) // 2 for span in spans]
    return Geometry(
        image_px=grid * patch_px,
        patch_px=patch_px,
        embed_dim=embed_dim,
        depth=depth,
        heads=embed_dim // head_dims[0],
        window=min(sides),
        global_blocks=tuple(i for i, side in enumerate(sides) if side == grid),
        **head_sizes(state),
    )


def head_sizes(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sizes of prompt encoder and mask decoder, as `Geometry` names them.

    Parameters
    ----------
    state : mapping of str to Tensor
        In segment-anything's names.

    Returns
    -------
    dict of str to int

    Raises
    ------
    KeyError
        A tensor that tells a size is missing.
    """
    return {
        "prompt_dim": state["prompt_encoder.no_mask_embed.weight"].shape[1],
        "decoder_depth": _count(state, "mask_decoder.transformer.layers."),
        "decoder_mlp": state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
        "mask_channels": state["prompt_encoder.mask_downscaling.3.weight"].shape[0],
        "iou_depth": _count(state, "mask_decoder.iou_prediction_head.layers."),
        "iou_hidden": state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
    }


def _count(state: Mapping[str, Any], prefix: str) -> int:
    numbers = {int(key.removeprefix(prefix).split(".")[0]) for key in state if prefix in key}
    if not numbers:
        raise KeyError(prefix)
    return max(numbers) + 1


def build(geometry: Geometry) -> Any:
    """Return a network of segment-anything with random weights.

    Parameters
    ----------
    geometry : Geometry
        Its sizes.

    Returns
    -------
    segment_anything.modeling.Sam
        On the CPU, in evaluation mode.
    """
    import torch
    from segment_anything.modeling import ImageEncoderViT, Sam

    encoder = ImageEncoderViT(
        img_size=geometry.image_px,
        patch_size=geometry.patch_px,
        embed_dim=geometry.embed_dim,
        depth=geometry.depth,
        num_heads=geometry.heads,
        out_chans=geometry.prompt_dim,
        norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=geometry.window,
        global_attn_indexes=geometry.global_blocks,
    )
    return Sam(encoder, *build_heads(geometry)).eval()


def build_heads(geometry: Geometry) -> tuple[Any, Any]:
    """Return prompt encoder and mask decoder of segment-anything with random weights.

    Parameters
    ----------
    geometry : Geometry
        Sizes; those of the image encoder's transformer are not looked at.

    Returns
    -------
    PromptEncoder, MaskDecoder
    """
    from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

    grid = (geometry.grid, geometry.grid)
    prompts = PromptEncoder(
        embed_dim=geometry.prompt_dim,
        image_embedding_size=grid,
        input_image_size=(geometry.image_px, geometry.image_px),
        mask_in_chans=geometry.mask_channels,
    )
    decoder = MaskDecoder(
        transformer_dim=geometry.prompt_dim,
        transformer=TwoWayTransformer(
            depth=geometry.decoder_depth,
            embedding_dim=geometry.prompt_dim,
            num_heads=DECODER_HEADS,
            mlp_dim=geometry.decoder_mlp,
        ),
        iou_head_depth=geometry.iou_depth,
        iou_head_hidden_dim=geometry.iou_hidden,
    )
    return prompts, decoder
