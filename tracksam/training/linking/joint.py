"""Joint: odds under which whole solutions are right, not only each way by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.settings import LinkSettings
from tracksam.steps.link import TIME_LIMIT_S
from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.gather import Gathered
from tracksam.steps.linking.odds import CERTAIN, LOSS
from tracksam.steps.linking.problem import Problem, Solution
from tracksam.steps.linking.solve import solve
from tracksam.training.linking.cases import (
    CANDIDATE,
    DIVISION,
    END,
    LINK,
    PART_NAMES,
    START,
    Cases,
    cases_of_movie,
)
from tracksam.training.linking.terms import PARTS, additive, bounds, parameters
from tracksam.training.linking.truth import KnownMovie

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
# How far one mistake moves each number, at first; it falls with the rounds.
STEP = 0.03
ROUNDS = 12
HALF_AT = 4
# Right ways are made dearer by this much while it is learned, so that they win clearly.
MARGIN = 1.0
# How strongly numbers are drawn back to where they began, a round.
PULL = 0.01
# No movie counts for more mistakes of one sort than this.
MOST = 10.0
# Ways in and out that a link, and a division, stand for.
LINK_WAYS, DIVISION_WAYS = 2, 3


@attrs.frozen(eq=False)
class Whole:
    """A movie as one problem, and its right solution.

    Parameters
    ----------
    cases : Cases
        Of which only the designs are looked at.
    link, division : array of int, shapes (E, 2) and (D, 3)
        By number of candidate, in the order of the designs' rows.
    begins, ends : array of bool, shape (N,)
        Candidates whose way in, or out, is asked for: not those of the first, or last, frame.
    certain : array of bool, shape (N,)
        Candidates that were given.
    rivals : array of int, shape (A, 2)
    right : Solution
    """

    cases: Cases
    link: Ints
    division: Ints
    begins: Flags
    ends: Flags
    certain: Flags
    rivals: Ints
    right: Solution

    @classmethod
    def of(cls, movie: KnownMovie, settings: LinkSettings) -> Whole:
        """Return a movie as one problem.

        Parameters
        ----------
        movie : KnownMovie
            One in which mothers do not live on.
        settings : LinkSettings
        """
        found, frames, right = cases_of_movie(movie, settings)
        last = len(frames) - 1
        begins = np.concatenate([np.full(len(f.nodes), t > 0) for t, f in enumerate(frames)])
        ends = np.concatenate([np.full(len(f.nodes), t < last) for t, f in enumerate(frames)])
        certain = np.concatenate([np.isinf(f.nodes.score_odds) for f in frames])
        link, division = _links(frames, settings), _divisions(frames)
        return cls(
            found,
            link,
            division,
            begins,
            ends,
            certain,
            np.concatenate([f.nodes.alternatives + f.first for f in frames]),
            Solution(
                right.before[link[:, 1]] == link[:, 0],
                (right.mother[division[:, 1:]] == division[:, :1]).all(axis=1),
                right.is_cell | certain,
            ),
        )

    def problem(self, values: Sequence[Floats]) -> Problem:
        """Return the problem under some parameters of each part; right ways cost `MARGIN` more."""
        odds = [
            design @ part.astype(np.float32)
            for design, part in zip(self.cases.designs, values, strict=True)
        ]
        n = len(self.begins)
        return Problem(
            -2 * np.where(self.certain, CERTAIN, odds[CANDIDATE] + LOSS),
            np.where(self.begins, -odds[START], 0.0),
            np.where(self.ends, -odds[END], 0.0),
            np.zeros(n, bool),
            np.zeros(n, np.int64),
            self.rivals,
            self.link,
            -LINK_WAYS * odds[LINK] + MARGIN * self.right.links,
            self.division,
            -DIVISION_WAYS * odds[DIVISION] + MARGIN * self.right.divisions,
        )

    def sums(self, solution: Solution) -> list[Floats]:
        """Return what each parameter adds to the log-odds of a solution, part by part."""
        begun, ended = self.begins & solution.chosen, self.ends & solution.chosen
        begun[self.link[solution.links, 1]] = ended[self.link[solution.links, 0]] = False
        begun[self.division[solution.divisions, 1:]] = False
        ended[self.division[solution.divisions, 0]] = False
        counts: dict[int, NDArray[Any]] = {
            LINK: LINK_WAYS * solution.links,
            DIVISION: DIVISION_WAYS * solution.divisions,
            START: begun,
            END: ended,
            CANDIDATE: 2 * (solution.chosen & ~self.certain),
        }
        return [
            counts[part].astype(np.float64) @ design
            if part in counts
            else np.zeros(design.shape[1])
            for part, design in enumerate(self.cases.designs)
        ]


def _links(frames: Sequence[Gathered], settings: LinkSettings) -> Ints:
    first = {f.nodes.frame: f.first for f in frames}
    found = [np.zeros((0, 2), np.int64)]
    for frame in frames:
        for number, edges in frame.edges.items():
            near = edges.where(edges.distance <= settings.max_distance)
            found.append(np.stack([near.source + first[number], near.target + frame.first], axis=1))
    return np.concatenate(found)


def _divisions(frames: Sequence[Gathered]) -> Ints:
    found = [np.zeros((0, 3), np.int64)]
    for before, frame in pairwise(frames):
        numbers = np.array([before.first, frame.first, frame.first])
        found.append(frame.divisions.family + numbers)
    return np.concatenate(found)


def learned(
    parts: Mapping[str, Additive], movies: Sequence[Whole], say: Callable[[str], None]
) -> dict[str, Additive]:
    """Return odds whose best solutions of whole movies are the right ones, as far as may be.

    Parameters
    ----------
    parts : mapping of str to Additive
        To begin with.
    movies : sequence of Whole
    say : callable
        Called with a line a round.

    Returns
    -------
    dict of str to Additive

    Notes
    -----
    Structured learning of tracking (Lou and Hamprecht, NIPS 2011), by the averaged perceptron
    with a margin (Collins, EMNLP 2002): every movie is solved, and each number moves by what it
    adds to the right solution less what it adds to the one that was found. Numbers stay within
    the bounds of their curves.
    """
    start = [parameters(PARTS[name], parts[name]) for name in PART_NAMES]
    limits = [_limits(name) for name in PART_NAMES]
    values = [part.copy() for part in start]
    mean, n_mean = [np.zeros_like(part) for part in start], 0
    order = np.random.default_rng(0)
    for number in range(ROUNDS):
        step, wrong = STEP / (1 + number / HALF_AT), 0
        for index in order.permutation(len(movies)):
            wrong += _moved(values, movies[index], step, limits)
            if number >= ROUNDS // 2:
                mean, n_mean = [a + b for a, b in zip(mean, values, strict=True)], n_mean + 1
        values = [part + PULL * (begun - part) for part, begun in zip(values, start, strict=True)]
        say(f"round {number + 1}: {wrong} wrong ways")
    return {
        name: additive(PARTS[name], part / n_mean)
        for name, part in zip(PART_NAMES, mean, strict=True)
    }


def _limits(name: str) -> Floats:
    """Return the least and the greatest value of each number of a part."""
    told = [
        (-np.inf if a is None else a, np.inf if b is None else b) for a, b in bounds(PARTS[name])
    ]
    return np.array(told)


def _moved(values: list[Floats], movie: Whole, step: float, limits: Sequence[Floats]) -> int:
    """Move the numbers by one movie, in place; return how many ways were wrong."""
    found = solve(movie.problem(values), TIME_LIMIT_S).solution
    right = movie.right
    n_wrong = int((found.links != right.links).sum() + (found.divisions != right.divisions).sum())
    pushes = zip(movie.sums(right), movie.sums(found), limits, strict=True)
    for part, (good, told, limit) in enumerate(pushes):
        moved = values[part] + step * np.clip(good - told, -MOST, MOST)
        values[part] = np.clip(moved, limit[:, 0], limit[:, 1])
    return n_wrong
