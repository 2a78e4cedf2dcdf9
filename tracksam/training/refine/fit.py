"""The training of the network that refines masks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tracksam.errors import InvalidInputError
from tracksam.training.refine.network import RefineNet
from tracksam.training.refine.play import Played

_LEARNING_RATE = 2e-3


def fit(
    examples: list[Played],
    minutes: float,
    seed: int,
    say: Callable[[str], None],
    start: RefineNet | None = None,
    batch: int = 32,
) -> RefineNet:
    """Return a network trained on played clicks.

    Parameters
    ----------
    examples : list of Played
        Turned and mirrored while training.
    minutes : float
        Wall time; the learning rate falls to zero along it.
    seed : int
        Of weights and batches.
    say : callable
        Told the loss every hundred steps.
    start : RefineNet, optional
        Weights to go on from, which are changed; random ones else.
    batch : int
        Examples a step.

    Raises
    ------
    InvalidInputError
        There is no example.
    """
    if not examples:
        raise InvalidInputError(
            "training needs masks that were clicked on, got none: the stills show no cells, or "
            "only such as are too large for the network."
        )
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = start or RefineNet()
    net.train()
    net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=0.01)
    begin, step, running = time.monotonic(), 0, 0.0
    while (done := (time.monotonic() - begin) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(step, done)
        views, truth = _batch(examples, batch, rng)
        with torch.autocast("cpu", torch.bfloat16):
            logit = net(views.to(memory_format=torch.channels_last))
        loss = _loss(logit.float(), truth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        step += 1
        running = 0.98 * running + 0.02 * float(loss.detach()) if step > 1 else float(loss.detach())
        if step % 100 == 0:
            say(f"step {step}, {done:.0%}, loss {running:.3f}")
    net.eval()
    return net


def _learning_rate(step: int, done: float) -> float:
    """A short rise, then half a cosine down to zero."""
    return float(_LEARNING_RATE * min(1.0, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * done)))


def _batch(examples: list[Played], count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    chosen = [examples[int(i)] for i in rng.integers(len(examples), size=count)]
    pairs = [_turned(one, int(rng.integers(4)), flip=bool(rng.integers(2))) for one in chosen]
    views = torch.from_numpy(np.stack([views for views, _ in pairs]))
    truth = torch.from_numpy(np.stack([truth for _, truth in pairs]))
    return views, truth[:, None]


def _turned(one: Played, turns: int, *, flip: bool) -> tuple[Any, Any]:
    """Return views and truth turned; where votes fell is turned, too."""
    views = np.rot90(one.views.astype(np.float32), turns, axes=(1, 2)).copy()
    truth = np.rot90(one.truth, turns).astype(np.float32)
    for _ in range(turns):
        views[3], views[4] = -views[4].copy(), views[3].copy()
    if flip:
        views, truth = views[:, :, ::-1].copy(), truth[:, ::-1]
        views[4] = -views[4]
    return views, np.ascontiguousarray(truth)


def _loss(logit: Tensor, truth: Tensor) -> Tensor:
    """Return cross entropy plus one less the soft overlap."""
    cross = functional.binary_cross_entropy_with_logits(logit, truth)
    chance = torch.sigmoid(logit)
    both = (chance * truth).sum(dim=(1, 2, 3))
    either = (chance + truth - chance * truth).sum(dim=(1, 2, 3))
    return cross + (1 - (both + 1) / (either + 1)).mean()
