"""The training loop: by the clock, resumable, on CPU or GPU."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from tracksam.training.augment import example
from tracksam.training.checkpoint import Progress, read_checkpoint
from tracksam.training.crops import Cache
from tracksam.training.loss import loss_parts
from tracksam.training.network import WIDTHS, NanoNet

CHECKPOINT = "checkpoint.pt"
_AHEAD = 4
_REOPEN_STEPS = 100


@attrs.frozen
class Recipe:
    """How to train.

    Parameters
    ----------
    minutes : float
        Wall time of the whole training; the learning rate falls to zero along it.
    seed : int
        Of the weights at the start and of every batch.
    batch : int
        Crops a step.
    learning_rate : float
        The highest one.
    shares : dict of str to float
        How often crops of each prefix of the cache are drawn.
    widths : tuple of int
        Of the network.
    threads : int
        Processor threads of the network; one more reads crops.
    device : str
        "cpu" or "cuda".
    max_steps : int, optional
        Stop there, also if time is left.
    """

    minutes: float = 60.0
    seed: int = 1
    batch: int = 8
    learning_rate: float = 2e-3
    shares: dict[str, float] = attrs.field(factory=lambda: {"synthetic": 1.0})
    widths: tuple[int, ...] = WIDTHS
    threads: int = 2
    device: str = "cpu"
    max_steps: int | None = None


@attrs.define
class State(Progress[NanoNet]):
    """How far the training is.

    Parameters
    ----------
    net, optimiser, step, seconds
        As of `Progress`.
    average : NanoNet
        The weights' moving average, which is what is shipped.
    history : list of dict
        Step, seconds and parts of the loss, every few steps.
    """

    average: NanoNet = attrs.field(kw_only=True)
    history: list[dict[str, float]] = attrs.field(factory=list)

    @classmethod
    def start(cls, recipe: Recipe) -> State:
        """Return random weights.

        Parameters
        ----------
        recipe : Recipe
            With the seed.
        """
        torch.manual_seed(recipe.seed)
        net = NanoNet(recipe.widths).to(recipe.device)
        net = net.to(memory_format=torch.channels_last)
        average = NanoNet(recipe.widths).to(recipe.device)
        average.load_state_dict(net.state_dict())
        optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=0.01)
        return cls(net, optimiser, average=average.eval())

    @classmethod
    def load(cls, path: Path, recipe: Recipe) -> State:
        """Return the state of a checkpoint.

        Parameters
        ----------
        path : Path
            Written by `save`.
        recipe : Recipe
            The one it was trained with.
        """
        state = cls.start(recipe)
        state.restore(read_checkpoint(path, recipe.device))
        return state

    def values(self) -> dict[str, Any]:
        """Return what a checkpoint holds, by name."""
        return {
            **Progress.values(self),
            "average": self.average.state_dict(),
            "history": self.history,
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what a checkpoint holds.

        Parameters
        ----------
        values : mapping
            As of `values`.
        """
        Progress.restore(self, values)
        self.average.load_state_dict(values["average"])
        self.history = values["history"]


def train(
    cache_folder: Path,
    out: Path,
    recipe: Recipe,
    report: Callable[[dict[str, float]], None],
    save_every_s: float = 120.0,
) -> State:
    """Train until the time is over, from the checkpoint in `out` if there is one.

    Parameters
    ----------
    cache_folder : Path
        Written by `crops.write_shards`; shards that appear meanwhile are used.
    out : Path
        Where the checkpoint lies.
    recipe : Recipe
        Must be the same when a training goes on.
    report : callable
        Called every 20 steps with step, seconds and the parts of the loss.
    save_every_s : float
        Time between checkpoints.

    Returns
    -------
    State
        At the end; also saved.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(recipe.threads)
    path = out / CHECKPOINT
    state = State.load(path, recipe) if path.exists() else State.start(recipe)
    last_save, last = time.monotonic(), time.monotonic()
    running: dict[str, float] = {}
    with ThreadPoolExecutor(1) as pool:
        for views, truth, weight in _batches(cache_folder, recipe, state.step, pool):
            if _is_over(state, recipe):
                break
            parts = _step(state, recipe, [views, truth, weight])
            now = time.monotonic()
            state.step, state.seconds, last = state.step + 1, state.seconds + now - last, now
            running = {k: 0.95 * running.get(k, v) + 0.05 * v for k, v in parts.items()}
            if state.step % 20 == 0:
                state.history.append({"step": state.step, "seconds": state.seconds, **running})
                report(state.history[-1])
            if now - last_save > save_every_s:
                state.save(path)
                last_save = now
    state.save(path)
    return state


def _is_over(state: State, recipe: Recipe) -> bool:
    steps_done = recipe.max_steps is not None and state.step >= recipe.max_steps
    return steps_done or state.seconds >= 60 * recipe.minutes


def _progress(state: State, recipe: Recipe) -> float:
    done = state.seconds / (60 * recipe.minutes)
    if recipe.max_steps is not None:
        done = max(done, state.step / recipe.max_steps)
    return min(done, 1.0)


def _step(state: State, recipe: Recipe, arrays: list[Tensor]) -> dict[str, float]:
    warm_up = min(1.0, (state.step + 1) / 100)
    rate = recipe.learning_rate * warm_up * 0.5 * (1 + math.cos(math.pi * _progress(state, recipe)))
    for group in state.optimiser.param_groups:
        group["lr"] = max(rate, 1e-3 * recipe.learning_rate)
    views, truth, weight = (array.to(recipe.device) for array in arrays)
    state.net.train()
    with torch.autocast(recipe.device, torch.bfloat16):
        answers = state.net(views.to(memory_format=torch.channels_last))
    parts = loss_parts(answers, truth, weight)
    loss = torch.stack(list(parts.values())).sum()
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 2.0)
    state.optimiser.step()
    _follow_average(state)
    return {"loss": float(loss.detach()), **{k: float(v.detach()) for k, v in parts.items()}}


@torch.no_grad()
def _follow_average(state: State) -> None:
    keep = min(0.998, (state.step + 1) / (state.step + 20))
    for slow, fast in zip(
        state.average.state_dict().values(), state.net.state_dict().values(), strict=True
    ):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)


def _batches(
    folder: Path, recipe: Recipe, first: int, pool: ThreadPoolExecutor
) -> Iterator[list[Tensor]]:
    """Yield batches for ever, a few prepared ahead; batch n depends on n, seed and cache only."""
    waiting: deque[Future[list[Tensor]]] = deque()
    cache = Cache.open(folder, recipe.shares)
    number = first
    while True:
        if number % _REOPEN_STEPS == 0:
            cache = Cache.open(folder, recipe.shares)
        while len(waiting) < _AHEAD:
            waiting.append(pool.submit(_batch, cache, recipe, number))
            number += 1
        yield waiting.popleft().result()


def _batch(cache: Cache, recipe: Recipe, number: int) -> list[Tensor]:
    rng = np.random.default_rng([recipe.seed, number])
    made = [example(cache.draw(rng), rng) for _ in range(recipe.batch)]
    stacks: list[np.ndarray[Any, Any]] = [
        np.stack([getattr(one, name) for one in made]) for name in ("views", "truth", "weight")
    ]
    return [torch.from_numpy(stack) for stack in stacks]
