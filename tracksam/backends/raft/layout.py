"""Names of RAFT's tensors: from those of its authors to torchvision's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tracksam.backends.renaming import Rule, renamed

RENAMED: tuple[Rule, ...] = (
    (r"^fnet\.", "feature_encoder."),
    (r"^cnet\.", "context_encoder."),
    (r"_encoder\.conv1\.", "_encoder.convnormrelu.0."),
    (r"_encoder\.norm1\.", "_encoder.convnormrelu.1."),
    (r"_encoder\.conv2\.", "_encoder.conv."),
    (r"(layer\d\.\d)\.conv(\d)\.", r"\1.convnormrelu\2.0."),
    (r"(layer\d\.\d)\.norm(\d)\.", r"\1.convnormrelu\2.1."),
    (r"block\.encoder\.convc(\d)\.", r"block.motion_encoder.convcorr\1.0."),
    (r"block\.encoder\.convf(\d)\.", r"block.motion_encoder.convflow\1.0."),
    (r"block\.encoder\.conv\.", "block.motion_encoder.conv.0."),
    (r"block\.gru\.conv([zrq])(\d)\.", r"block.recurrent_block.convgru\2.conv\1."),
    (r"block\.gru\.conv([zrq])\.", r"block.recurrent_block.convgru1.conv\1."),
    (r"^update_block\.mask\.0\.", "mask_predictor.convrelu.0."),
    (r"^update_block\.mask\.2\.", "mask_predictor.conv."),
)
"""What is renamed, in turn."""

TWICE = re.compile(r"^[fc]net\.layer\d\.0\.norm3\.")
"""Names of the official large model under which the downsampling's norm lies a second time."""


def is_official(state: Mapping[str, Any]) -> bool:
    """Say whether tensors have the names of github.com/princeton-vl/RAFT."""
    return any(name.startswith("fnet.") for name in state)


def to_torchvision(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return tensors of the official layout under the names that torchvision gives them.

    Parameters
    ----------
    state : mapping of str to tensor
        Of RAFT or RAFT-small, without the prefix ``module.``.

    Returns
    -------
    dict of str to tensor
        A tensor that the official file has under two names is there once.
    """
    return {
        renamed(name, RENAMED): tensor for name, tensor in state.items() if not TWICE.match(name)
    }


def is_small(state: Mapping[str, Any]) -> bool:
    """Say whether tensors, under torchvision's names, are those of the small model."""
    return not any(name.startswith("mask_predictor.") for name in state)
