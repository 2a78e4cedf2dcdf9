"""The whole making of `refine.onnx`, from nothing to its file and its line in the card."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np

from tracksam.backends.nano.backend import Nano
from tracksam.backends.nano.model import load_model
from tracksam.training.export import write_card
from tracksam.training.refine.fit import Fitting, fit
from tracksam.training.refine.network import RefineNet, export
from tracksam.training.refine.play import Played, play
from tracksam.training.refine.shelf import kept
from tracksam.training.stills import Source, real_source, synthetic_still

_STILLS = 120
_ROUNDS = 2


@attrs.frozen
class Refining:
    """One training of the network that refines masks.

    Parameters
    ----------
    weights : Path
        Folder of `nano.onnx` and `nano.json`; `refine.onnx` is written beside them.
    out : Path
        Folder for the masks that were clicked on and for checkpoints, in a folder of its own for
        each `nano.onnx`.
    real : tuple of Path
        Folders of real stills; without any, synthetic ones alone.
    minutes : float
        Wall time of the steps.
    seed : int
        Of stills, clicks, weights and batches.
    stills : int
        How many stills of each source are clicked on in each of the two rounds.
    """

    weights: Path
    out: Path
    real: tuple[Path, ...] = ()
    minutes: float = 30.0
    seed: int = 1
    stills: int = _STILLS


def make_refiner(refining: Refining, say: Callable[[str], None]) -> None:
    """Train on played clicks, and write `refine.onnx` and its hash.

    In the second round the clicks are aimed at the errors that the first one's network leaves. What
    is finished when it is interrupted, masks and steps, is not done again.

    Parameters
    ----------
    refining : Refining
        What and how long.
    say : callable
        Told how far it is.
    """
    weights = refining.weights
    work = refining.out / load_model(weights).card.sha256[:12]
    work.mkdir(parents=True, exist_ok=True)
    _write(None, weights)
    net: RefineNet | None = None
    examples: list[Played] = []
    for number in range(_ROUNDS):
        examples += _examples(refining, work, number, say)
        fitting = Fitting(
            minutes=refining.minutes / _ROUNDS,
            seed=refining.seed + number,
            checkpoint=work / f"round-{number}.pt",
        )
        net = fit(examples, fitting, say, net)
        _write(net, weights)
    say(f"{weights / 'refine.onnx'}: SHA-256 {Nano(folder=weights).model.card.refine_sha256}")


def _examples(
    refining: Refining, work: Path, number: int, say: Callable[[str], None]
) -> list[Played]:
    """Return the masks of a round; from the second on, errors are those of the round before."""
    nano = Nano(folder=refining.weights)
    sources: list[Source] = [synthetic_still, *(real_source(path) for path in refining.real)]
    examples: list[Played] = []
    for place, source in enumerate(sources):
        rng = np.random.default_rng([refining.seed, number, place])
        playing = functools.partial(play, nano, source, refining.stills, rng)
        examples += kept(work / f"round-{number}-source-{place}", playing)
        say(f"round {number + 1}: {len(examples)} masks of {(place + 1) * refining.stills} stills")
    return examples


def _write(net: RefineNet | None, weights: Path) -> None:
    """Write the network and its hash into the card; without one, take the hash away."""
    card = attrs.evolve(load_model(weights).card, refine_sha256="")
    if net is not None:
        path = weights / "refine.onnx"
        export(net, path)
        card = attrs.evolve(card, refine_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    write_card(card, weights)
