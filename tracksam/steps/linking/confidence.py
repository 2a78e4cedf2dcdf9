"""Confidence: how much worse the next best answer is, for each way in, and each end."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.steps.linking.nodes import Floats, Ints
from tracksam.steps.linking.problem import CostOfLink, Flags, Problem, Solution

START, DAUGHTER = -1, -2
END, DIVIDES = -1, -2


@attrs.frozen(eq=False)
class Ways:
    """The way into and out of each of N nodes.

    Parameters
    ----------
    source : array of int, shape (N,)
        The node before, for a daughter the mother; `START` where there is none.
    target : array of int, shape (N,)
        The node after; `END` where there is none, `DIVIDES` where there are two.
    is_daughter : array of bool, shape (N,)
    cost_in, cost_out : array, shape (N,)
        Of that way: start or link, end or link; 0 where it is a division.
    """

    source: Ints
    target: Ints
    is_daughter: Flags
    cost_in: Floats
    cost_out: Floats


def ways(problem: Problem, solution: Solution) -> Ways:
    """Return the ways of a solution.

    Parameters
    ----------
    problem : Problem
        What was solved.
    solution : Solution
        Its solution.

    Returns
    -------
    Ways
    """
    n = len(problem)
    source, target = np.full(n, START), np.full(n, END)
    cost_in, cost_out = problem.start_cost.copy(), problem.end_cost.copy()
    link, cost = problem.link[solution.links], problem.link_cost[solution.links]
    source[link[:, 1]], target[link[:, 0]] = link[:, 0], link[:, 1]
    cost_in[link[:, 1]] = cost_out[link[:, 0]] = cost
    division = problem.division[solution.divisions]
    daughters = division[:, 1:].ravel()
    source[daughters], target[division[:, 0]] = np.repeat(division[:, 0], 2), DIVIDES
    cost_in[daughters] = cost_out[division[:, 0]] = 0.0
    is_daughter = np.zeros(n, bool)
    is_daughter[daughters] = True
    return Ways(source, target, is_daughter, cost_in, cost_out)


@attrs.frozen(eq=False)
class Margins:
    """What the cheapest other answer costs more.

    Parameters
    ----------
    way_in : array, shape (N,)
        Among answers with another way into the node. Infinite where there is none.
    end : array, shape (N,)
        Among answers in which a track that ends in the node goes on.
    """

    way_in: Floats
    end: Floats


def margins(problem: Problem, solution: Solution) -> Margins:
    """Return how sure the ways of a solution are, before any calibration.

    Parameters
    ----------
    problem : Problem
        What was solved.
    solution : Solution
        Its solution.

    Returns
    -------
    Margins
        Against answers that differ by one exchange: another source (which gives its target to
        the old source, or to a start), another target, a division instead of a link, a link
        instead of a division, a start and an end instead of a link.
    """
    current = ways(problem, solution)
    margin, end = np.full(len(problem), np.inf), np.full(len(problem), np.inf)
    _against_breaking(problem, current, margin)
    _against_other_links(problem, solution, current, (margin, end))
    _against_divisions(problem, solution, current, (margin, end))
    _of_divisions(problem, solution, margin)
    return Margins(np.maximum(margin, 0), np.maximum(end, 0))


def _against_breaking(problem: Problem, now: Ways, margin: Floats) -> None:
    linked = np.flatnonzero((now.source >= 0) & ~now.is_daughter)
    apart = problem.start_cost[linked] + problem.end_cost[now.source[linked]]
    margin[linked] = np.minimum(margin[linked], apart - now.cost_in[linked])


def _against_other_links(
    problem: Problem, solution: Solution, now: Ways, found: tuple[Floats, Floats]
) -> None:
    """Let another link in: its source and target give up theirs, which then pair up or part."""
    usable = solution.chosen[problem.link].all(axis=1) & ~solution.links
    source, target = problem.link[usable].T
    usable_cost = problem.link_cost[usable]
    possible = (now.target[source] != DIVIDES) & ~now.is_daughter[target]
    source, target, cost = source[possible], target[possible], usable_cost[possible]
    left_source, left_target = now.source[target], now.target[source]
    freed_end = np.where(left_source >= 0, problem.end_cost[left_source], 0.0)
    freed_start = np.where(left_target >= 0, problem.start_cost[left_target], 0.0)
    paired = CostOfLink(problem)(left_source, left_target)
    rest = np.minimum(freed_end + freed_start, paired)
    extra = cost + rest - now.cost_in[target] - now.cost_out[source]
    margin, end = found
    np.minimum.at(margin, target, extra)
    np.minimum.at(end, source, extra)
    affected = left_target >= 0
    np.minimum.at(margin, left_target[affected], extra[affected])


def _against_divisions(
    problem: Problem, solution: Solution, now: Ways, found: tuple[Floats, Floats]
) -> None:
    """Let another division in: its daughters leave their sources, its mother her target."""
    usable = solution.chosen[problem.division].all(axis=1) & ~solution.divisions
    family = problem.division[usable]
    cost = problem.division_cost[usable]
    possible = (now.target[family[:, 0]] != DIVIDES) & ~now.is_daughter[family[:, 1:]].any(axis=1)
    family, extra = family[possible], cost[possible]
    mother, daughters = family[:, 0], family[:, 1:]
    extra = extra - now.cost_in[daughters].sum(axis=1)
    for column in (0, 1):
        source = now.source[daughters[:, column]]
        extra += np.where((source >= 0) & (source != mother), problem.end_cost[source], 0.0)
    target = now.target[mother]
    elsewhere = (target >= 0) & ~(daughters == target[:, None]).any(axis=1)
    extra += np.where(elsewhere, problem.start_cost[target] - now.cost_out[mother], 0.0)
    extra -= np.where(target == END, problem.end_cost[mother], 0.0)
    margin, end = found
    np.minimum.at(end, mother, extra)
    for column in (0, 1):
        np.minimum.at(margin, daughters[:, column], extra)


def _of_divisions(problem: Problem, solution: Solution, margin: Floats) -> None:
    mother, first, second = problem.division[solution.divisions].T
    cost = CostOfLink(problem)
    start = problem.start_cost
    other = np.minimum(
        np.minimum(cost(mother, first) + start[second], cost(mother, second) + start[first]),
        problem.end_cost[mother] + start[first] + start[second],
    )
    extra = other - problem.division_cost[solution.divisions]
    for daughter in (first, second):
        np.minimum.at(margin, daughter, extra)
