"""Choose: how much rarer than in training movies cells begin and end for users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np

from tracksam.steps.linking.additive import Additive, Curve
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Trust
from tracksam.steps.linking.window import Decided
from tracksam.training.linking.prepared import Prepared
from tracksam.training.linking.right import Right

# Log-odds of starts and ends that are tried. Beyond these the worth is flat, and a cell that is
# drawn as two for a frame would be told as one that divides.
BREAKS = (-1.5, -3.0, -4.5)
Say = Callable[[str], None]


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

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both.

        Parameters
        ----------
        other : Counts
            Of other movies.
        """
        return Counts(_added(self.links, other.links), _added(self.divisions, other.divisions))

    @property
    def link_f1(self) -> float:
        """Harmonic mean of precision and recall of links."""
        return _f1(self.links)

    @property
    def division_f1(self) -> float:
        """The same of divisions, of which mother and both daughters are right."""
        return _f1(self.divisions)


def _added(a: tuple[int, int, int], b: tuple[int, int, int]) -> tuple[int, int, int]:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _f1(counts: tuple[int, int, int]) -> float:
    n_right, n_told, n_true = counts
    return 2 * n_right / max(n_told + n_true, 1)


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


def worth(movies: Sequence[Prepared], odds: LinkOdds) -> float:
    """Return how well odds link movies: each kind of movie counts the same.

    Parameters
    ----------
    movies : sequence of Prepared
    odds : LinkOdds

    Returns
    -------
    float
        Mean over the kinds of the F1 of links and that of divisions together, 0 to 2.
    """
    found: dict[str, Counts] = {}
    for movie in movies:
        counts = counted(movie.decided(odds), movie.right)
        found[movie.kind] = found.get(movie.kind, Counts()) + counts
    return float(np.mean([one.link_f1 + one.division_f1 for one in found.values()]))


def chosen(
    parts: Mapping[str, Additive], movies: Sequence[Prepared], say: Say
) -> dict[str, Additive]:
    """Return the parts of the odds, shifted to how often things happen in movies.

    Parameters
    ----------
    parts : mapping of str to Additive
        As fitted.
    movies : sequence of Prepared
        None that the odds were learned from.
    say : callable
        Called with what each shift that was tried is worth.

    Returns
    -------
    dict of str to Additive
        With the shift of starts and ends that links the movies best.
    """
    tried = [shifted(parts, by) for by in BREAKS]
    values = [worth(movies, uncalibrated(one)) for one in tried]
    table = [f"{by:+g}: {value:.4f}" for by, value in zip(BREAKS, values, strict=True)]
    say(f"starts and ends {', '.join(table)}")
    return tried[int(np.argmax(values))]


def uncalibrated(parts: Mapping[str, Additive]) -> LinkOdds:
    """Return odds without confidences.

    Parameters
    ----------
    parts : mapping of str to Additive
        As fitted.
    """
    return LinkOdds(**parts, trust=Trust({}))


def shifted(parts: Mapping[str, Additive], breaks: float) -> dict[str, Additive]:
    """Return parts with the log-odds of starts and ends shifted.

    Parameters
    ----------
    parts : mapping of str to Additive
    breaks : float
        Added to starts and to ends of what does not lie inside a candidate of the neighbouring
        frame; pieces of one that was split begin and end as often as they did in training.
    """
    moved = dict(parts)
    for name in ("start", "end"):
        curves = dict(parts[name].curves)
        if "inside" in curves:
            curves["inside"] = _tilted(curves["inside"], -breaks)
        moved[name] = Additive(round(parts[name].constant + breaks, 4), curves)
    return moved


def _tilted(curve: Curve, by: float) -> Curve:
    """Return a curve with so much more at 1, in proportion to the evidence."""
    return Curve(curve.at, np.round(curve.value + by * curve.at, 4), curve.unknown)
