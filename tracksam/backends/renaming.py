"""Renaming: names of tensors, from those of a network's authors to those of another library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Rule = tuple[str, str | Mapping[str, str]]
"""A pattern and what takes its place; of a mapping, what its last group is renamed to."""

MLP_OF_THREE = {"0": "proj_in", "1": "layers.0", "2": "proj_out"}
MLP_OF_TWO = {"0": "proj_in", "1": "proj_out"}

HEADS: tuple[Rule, ...] = (
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
    (r"(iou_prediction_head\.)layers\.(\d)", MLP_OF_THREE),
    (r"(output_hypernetworks_mlps\.\d+\.)layers\.(\d)", MLP_OF_THREE),
)
"""Prompt encoder and mask decoder of the SAM family, from their authors to transformers."""


def renamed(name: str, rules: Iterable[Rule]) -> str:
    """Return a name after all rules, in turn.

    Parameters
    ----------
    name : str
        Of a tensor.
    rules : iterable of Rule
        Those that find nothing change nothing.

    Returns
    -------
    str
    """
    for pattern, replacement in rules:
        if isinstance(replacement, str):
            name = re.sub(pattern, replacement, name)
        elif match := re.search(pattern, name):
            part = replacement[match[2]]
            name = name[: match.start()] + match[1] + part + name[match.end() :]
    return name
