"""Calibrate: how often ways that linking chose are right, by what it knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.additive import Additive
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Kind, Reasons, Trust
from tracksam.steps.linking.window import Decided
from tracksam.training.linking.prepared import Prepared
from tracksam.training.linking.right import Right
from tracksam.training.linking.terms import (
    RISING,
    Part,
    Term,
    additive,
    bounds,
    design,
    n_parameters,
)

Floats = NDArray[np.float64]
# Weight of the squares of the parameters, in ways.
RIDGE = 0.3
TRUST: Part = {
    "margin": Term((0.0, 1.0, 2.0, 4.0, 6.0, 9.0, 13.0, 20.0, 40.0), RISING),
    "odds": Term((-12.0, -8.0, -3.0, 0.0, 3.0, 6.0, 9.0, 13.0), RISING),
    "score": Term((-8.0, -3.0, 0.0, 3.0, 6.0, 9.0, 13.0, 40.0), RISING),
    "calm": Term((-4.0, -1.0, 1.0, 3.0, 5.0, 7.0, 9.0), RISING),
}


@attrs.frozen(eq=False)
class Judged:
    """Ways that were chosen, and whether they are right.

    Parameters
    ----------
    reasons : Reasons
        Of M ways.
    is_right : ndarray of bool, shape (M,)
    """

    reasons: Reasons
    is_right: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """Return the ways of all parts, one after the other.

        Parameters
        ----------
        parts : sequence of Judged
            One at least.
        """
        reasons = (
            np.concatenate([getattr(part.reasons, field.name) for part in parts])
            for field in attrs.fields(Reasons)
        )
        return cls(Reasons(*reasons), np.concatenate([part.is_right for part in parts]))


def judged(movies: Iterable[Prepared], odds: LinkOdds) -> Judged:
    """Return every way that linking chooses in movies, and whether it is right.

    Parameters
    ----------
    movies : iterable of Prepared
        None that the odds were learned from.
    odds : LinkOdds
        Their trust is not looked at.

    Returns
    -------
    Judged
        Ways of candidates that are no cells are left out, unless the other end of a link is one.
    """
    return Judged.joined([_of_movie(movie, odds) for movie in movies])


def _of_movie(movie: Prepared, odds: LinkOdds) -> Judged:
    frames, right = movie.decided(odds), movie.right
    ways_in = [_ways_in(frame, right) for frame in frames[1:]]
    return Judged.joined(ways_in + [_ends(frame, right) for frame in frames[:-1]])


def _ways_in(frame: Decided, right: Right) -> Judged:
    node, source = frame.number, frame.source
    wanted = np.where(frame.is_daughter, right.mother[node], right.before[node])
    starts = source < 0
    is_right = np.where(
        starts, (right.before[node] < 0) & (right.mother[node] < 0), wanted == source
    )
    counts = right.is_cell[node] | (~starts & right.is_cell[source])
    counts &= np.isfinite(frame.way_in.margin)
    return Judged(frame.way_in.where(counts), is_right[counts])


def _ends(frame: Decided, right: Right) -> Judged:
    ends = np.isfinite(frame.end.margin) & right.is_cell[frame.number]
    node = frame.number[ends]
    return Judged(frame.end.where(ends), (right.after[node] < 0) & ~right.divides[node])


def fitted_trust(cases: Judged) -> Trust:
    """Return the calibrated model: a logistic regression a kind, with rising curves.

    Parameters
    ----------
    cases : Judged
    """
    return Trust({kind: _fitted(cases, kind) for kind in Kind})


def _fitted(cases: Judged, kind: Kind) -> Additive:
    from scipy.optimize import minimize

    mine = cases.reasons.kind == kind
    reasons = cases.reasons.where(mine)
    table = design(TRUST, reasons.columns, int(mine.sum())).astype(np.float64)
    result = minimize(
        _loss,
        np.zeros(n_parameters(TRUST)),
        args=(table, cases.is_right[mine]),
        jac=True,
        bounds=bounds(TRUST),
        method="L-BFGS-B",
    )
    return additive(TRUST, result.x)


def _loss(values: Floats, table: Floats, right: NDArray[np.bool_]) -> tuple[float, Floats]:
    odds = table @ values
    chance = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    push = RIDGE * values
    push[0] = 0.0
    loss = float(np.logaddexp(0, np.where(right, -odds, odds)).sum())
    loss += 0.5 * RIDGE * float((values[1:] ** 2).sum())
    return loss, table.T @ (chance - right) + push


def calibration_error(probability: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error.

    Parameters
    ----------
    probability : ndarray, shape (M,)
    right : ndarray of bool, shape (M,)
    bins : int
        Of equal width.

    Returns
    -------
    float
        Mean over the ways of how far the mean probability of their bin is from the share that is
        right (Guo et al., ICML 2017).
    """
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    apart = np.abs(
        np.bincount(place, probability, bins) - np.bincount(place, right.astype(float), bins)
    )
    return float(apart.sum() / max(len(right), 1))


def share_of_wrong(probability: Floats, right: NDArray[np.bool_], looked_at: float = 0.05) -> float:
    """Return what share of the wrong ways is among the least sure ones.

    Parameters
    ----------
    probability : ndarray, shape (M,)
    right : ndarray of bool, shape (M,)
    looked_at : float
        Share of all ways that is looked at.

    Returns
    -------
    float
        NaN where none is wrong.
    """
    order = np.argsort(probability, kind="stable")
    seen = order[: int(np.ceil(looked_at * len(order)))]
    n_wrong = int((~right).sum())
    return float((~right[seen]).sum() / n_wrong) if n_wrong else float("nan")


def told(cases: Judged, trust: Trust) -> Mapping[str, tuple[int, int, float, float]]:
    """Return how well the confidences of each kind of way are calibrated.

    Parameters
    ----------
    cases : Judged
    trust : Trust

    Returns
    -------
    mapping of str to tuple
        How many, how many wrong, calibration error, share of the wrong among the least sure 5 %.
    """
    chance = trust(cases.reasons)
    rows = {}
    for kind in Kind:
        mine = cases.reasons.kind == kind
        right = cases.is_right[mine]
        if mine.any():
            rows[kind.name.lower()] = (
                int(mine.sum()),
                int((~right).sum()),
                calibration_error(chance[mine], right),
                share_of_wrong(chance[mine], right),
            )
    return rows
