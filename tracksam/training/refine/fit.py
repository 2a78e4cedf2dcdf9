"""The training of the network that refines masks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tracksam.errors import InvalidInputError
from tracksam.training.checkpoint import Progress, read_checkpoint
from tracksam.training.refine.network import RefineNet
from tracksam.training.refine.play import Played

_LEARNING_RATE = 2e-3
_SAVE_EVERY_S = 60.0


@attrs.frozen
class Fitting:
    """How to train on one round of masks.

    Parameters
    ----------
    minutes : float
        Time of the steps, over all interruptions; the learning rate falls to zero along it.
    seed : int
        Of the weights at the start and of every batch.
    batch : int
        Examples a step.
    checkpoint : Path, optional
        Where the training goes on if it was interrupted. Without one it can't be.
    """

    minutes: float
    seed: int
    batch: int = 32
    checkpoint: Path | None = None


def fit(
    examples: Sequence[Played],
    fitting: Fitting,
    say: Callable[[str], None],
    start: RefineNet | None = None,
) -> RefineNet:
    """Return a network trained on played clicks.

    Parameters
    ----------
    examples : sequence of Played
        Turned and mirrored while training.
    fitting : Fitting
        How long, and where it may be interrupted.
    say : callable
        Told the loss every hundred steps.
    start : RefineNet, optional
        Weights to go on from, which are changed; random ones else.

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
    state = begun(fitting, start)
    state.net.train()
    last = last_save = time.monotonic()
    running: float | None = None
    while (done := state.seconds / (60 * fitting.minutes)) < 1:
        loss = _step(state, _batch(examples, fitting, state.step), done)
        now = time.monotonic()
        state.step, state.seconds, last = state.step + 1, state.seconds + now - last, now
        running = loss if running is None else 0.98 * running + 0.02 * loss
        if state.step % 100 == 0:
            say(f"step {state.step}, {done:.0%}, loss {running:.3f}")
        if fitting.checkpoint is not None and now - last_save > _SAVE_EVERY_S:
            state.save(fitting.checkpoint)
            last_save = now
    if fitting.checkpoint is not None:
        state.save(fitting.checkpoint)
    state.net.eval()
    return state.net


def begun(fitting: Fitting, start: RefineNet | None) -> Progress[RefineNet]:
    """Return the progress of the checkpoint; without one, of given weights or random ones.

    Parameters
    ----------
    fitting : Fitting
        With the checkpoint's path and the seed.
    start : RefineNet or None
        Weights to go on from, which are changed; random ones without.
    """
    torch.manual_seed(fitting.seed)
    net = (start or RefineNet()).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=0.01)
    progress = Progress(net, optimiser)
    if fitting.checkpoint is not None and fitting.checkpoint.exists():
        progress.restore(read_checkpoint(fitting.checkpoint))
    return progress


def _step(state: Progress[RefineNet], batch: tuple[Tensor, Tensor], done: float) -> float:
    """Change the weights by one batch; return its loss."""
    views, truth = batch
    for group in state.optimiser.param_groups:
        group["lr"] = _learning_rate(state.step, done)
    with torch.autocast("cpu", torch.bfloat16):
        logit = state.net(views.to(memory_format=torch.channels_last))
    loss = _loss(logit.float(), truth)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 2.0)
    state.optimiser.step()
    return float(loss.detach())


def _learning_rate(step: int, done: float) -> float:
    """A short rise, then half a cosine down to zero."""
    return float(_LEARNING_RATE * min(1.0, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * done)))


def _batch(examples: Sequence[Played], fitting: Fitting, number: int) -> tuple[Tensor, Tensor]:
    """Return batch `number`, which depends on it, the seed and the examples only."""
    rng = np.random.default_rng([fitting.seed, number])
    chosen = [examples[int(i)] for i in rng.integers(len(examples), size=fitting.batch)]
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
