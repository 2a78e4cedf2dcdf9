"""Fit: the parameters under which the right ways are likeliest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.additive import Additive
from tracksam.training.linking.cases import CANDIDATE, NONE, PART_NAMES, Cases
from tracksam.training.linking.terms import PARTS, additive, bounds, n_parameters

Floats = NDArray[np.float64]
CANDIDATE_PART = PART_NAMES[CANDIDATE]
# Weight of the squares of the parameters, in questions: curves stay level where little is known.
RIDGE = 0.5
MOST_ROUNDS = 600


def fitted(cases: Cases) -> dict[str, Additive]:
    """Return the parts of the odds under which the right answers are likeliest.

    Parameters
    ----------
    cases : Cases
        Each question is a conditional logit (McFadden, 1974): the probability of an answer is the
        exponential of its log-odds over the sum of all answers' exponentials.

    Returns
    -------
    dict of str to Additive
        By part. The greatest of the likelihood, less a ridge, under the bounds of the curves: it is
        concave, so there is only one.
    """
    from scipy.optimize import minimize

    sizes = [n_parameters(PARTS[name]) for name in PART_NAMES]
    limits = [limit for name in PART_NAMES for limit in bounds(PARTS[name])]
    result = minimize(
        _loss,
        np.zeros(sum(sizes)),
        args=(cases, np.cumsum(sizes)[:-1]),
        jac=True,
        bounds=limits,
        method="L-BFGS-B",
        options={"maxiter": MOST_ROUNDS, "maxfun": 2 * MOST_ROUNDS},
    )
    parts = np.split(result.x, np.cumsum(sizes)[:-1])
    found = {
        name: additive(PARTS[name], part) for name, part in zip(PART_NAMES, parts, strict=True)
    }
    return balanced(found)


def balanced(parts: Mapping[str, Additive]) -> dict[str, Additive]:
    """Return the same odds with nothing for a candidate that is a cell as likely as not.

    Every way goes with a candidate, so that only the sum of their constants can be learned. It
    matters which has how much where there is a candidate without a way: before the first frame,
    and after the last one. There its score alone decides.

    Parameters
    ----------
    parts : mapping of str to Additive
        As fitted.
    """
    even = {name: np.zeros(1) for name in PARTS[CANDIDATE_PART]}
    excess = float(parts[CANDIDATE_PART](even, 1)[0])
    return {
        name: attrs.evolve(
            part,
            constant=round(part.constant + (-excess if name == CANDIDATE_PART else excess), 4),
        )
        for name, part in parts.items()
    }


def _loss(values: Floats, cases: Cases, splits: Any) -> tuple[float, Floats]:
    """Return the negative log-likelihood with the ridge, and its gradient."""
    parts = np.split(values, splits)
    odds = [one @ part.astype(np.float32) for one, part in zip(cases.designs, parts, strict=True)]
    score = np.zeros(len(cases.row))
    for number, each in enumerate(odds):
        mine = cases.part == number
        score[mine] = each[cases.row[mine]]
    has_candidate = cases.candidate >= 0
    score[has_candidate] += odds[CANDIDATE][cases.candidate[has_candidate]]
    starts = np.flatnonzero(np.diff(cases.question, prepend=-1))
    greatest = np.maximum.reduceat(score, starts)[cases.question]
    weighed = np.exp(score - greatest)
    total = np.add.reduceat(weighed, starts)[cases.question]
    chance = weighed / total
    weight = cases.weight[cases.question]
    right = cases.is_right
    loss = -float((weight * (score - greatest - np.log(total)))[right].sum())
    slope = weight * (chance - right)
    gradient = []
    for number, (one, part) in enumerate(zip(cases.designs, parts, strict=True)):
        mine = (cases.part == number) & (cases.part != NONE)
        by_row = np.bincount(cases.row[mine], slope[mine], len(one))
        if number == CANDIDATE:
            by_row = by_row + np.bincount(
                cases.candidate[has_candidate], slope[has_candidate], len(one)
            )
        push = RIDGE * part
        push[0] = 0.0
        loss += 0.5 * RIDGE * float((part[1:] ** 2).sum())
        gradient.append(one.T @ by_row.astype(np.float32) + push)
    return loss, np.concatenate(gradient).astype(np.float64)
