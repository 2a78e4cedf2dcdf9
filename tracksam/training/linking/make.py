"""Make: from movies with truth to the shipped model of linking."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from tracksam.settings import LinkSettings
from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Trust
from tracksam.training.linking.calibrate import fitted_trust, judged, told
from tracksam.training.linking.cases import cases
from tracksam.training.linking.fit import fitted
from tracksam.training.linking.movies import training_movies

# Seeds of the movies that confidences are calibrated on begin here; others are for training.
CALIBRATION_SEED = 10_000
MODEL_FILE = "link.json"
# Training movies show what is rare often, so that it is learned. Users' cells begin and end inside
# the frame less often, by these log-odds, and divide a little more often for each that does.
# Chosen on the development sequences named in the benchmarks, once for all movies.
RARER = {"start": -4.5, "end": -4.5, "division": 0.5}


@attrs.frozen
class LinkTraining:
    """What a training of the odds of linking is made of.

    Parameters
    ----------
    movies, calibration_movies : int
        How many are simulated to learn from, and how many others to calibrate on.
    real : tuple of Path
        Folders ``NN_GT/TRA`` of sequences that may be trained on.
    real_frames : int
        Of each of those, only so many first frames are used; the rest is for measuring.
    """

    movies: int = 50
    calibration_movies: int = 20
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
    movies = training_movies(range(training.movies), training.real, training.real_frames)
    found = cases(movies, settings)
    say(f"{len(found.weight)} questions")
    parts = fitted(found)
    odds = {name: _shifted(part, RARER.get(name, 0.0)) for name, part in parts.items()}
    uncalibrated = LinkOdds(**odds, trust=Trust({}))
    others = range(CALIBRATION_SEED, CALIBRATION_SEED + training.calibration_movies)
    ways = judged(training_movies(others, (), 0), uncalibrated, settings)
    trust = fitted_trust(ways)
    for name, (n, n_wrong, error, share) in told(ways, trust).items():
        say(
            f"{name}: {n}, {n_wrong} wrong, calibration error {error:.3f}, in the least sure 5 %: "
            f"{share:.0%} of the wrong ones"
        )
    return write_model(odds, trust, to)


def _shifted(part: Additive, by: float) -> Additive:
    return Additive(round(part.constant + by, 4), part.curves)


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
