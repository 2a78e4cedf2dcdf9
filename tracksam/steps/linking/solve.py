"""Solve: the choice of least total cost, as an integer program."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from tracksam.steps.linking.assign import assign
from tracksam.steps.linking.nodes import Floats
from tracksam.steps.linking.problem import Flags, Problem, Solution, components, without_dominated

# A number of the relaxed program counts as whole when it is this near to one.
WHOLE = 1e-6


@attrs.frozen(eq=False)
class Solved:
    """A solution, and how it was found.

    Parameters
    ----------
    solution : Solution
    n_exact : int
        Parts whose solution is the best there is.
    n_assigned : int
        Parts that took longer than the limit: solved by assignment.
    """

    solution: Solution
    n_exact: int
    n_assigned: int


def solve(problem: Problem, time_limit_s: float) -> Solved:
    """Return the choice of least cost.

    Parameters
    ----------
    problem : Problem
        Any; may be empty.
    time_limit_s : float
        For each part that the relaxed program does not solve.

    Returns
    -------
    Solved

    Notes
    -----
    Flow is conserved in each node, rivals exclude each other, a division sends two out for one
    in (as in Schiegg et al., "Conservation tracking", ICCV 2013). The relaxation is whole nearly
    everywhere, so it is solved first for all parts together; only parts that come out broken
    are solved as integer programs.
    """
    kept_links, kept_divisions = without_dominated(problem)
    small = problem.only_ways(kept_links, kept_divisions)
    links, divisions, chosen = _relaxed(small)
    part = components(small)
    n_parts = int(part.max(initial=-1)) + 1
    broken = np.unique(
        np.concatenate(
            [
                part[small.link[_is_broken(links), 0]],
                part[small.division[_is_broken(divisions), 0]],
                part[_is_broken(chosen)],
            ]
        )
    )
    n_assigned = 0
    for number in broken:
        nodes = np.flatnonzero(part == number)
        piece = small.part(nodes)
        exact = _exact(piece, time_limit_s)
        n_assigned += exact is None
        answer = assign(piece) if exact is None else exact
        links[part[small.link[:, 0]] == number] = answer.links
        divisions[part[small.division[:, 0]] == number] = answer.divisions
        chosen[nodes] = answer.chosen
    all_links, all_divisions = np.zeros(len(kept_links), bool), np.zeros(len(kept_divisions), bool)
    all_links[kept_links], all_divisions[kept_divisions] = links > 0.5, divisions > 0.5
    solution = Solution(all_links, all_divisions, chosen > 0.5)
    return Solved(solution, n_parts - n_assigned, n_assigned)


def _is_broken(values: Floats) -> Flags:
    return np.abs(values - np.rint(values)) > WHOLE


def _relaxed(problem: Problem) -> tuple[Floats, Floats, Floats]:
    result = _run(problem, whole=False)
    return _columns(problem, result.x)


def _exact(problem: Problem, time_limit_s: float) -> Solution | None:
    """Return the best solution, or None where the limit is reached before it is proved."""
    result = _run(problem, whole=True, time_limit_s=time_limit_s)
    if result.status != 0:
        return None
    links, divisions, chosen = _columns(problem, result.x)
    return Solution(links > 0.5, divisions > 0.5, chosen > 0.5)


def _run(problem: Problem, whole: bool, time_limit_s: float = np.inf) -> Any:
    """Return SciPy's result of the program, whose columns are links, divisions, starts, ends."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, n_ways = len(problem), len(problem.link) + len(problem.division)
    if n == 0:
        return _Nothing()
    inflow = _inflow(problem)
    per_node = np.where(problem.is_open, 0.0, problem.node_cost)
    cost = np.concatenate(
        [problem.link_cost, problem.division_cost, problem.start_cost, problem.end_cost]
    )
    cost = cost + inflow.T @ per_node
    upper = np.ones(n_ways + 2 * n)
    upper[n_ways : n_ways + n][problem.is_open] = 0
    conserved = np.where(problem.is_open, -1.0, 0.0)
    groups, exactly_one = _exclusive_groups(problem)
    limits = groups @ inflow
    constraints = [
        LinearConstraint(inflow - _outflow(problem), conserved, conserved),
        LinearConstraint(limits, exactly_one.astype(float), 1.0),
    ]
    return milp(
        cost,
        integrality=np.full(len(cost), int(whole)),
        bounds=Bounds(0, upper),
        constraints=constraints,
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
    )


@attrs.frozen
class _Nothing:
    """The result of a program without columns."""

    status: int = 0
    x: Floats = attrs.field(factory=lambda: np.zeros(0))


def _columns(problem: Problem, x: Floats) -> tuple[Floats, Floats, Floats]:
    n_links, n_divisions = len(problem.link), len(problem.division)
    chosen = _inflow(problem) @ x if len(problem) else np.zeros(0)
    chosen = np.where(problem.is_open, 1.0, chosen)
    return x[:n_links].copy(), x[n_links : n_links + n_divisions].copy(), chosen


def _inflow(problem: Problem) -> Any:
    """Return the matrix, nodes by columns, of what each column brings into each node."""
    from scipy.sparse import coo_array

    n, n_links, n_divisions = len(problem), len(problem.link), len(problem.division)
    daughters = n_links + np.arange(n_divisions)
    rows = np.concatenate(
        [problem.link[:, 1], problem.division[:, 1], problem.division[:, 2], np.arange(n)]
    )
    columns = np.concatenate(
        [np.arange(n_links), daughters, daughters, n_links + n_divisions + np.arange(n)]
    )
    shape = (n, n_links + n_divisions + 2 * n)
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


def _outflow(problem: Problem) -> Any:
    from scipy.sparse import coo_array

    n, n_ways = len(problem), len(problem.link) + len(problem.division)
    rows = np.concatenate([problem.link[:, 0], problem.division[:, 0], np.arange(n)])
    columns = np.concatenate([np.arange(n_ways), n_ways + n + np.arange(n)])
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=(n, n_ways + 2 * n)).tocsr()


def _exclusive_groups(problem: Problem) -> tuple[Any, Flags]:
    """Return the matrix, groups by nodes, of nodes of which at most one is chosen.

    The second value says of which groups exactly one must be.
    """
    from scipy.sparse import coo_array, vstack

    n = len(problem)
    pair_rows = np.repeat(np.arange(len(problem.rivals)), 2)
    pairs = coo_array(
        (np.ones(len(pair_rows)), (pair_rows, problem.rivals.ravel())),
        shape=(len(problem.rivals), n),
    )
    asked = np.flatnonzero(problem.demand)
    numbers, row = np.unique(problem.demand[asked], return_inverse=True)
    demands = coo_array((np.ones(len(asked)), (row, asked)), shape=(len(numbers), n))
    singles = coo_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n))
    must = np.zeros(len(problem.rivals) + len(numbers) + n, dtype=bool)
    must[len(problem.rivals) : len(problem.rivals) + len(numbers)] = True
    return vstack([pairs, demands, singles]).tocsr(), must
