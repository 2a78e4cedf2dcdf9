"""How wrong the network's answers are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

DISTANCE_FACTOR = 4.0
OFFSET_FACTOR = 4.0
DIAMETER_FACTOR = 0.4


def loss_parts(answers: Tensor, truth: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Return the parts of the loss, weighted so that their sum is the loss.

    Parameters
    ----------
    answers : Tensor, shape (B, 5, Y, X)
        As `NanoNet` gives them.
    truth : Tensor, shape (B, 5, Y, X)
        Foreground, distance, offsets, log2 diameter.
    weight : Tensor, shape (B, 3, Y, X)
        Weights of foreground and distance, of the offsets, of the diameter.

    Returns
    -------
    dict of str to Tensor
        Scalars `foreground`, `distance`, `offset`, `diameter`.
    """
    answers = answers.float()
    cross = functional.binary_cross_entropy_with_logits(
        answers[:, 0], truth[:, 0], reduction="none"
    )
    distance = _smooth(torch.sigmoid(answers[:, 1]), truth[:, 1], 0.1)
    offset = _smooth(answers[:, 2], truth[:, 2], 0.1) + _smooth(answers[:, 3], truth[:, 3], 0.1)
    diameter = _smooth(answers[:, 4], truth[:, 4], 0.3)
    return {
        "foreground": _mean(cross, weight[:, 0]),
        "distance": DISTANCE_FACTOR * _mean(distance, weight[:, 0]),
        "offset": OFFSET_FACTOR * _mean(offset, weight[:, 1]),
        "diameter": DIAMETER_FACTOR * _mean(diameter, weight[:, 2]),
    }


def _smooth(answer: Tensor, truth: Tensor, beta: float) -> Tensor:
    return functional.smooth_l1_loss(answer, truth, beta=beta, reduction="none")


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1)
