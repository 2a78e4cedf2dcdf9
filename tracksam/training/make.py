"""The whole making of the shipped model, from nothing to its files."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import attrs
import numpy as np

from tracksam.backends.nano.backend import Nano
from tracksam.errors import ReadError
from tracksam.training.calibrate import fit_weights, judged
from tracksam.training.crops import Cache, write_shards
from tracksam.training.curves import draw_curves, draw_examples
from tracksam.training.export import export, write_card
from tracksam.training.figures import average_precision, seg
from tracksam.training.loop import CHECKPOINT, Recipe, State, train
from tracksam.training.stills import (
    Source,
    Still,
    read_still,
    real_source,
    real_stills,
    source_name,
    synthetic_still,
)

Say = Callable[[str], None]

SYNTHETIC = "synthetic"
DIC = "dic"
_SYNTHETIC_SHARE = 0.6
_DIC_PART = 0.09  # of the synthetic ones: the style that no real still teaches
_SHARDS_OF_IMAGE = 2  # at most: 64 crops show all that a real image has to show
_MANY = 1 / 3  # power of a source's number of images that gives its share of the crops
_CALIBRATION_STILLS = 60
_CALIBRATION_SEED = 20_000


@attrs.frozen
class Making:
    """One training.

    Parameters
    ----------
    out : Path
        Folder of cache, checkpoint and pictures.
    real : tuple of Path
        Folders of real stills; without any, synthetic ones alone.
    minutes : float
        Wall time of the steps.
    seed : int
        Of everything.
    shards : int
        Shards of 64 crops a source; twice as many synthetic ones, two an image of few.
    device : str
        "cpu" or "cuda".
    """

    out: Path
    real: tuple[Path, ...] = ()
    minutes: float = 90.0
    seed: int = 1
    shards: int = 50
    device: str = "cpu"

    def recipe(self) -> Recipe:
        """Return how to train: the share of each source, threads, batch.

        Raises
        ------
        ReadError
            A folder of real stills has no images.
        """
        synthetic = _SYNTHETIC_SHARE if self.real else 1.0
        shares = {SYNTHETIC: synthetic * (1 - _DIC_PART), DIC: synthetic * _DIC_PART}
        many = {
            source_name(path): len(real_stills(path, validation=False)) ** _MANY
            for path in self.real
        }
        shares |= {name: (1 - synthetic) * n / sum(many.values()) for name, n in many.items()}
        return Recipe(
            minutes=self.minutes,
            seed=self.seed,
            shares=shares,
            threads=_cores(),
            device=self.device,
        )


def make_cache(making: Making, say: Say) -> None:
    """Write the shards that are not there yet, in as many processes as there are cores.

    Parameters
    ----------
    making : Making
        Where, what and how many.
    say : callable
        Told how far it is.
    """
    real = [(real_source(path), source_name(path)) for path in making.real]
    plan: list[tuple[Source, str, int]] = [
        (synthetic_still, SYNTHETIC, 2 * making.shards),
        (functools.partial(synthetic_still, style="dic"), DIC, max(1, making.shards // 4)),
        *(
            (source, name, min(making.shards, _SHARDS_OF_IMAGE * len(source.paths)))
            for source, name in real
        ),
    ]
    cache = making.out / "cache"
    with ProcessPoolExecutor(_cores()) as pool:
        jobs = [
            pool.submit(
                write_shards, source, cache, prefix=prefix, count=1, seed=making.seed, first=number
            )
            for source, prefix, count in plan
            for number in range(count)
        ]
        for done, job in enumerate(jobs, start=1):
            job.result()
            if done % 10 == 0 or done == len(jobs):
                say(f"crops: {done} of {len(jobs)} shards")


def train_run(making: Making, say: Say) -> State:
    """Train, and draw the curves.

    Parameters
    ----------
    making : Making
        Its cache must be there.
    say : callable
        Told step, seconds and loss.

    Returns
    -------
    State
        At the end.
    """
    state = train(
        making.out / "cache", making.out, making.recipe(), functools.partial(_say_row, say)
    )
    if state.history:
        draw_curves(state.history, making.out / "curves.png")
    return state


def export_run(out: Path, folder: Path, real: tuple[Path, ...], say: Say) -> None:
    """Write the weights of a training with calibrated scores, and pictures of examples.

    Parameters
    ----------
    out : Path
        Folder of the training.
    folder : Path
        For `nano.onnx` and `nano.json`.
    real : tuple of Path
        Folders whose validation half the scores are calibrated on, beside fresh synthetic stills.
    say : callable
        Told what was written.

    Raises
    ------
    ReadError
        There is no checkpoint, or no cache (the 8-bit weights need crops).
    """
    if not (out / CHECKPOINT).exists():
        raise ReadError(f"no {CHECKPOINT} in {out}: train first.")
    state = State.load(out / CHECKPOINT, Recipe())
    recipe = Making(out, real).recipe()
    card = export(state.average, folder, Cache.open(out / "cache", recipe.shares))
    stills = list(validation_stills(real, _CALIBRATION_STILLS))
    nano = Nano(folder=folder)
    write_card(attrs.evolve(card, score_weights=fit_weights(judged(nano, stills))), folder)
    draw_examples(Nano(folder=folder), stills[:: max(1, len(stills) // 8)], out / "examples.png")
    if state.history:
        draw_curves(state.history, out / "curves.png")
    say(f"{folder / 'nano.onnx'}: SHA-256 {card.sha256}, after {state.step} steps")


def validation_stills(real: tuple[Path, ...], count: int) -> Iterator[Still]:
    """Yield stills that were not trained on.

    Parameters
    ----------
    real : tuple of Path
        Of the validation half of each, at most `count` come.
    count : int
        So many synthetic ones follow.
    """
    for folder in real:
        paths = real_stills(folder, validation=True)
        yield from map(read_still, paths[:: max(1, len(paths) // count)][:count])
    for number in range(count):
        yield synthetic_still(np.random.default_rng([_CALIBRATION_SEED, number]))


def evaluate_folder(folder: Path, weights: Path | None) -> str:
    """Return one line: SEG over all cells, and mean average precision over images.

    Parameters
    ----------
    folder : Path
        Its validation half is measured.
    weights : Path or None
        Folder of other weights than the shipped ones.
    """
    nano = Nano(folder=weights)
    cells: list[float] = []
    precision: list[float] = []
    for path in real_stills(folder, validation=True):
        still = read_still(path)
        found_yx = nano.detect(nano.prepare(still.image_yx[:, :, None])).to_labels()
        cells.extend(seg(still.labels_yx, found_yx))
        precision.append(average_precision(still.labels_yx, found_yx))
    return (
        f"{source_name(folder)}: {len(precision)} images, {len(cells)} cells, "
        f"SEG {np.mean(cells):.3f}, AP50 {np.nanmean(precision):.3f}"
    )


def _say_row(say: Say, row: dict[str, float]) -> None:
    say(", ".join(f"{name} {value:.4g}" for name, value in row.items()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
