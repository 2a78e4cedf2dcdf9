"""Assign: a good choice in little time, where the integer program takes too long."""

from __future__ import annotations

import numpy as np

from tracksam.steps.linking.nodes import Ints
from tracksam.steps.linking.problem import Flags, Problem, Solution


def assign(problem: Problem) -> Solution:
    """Return a good, not always the best, solution.

    Parameters
    ----------
    problem : Problem
        Any.

    Returns
    -------
    Solution
        Of rivals the one whose own cost and cheapest ways in and out cost least is taken; links
        between what was taken are the best assignment; then divisions replace a link and a
        start, or two starts, where that costs less; and tracks that cost more than they are
        worth are dropped.
    """
    taken = _without_rivals(problem)
    usable = taken[problem.link].all(axis=1)
    links = np.zeros(len(problem.link), bool)
    links[np.flatnonzero(usable)[_best_links(problem, np.flatnonzero(usable))]] = True
    divisions = _with_divisions(problem, links, taken)
    return _without_costly_tracks(problem, Solution(links, divisions, taken))


def _without_rivals(problem: Problem) -> Flags:
    worth = np.where(problem.is_open, 0.0, problem.node_cost)
    way_in, way_out = problem.start_cost.copy(), problem.end_cost.copy()
    np.minimum.at(way_in, problem.link[:, 1], problem.link_cost)
    np.minimum.at(way_out, problem.link[:, 0], problem.link_cost)
    worth = worth + (way_in + way_out) / 2
    order = np.lexsort((worth, problem.demand == 0))
    rivals: dict[int, set[int]] = {}
    for a, b in problem.rivals.tolist():
        rivals.setdefault(a, set()).add(b)
        rivals.setdefault(b, set()).add(a)
    taken, refused, met = np.zeros(len(problem), bool), set[int](), set[int]()
    for node in order.tolist():
        asked = int(problem.demand[node])
        if node in refused or asked in met:
            continue
        taken[node] = True
        refused |= rivals.get(node, set())
        if asked:
            met.add(asked)
    return taken


def _best_links(problem: Problem, usable: Ints) -> Ints:
    """Return which of the usable links the best assignment holds."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    n = len(problem)
    source, target = problem.link[usable].T
    node = np.arange(n)
    # Jaqaman et al., Nature Methods 5 (2008): besides the links, every node may end and may
    # begin; the lower right block only makes the assignment complete.
    rows = np.concatenate([source, node, n + node, n + target])
    columns = np.concatenate([target, n + node, node, n + source])
    start = np.where(problem.is_open, 0.0, problem.start_cost)
    cost = np.concatenate(
        [problem.link_cost[usable], problem.end_cost, start, np.zeros(len(usable))]
    )
    # The matching takes no zeros; a constant added to every entry changes no answer.
    positive = cost - cost.min(initial=0.0) + 1.0
    matrix = coo_array((positive, (rows, columns)), shape=(2 * n, 2 * n)).tocsr()
    row, column = min_weight_full_bipartite_matching(matrix)
    partner = np.full(2 * n, -1)
    partner[row] = column
    return np.flatnonzero(partner[source] == target)


def _with_divisions(problem: Problem, links: Flags, taken: Flags) -> Flags:
    """Return the divisions that save something, the likeliest first; `links` gives way to them."""
    n = len(problem)
    way_in, way_out = np.full(n, -1), np.full(n, -1)
    way_in[problem.link[links, 1]] = way_out[problem.link[links, 0]] = np.flatnonzero(links)
    divides, is_daughter = ~taken, ~taken
    divisions = np.zeros(len(problem.division), bool)
    for row in np.argsort(problem.division_cost, kind="stable").tolist():
        family = problem.division[row]
        mother, daughters = family[0], family[1:]
        ways = way_in[daughters]
        ways = ways[ways >= 0]
        elsewhere = way_out[mother] >= 0 and way_out[mother] not in ways
        if divides[mother] or is_daughter[daughters].any() or elsewhere:
            continue
        if (problem.link[ways, 0] != mother).any():
            continue
        begun = daughters[~np.isin(daughters, problem.link[ways, 1])]
        before = problem.start_cost[begun].sum() + (
            problem.link_cost[ways].sum() if len(ways) else problem.end_cost[mother]
        )
        if problem.division_cost[row] < before:
            divisions[row] = divides[mother] = True
            is_daughter[daughters] = True
            links[ways] = False
    return divisions


def _without_costly_tracks(problem: Problem, solution: Solution) -> Solution:
    """Return the solution without families that together cost more than nothing."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(problem)
    division = problem.division[solution.divisions]
    pairs = np.concatenate([problem.link[solution.links], division[:, [0, 1]], division[:, [0, 2]]])
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    family = connected_components(graph, directed=False)[1]
    kept = np.zeros(n, bool)
    for number in np.unique(family[solution.chosen]):
        member = (family == number) & solution.chosen
        alone = Solution(
            solution.links & member[problem.link[:, 0]],
            solution.divisions & member[problem.division[:, 0]],
            member,
        )
        needed = problem.is_open[member].any() or problem.demand[member].any()
        if needed or alone.cost(problem) < 0:
            kept |= member
    return Solution(
        solution.links & kept[problem.link[:, 0]],
        solution.divisions & kept[problem.division[:, 0]],
        kept,
    )
