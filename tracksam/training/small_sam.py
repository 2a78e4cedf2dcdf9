"""A small network in segment-anything's layout, trained on simulated cells.

It is no model to work with: it stands in for the published ones in tests, where coordinates,
normalisation, padding and the scaling of masks must be right for masks to be right.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.sam.layout import Geometry, build
from tracksam.training.small_sam_cells import Scene, random_asks, random_scene, scene_pool

SMALL = Geometry(
    image_px=128,
    patch_px=8,
    embed_dim=96,
    depth=4,
    heads=4,
    window=16,
    global_blocks=(0, 1, 2, 3),
    prompt_dim=64,
    decoder_mlp=256,
    mask_channels=8,
    iou_hidden=64,
)
"""0.73 million parameters; frames of 128 pixels, patches of 8."""

_IMAGES, _OBJECTS = 4, 6
_WARM_STEPS = 50
_LEARNING_RATE = 1.5e-3
_MULTI_SHARE = 0.1  # of the loss: all proposals, not only the best one
_EVERY = 100


@attrs.frozen
class SmallRecipe:
    """How to train the small network.

    Parameters
    ----------
    minutes : float
        Wall time; the learning rate falls to zero along it.
    seed : int
        Of everything.
    stills : int
        Simulated images that scenes are cut from.
    start : Path, optional
        Weights of an earlier training to go on from.
    max_steps : int, optional
        Stop there, also if time is left.
    """

    minutes: float = 10.0
    seed: int = 1
    stills: int = 400
    start: Path | None = None
    max_steps: int | None = None


def train_small_sam(recipe: SmallRecipe, out: Path, say: Callable[[str], None]) -> Any:
    """Train a small network in segment-anything's layout, and write its weights.

    Parameters
    ----------
    recipe : SmallRecipe
        How long.
    out : Path
        File of the weights: half precision, in the official key names.
    say : callable
        Told step, loss and overlap.

    Returns
    -------
    segment_anything.modeling.Sam
        In evaluation mode.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    net = build(SMALL)
    torch.nn.init.trunc_normal_(net.image_encoder.pos_embed, std=0.02)
    if recipe.start is not None:
        load_exactly(net, read_state(recipe.start), str(recipe.start))
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=0.01)
    pool = scene_pool(recipe.stills, rng)
    say(f"{len(pool)} stills, {sum(p.numel() for p in net.parameters())} parameters")
    started, step, loss, overlap = time.monotonic(), 0, math.nan, math.nan
    while (share := (time.monotonic() - started) / (60 * recipe.minutes)) < 1:
        if recipe.max_steps is not None and step >= recipe.max_steps:
            break
        for group in optimiser.param_groups:
            group["lr"] = _LEARNING_RATE * min(1, (step + 1) / _WARM_STEPS) * _falling(share)
        scenes = [random_scene(pool, SMALL.image_px, rng) for _ in range(_IMAGES)]
        loss, overlap = _step(net, optimiser, scenes, rng)
        step += 1
        if step % _EVERY == 0:
            say(f"step {step}, loss {loss:.3f}, overlap {overlap:.3f}")
            write_state(net, out)
    write_state(net, out)
    say(f"{out}: {step} steps, loss {loss:.3f}, overlap {overlap:.3f}")
    return net.eval()


def write_state(net: Any, out: Path) -> None:
    """Write a network's tensors as a checkpoint, in half precision.

    Parameters
    ----------
    net : torch.nn.Module
        Any.
    out : Path
        Written with ``torch.save``.
    """
    state = {name: tensor.half().contiguous() for name, tensor in net.state_dict().items()}
    torch.save(state, out)


def _falling(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def _step(
    net: Any, optimiser: torch.optim.Optimizer, scenes: list[Scene], rng: np.random.Generator
) -> tuple[float, float]:
    images = torch.stack([torch.from_numpy(scene.image_yxc).permute(2, 0, 1) for scene in scenes])
    embeddings = net.image_encoder(net.preprocess(images.float()))
    losses, overlaps = [], []
    for embedding, scene in zip(embeddings, scenes, strict=True):
        asks = random_asks(scene, _OBJECTS, rng)
        sparse, dense = net.prompt_encoder(asks.points(), asks.boxes(), asks.masks())
        logits, promised = net.mask_decoder.predict_masks(
            embedding[None], net.prompt_encoder.get_dense_pe(), sparse, dense
        )
        loss, overlap = _loss(logits, promised, torch.from_numpy(asks.truth_nyx))
        losses.append(loss)
        overlaps.append(overlap)
    total = torch.stack(losses).mean()
    optimiser.zero_grad()
    total.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()
    return float(total.detach()), float(torch.stack(overlaps).mean())


def _loss(logits: Tensor, promised: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of one image's masks, and the mean overlap of the best of each."""
    share = functional.interpolate(truth.float()[:, None], logits.shape[-2:], mode="area")
    wanted = share.expand(-1, logits.shape[1], -1, -1)
    pixel = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    surely = torch.exp(-pixel)  # probability given to the truth
    focal = (pixel * (1 - surely) ** 2).mean((2, 3)) * 20
    sure = torch.sigmoid(logits)
    both = (sure * wanted).sum((2, 3))
    dice = 1 - (2 * both + 1) / (sure.sum((2, 3)) + wanted.sum((2, 3)) + 1)
    each = focal + dice
    single, multi = each[:, 0], each[:, 1:]
    with torch.no_grad():
        hard = logits > 0
        shared = (hard & (wanted > 0.5)).sum((2, 3)).float()
        union = (hard | (wanted > 0.5)).sum((2, 3)).float()
        overlap = shared / union.clamp(min=1)
    mask_loss = single + multi.min(1).values + _MULTI_SHARE * multi.mean(1)
    loss = mask_loss.mean() + functional.mse_loss(promised, overlap)
    there = wanted[:, 0].sum((1, 2)) > 0
    best = overlap.max(1).values[there]
    return loss, best.mean() if len(best) else overlap.new_tensor(1.0)
