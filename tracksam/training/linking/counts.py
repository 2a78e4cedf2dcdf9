"""Counts: what linking decides in movies with truth, and how much of it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from tracksam.settings import LinkSettings
from tracksam.steps.link import TIME_LIMIT_S, in_windows
from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.gather import Gathering
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Trust
from tracksam.steps.linking.window import Decided, Window
from tracksam.training.linking.cases import Right
from tracksam.training.linking.truth import KnownMovie


@attrs.frozen
class Counts:
    """What linking got right in movies: of links and of divisions.

    Parameters
    ----------
    links, divisions : tuple of int
        Right ones, those that were told, and those that there are.
    """

    links: tuple[int, int, int] = (0, 0, 0)
    divisions: tuple[int, int, int] = (0, 0, 0)

    @property
    def link_f1(self) -> float:
        """Harmonic mean of precision and recall of links."""
        return _f1(self.links)

    @property
    def division_f1(self) -> float:
        """The same of divisions, of which mother and both daughters are right."""
        return _f1(self.divisions)


def _f1(counts: tuple[int, int, int]) -> float:
    n_right, n_told, n_true = counts
    return 2 * n_right / max(n_told + n_true, 1)


def decided(movie: KnownMovie, odds: LinkOdds, settings: LinkSettings) -> list[Decided]:
    """Return what linking decides in every frame of a movie, as `tracksam.steps.link` would.

    Parameters
    ----------
    movie : KnownMovie
    odds : LinkOdds
        Their trust is not looked at.
    settings : LinkSettings
    """
    return list(in_windows(movie.frames, Window(settings, odds, TIME_LIMIT_S)))


def right_ways(movie: KnownMovie, settings: LinkSettings) -> Right:
    """Return the right way in and out of each candidate of a movie.

    Parameters
    ----------
    movie : KnownMovie
    settings : LinkSettings
        The longest gap.
    """
    gathering = Gathering(attrs.evolve(settings, divisions=False))
    for candidates in movie.frames:
        gathering.add(candidates)
    return Right.of(movie, gathering.frames, settings.max_gap)


def counted(frames: Sequence[Decided], right: Right) -> Counts:
    """Return how many links and divisions are right.

    Parameters
    ----------
    frames : sequence of Decided
        Of a whole movie.
    right : Right
        Of the same movie.

    Returns
    -------
    Counts
    """
    node = np.concatenate([frame.number for frame in frames])
    source = np.concatenate([frame.source for frame in frames])
    is_daughter = np.concatenate([frame.is_daughter for frame in frames])
    linked = (source >= 0) & ~is_daughter
    n_links = int((right.before[node[linked]] == source[linked]).sum())
    born = right.mother[node[is_daughter]] == source[is_daughter]
    by_mother = np.bincount(source[is_daughter][born], minlength=1)
    return Counts(
        (n_links, int(linked.sum()), int((right.before >= 0).sum())),
        (int((by_mother == 2).sum()), int(is_daughter.sum()) // 2, int(right.divides.sum())),
    )


def uncalibrated(parts: Mapping[str, Additive]) -> LinkOdds:
    """Return odds without confidences.

    Parameters
    ----------
    parts : mapping of str to Additive
        As fitted.
    """
    return LinkOdds(**parts, trust=Trust({}))
