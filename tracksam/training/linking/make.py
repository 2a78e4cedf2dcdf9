"""Make: from movies with truth to the shipped model of linking."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import attrs

from tracksam.settings import LinkSettings
from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.trust import Trust
from tracksam.training.linking.calibrate import fitted_trust, judged, told
from tracksam.training.linking.cases import cases
from tracksam.training.linking.choose import chosen, uncalibrated
from tracksam.training.linking.fit import fitted
from tracksam.training.linking.movies import (
    OFTEN,
    USUAL,
    budding_movies,
    real_movies,
    simulated_movies,
)

# Seeds of the movies that confidences are calibrated on begin here, and of those by which it is
# chosen how rare starts, ends and divisions are; others are for training.
CALIBRATION_SEED = 10_000
CHOICE_SEED = 20_000
MODEL_FILE = "link.json"


@attrs.frozen
class LinkTraining:
    """What a training of the odds of linking is made of.

    Parameters
    ----------
    movies, calibration_movies, choice_movies : int
        How many are simulated to learn from, and how many others to calibrate on, and to choose
        by how rare starts, ends and divisions are for users.
    budding_movies : int
        How many movies of budding yeast are simulated besides, to learn from.
    real : tuple of Path
        Folders ``NN_GT/TRA`` of sequences that may be trained on.
    real_frames : int
        Of each of those, only so many first frames are used; the rest is for measuring.
    """

    movies: int = 30
    calibration_movies: int = 14
    choice_movies: int = 18
    budding_movies: int = 8
    real: Sequence[Path] = ()
    real_frames: int = 43


def train_links(training: LinkTraining, to: Path, say: Callable[[str], None]) -> Path:
    """Learn the model of linking and write it.

    Parameters
    ----------
    training : LinkTraining
    to : Path
        Folder for ``link.json``.
    say : callable
        Called with lines of progress.

    Returns
    -------
    Path
        The file: plain numbers.
    """
    settings = LinkSettings()
    movies = chain(
        simulated_movies(range(training.movies), OFTEN),
        budding_movies(range(training.budding_movies)),
        real_movies(training.real, training.real_frames),
    )
    found = cases(movies, settings)
    say(f"{len(found.weight)} questions")
    others = range(CHOICE_SEED, CHOICE_SEED + training.choice_movies)
    odds = chosen(fitted(found), list(simulated_movies(others, USUAL)), say)
    others = range(CALIBRATION_SEED, CALIBRATION_SEED + training.calibration_movies)
    ways = judged(simulated_movies(others, USUAL), uncalibrated(odds), settings)
    trust = fitted_trust(ways)
    for name, (n, n_wrong, error, share) in told(ways, trust).items():
        say(
            f"{name}: {n}, {n_wrong} wrong, calibration error {error:.3f}, in the least sure 5 %: "
            f"{share:.0%} of the wrong ones"
        )
    return write_model(odds, trust, to)


def write_model(odds: Mapping[str, Additive], trust: Trust, to: Path) -> Path:
    """Write a model as JSON.

    Parameters
    ----------
    odds : mapping of str to Additive
        By part.
    trust : Trust
    to : Path
        Folder, made where there is none.

    Returns
    -------
    Path
        The file.
    """
    values = {
        "odds": {name: part.to_mapping() for name, part in odds.items()},
        "trust": {kind.name.lower(): part.to_mapping() for kind, part in trust.parts.items()},
    }
    to.mkdir(parents=True, exist_ok=True)
    path = to / MODEL_FILE
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return path
