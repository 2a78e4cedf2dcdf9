"""Make: from movies with truth to the shipped model of linking."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs

from tracksam.settings import LinkSettings
from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.trust import Trust
from tracksam.training.linking.calibrate import fitted_trust, judged, told
from tracksam.training.linking.cases import Cases, cases_of, joined
from tracksam.training.linking.choose import chosen, uncalibrated
from tracksam.training.linking.fit import fitted
from tracksam.training.linking.jobs import finished
from tracksam.training.linking.movies import (
    OFTEN,
    USUAL,
    budding_movies,
    real_movies,
    simulated_movies,
)
from tracksam.training.linking.prepared import Prepared, prepared
from tracksam.training.linking.truth import KnownMovie

# Seeds of the movies that confidences are calibrated on begin here, and of those by which it is
# chosen how rare starts and ends are; others are for training.
CALIBRATION_SEED = 10_000
CHOICE_SEED = 20_000
MODEL_FILE = "link.json"
KindsOfCases = list[tuple[str, Cases]]


@attrs.frozen
class LinkTraining:
    """What a training of the odds of linking is made of.

    Parameters
    ----------
    movies, calibration_movies, choice_movies : int
        How many are simulated to learn from, and how many others to calibrate on, and to choose
        by how rare starts and ends are for users.
    budding_movies : int
        How many movies of budding yeast are simulated besides, to learn from.
    real : tuple of Path
        Folders ``NN_GT/TRA`` of sequences that may be trained on; it is chosen by them, too.
    real_frames : int
        Of each of those, only so many first frames are used; the rest is for measuring.
    workers : int
        Processes that make movies and gather the evidence in them. The result is the same for
        any number.
    """

    movies: int = 60
    calibration_movies: int = 24
    choice_movies: int = 15
    budding_movies: int = 8
    real: Sequence[Path] = ()
    real_frames: int = 43
    workers: int = 1


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
    found = joined(list(_cases(training, say)))
    say(f"{len(found.weight)} questions")
    parts = fitted(found)
    say("learned")
    odds = chosen(parts, _to_choose_by(training, say), say)
    numbers = range(CALIBRATION_SEED, CALIBRATION_SEED + training.calibration_movies)
    ways = judged(_prepared(numbers, training.workers, say), uncalibrated(odds))
    trust = fitted_trust(ways)
    for name, (n, n_wrong, error, share) in told(ways, trust).items():
        say(
            f"{name}: {n}, {n_wrong} wrong, calibration error {error:.3f}, in the least sure 5 %: "
            f"{share:.0%} of the wrong ones"
        )
    return write_model(odds, trust, to)


def _cases(training: LinkTraining, say: Callable[[str], None]) -> Iterator[tuple[str, Cases]]:
    """Yield the cases of every movie to learn from, with its kind."""
    jobs: list[Callable[[], KindsOfCases]] = [
        *(partial(_cases_in, simulated_movies, (n,), OFTEN) for n in range(training.movies)),
        *(partial(_cases_in, budding_movies, (n,)) for n in range(training.budding_movies)),
        *(partial(_cases_in, real_movies, (f,), training.real_frames) for f in training.real),
    ]
    for found in finished(jobs, training.workers, say):
        yield from found


def _cases_in(source: Callable[..., Iterable[KnownMovie]], *given: object) -> KindsOfCases:
    return [(movie.kind, cases_of(movie)) for movie in _gathered(source, *given)]


def _gathered(source: Callable[..., Iterable[KnownMovie]], *given: object) -> list[Prepared]:
    """Return the movies of a source, which is given what it asks for, with their evidence."""
    return [prepared(movie, LinkSettings()) for movie in source(*given)]


def _to_choose_by(training: LinkTraining, say: Callable[[str], None]) -> list[Prepared]:
    """Return movies in which things are as rare as in users': simulated ones and the real ones."""
    numbers = range(CHOICE_SEED, CHOICE_SEED + training.choice_movies)
    real = _gathered(real_movies, training.real, training.real_frames)
    return [*_prepared(numbers, training.workers, say), *real]


def _prepared(
    numbers: Sequence[int], workers: int, say: Callable[[str], None]
) -> Iterator[Prepared]:
    """Yield simulated movies in which things are as rare as in users'."""
    jobs = [partial(_gathered, simulated_movies, (number,), USUAL) for number in numbers]
    for found in finished(jobs, workers, say):
        yield from found


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
