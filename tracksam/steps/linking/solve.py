"""Solve: the choice of least total cost, as an integer program."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from tracksam.steps.linking.assign import assign
from tracksam.steps.linking.nodes import Floats, Ints
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
    program = _Program.of(problem)
    for presolved in (False, True):
        result = program.run(presolved=presolved)
        if result.status == 0:
            return program.ways(result.x)
    # HiGHS can lose its way in a large program. Then nothing is whole: each part is solved alone.
    sizes = len(problem.link), len(problem.division), len(problem)
    links, divisions, chosen = (np.full(size, 0.5) for size in sizes)
    return links, divisions, chosen


def _exact(problem: Problem, time_limit_s: float) -> Solution | None:
    """Return the best solution, or None where the limit is reached before it is proved."""
    program = _Program.of(problem)
    result = program.run(whole=True, time_limit_s=time_limit_s)
    if result.status != 0:
        return None
    links, divisions, chosen = program.ways(result.x)
    return Solution(links > 0.5, divisions > 0.5, chosen > 0.5)


def _is_sure(problem: Problem) -> Flags:
    """Return which nodes are chosen in every best solution.

    Where a node excludes nothing, and costs less than nothing as a track of its own, a solution
    without it gets better with it.
    """
    is_free = problem.demand == 0
    is_free[problem.rivals.ravel()] = False
    alone = problem.node_cost + problem.start_cost + problem.end_cost
    return np.asarray(problem.is_open | (is_free & (alone < 0)))


@attrs.frozen(eq=False)
class _Program:
    """A problem as rows and columns: the columns are links, divisions, then starts and ends.

    Nodes that are sure to be chosen begin where nothing leads to them, and end where nothing
    leads on: they need no columns for that, which halves the time. All others have some.

    Parameters
    ----------
    problem : Problem
    is_sure : array of bool, shape (N,)
    inflow, outflow : sparse arrays, nodes by columns
        What each column brings into each node, and takes out of it.
    """

    problem: Problem
    is_sure: Flags
    inflow: Any
    outflow: Any

    @classmethod
    def of(cls, problem: Problem) -> _Program:
        link, (mother, first, second) = problem.link, problem.division.T
        is_sure = _is_sure(problem)
        loose = np.flatnonzero(~is_sure)
        n_links, n_ways = len(link), len(link) + len(problem.division)
        begun = n_ways + np.arange(len(loose))
        division = np.arange(n_links, n_ways)
        shape = (len(problem), n_ways + 2 * len(loose))
        into = np.concatenate([link[:, 1], first, second, loose])
        brought = np.concatenate([np.arange(n_links), division, division, begun])
        out_of = np.concatenate([link[:, 0], mother, loose])
        taken = np.concatenate([np.arange(n_ways), begun + len(loose)])
        return cls(problem, is_sure, _ones(into, brought, shape), _ones(out_of, taken, shape))

    @property
    def cost(self) -> Floats:
        """Of each column; a way into a sure node saves its start, one out of it saves its end."""
        problem, is_loose = self.problem, ~self.is_sure
        way_in = np.where(is_loose, problem.node_cost, -problem.start_cost)
        way_out = np.where(is_loose, 0.0, -problem.end_cost)
        own = np.concatenate(
            [
                problem.link_cost,
                problem.division_cost,
                problem.start_cost[is_loose],
                problem.end_cost[is_loose],
            ]
        )
        return np.asarray(own + self.inflow.T @ way_in + self.outflow.T @ way_out)

    def run(
        self, *, whole: bool = False, presolved: bool = True, time_limit_s: float = np.inf
    ) -> Any:
        """Return SciPy's result; without `whole` the numbers are bound by the rows alone."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        cost = self.cost
        if not len(cost):
            return _Nothing()
        groups, exactly_one = _exclusive_groups(self.problem)
        is_loose = ~self.is_sure
        # Rows have no lower limit where they need none: with one, HiGHS sometimes gives up.
        rows: list[tuple[Any, Any, Any]] = [
            ((self.inflow - self.outflow)[is_loose], 0.0, 0.0),
            (self.outflow[self.is_sure], -np.inf, 1.0),
            (groups @ self.inflow, np.where(exactly_one, 1.0, -np.inf), 1.0),
        ]
        return milp(
            cost,
            integrality=np.full(len(cost), int(whole)),
            bounds=Bounds(0, 1 if whole else np.inf),
            constraints=[LinearConstraint(*some) for some in rows if some[0].shape[0]],
            options={"time_limit": time_limit_s, "mip_rel_gap": 0.0, "presolve": presolved},
        )

    def ways(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how much of each link, division and node a result holds."""
        n_links, n_divisions = len(self.problem.link), len(self.problem.division)
        chosen = np.where(self.is_sure, 1.0, self.inflow @ x)
        return x[:n_links].copy(), x[n_links : n_links + n_divisions].copy(), chosen


@attrs.frozen
class _Nothing:
    """The result of a program without columns."""

    status: int = 0
    x: Floats = attrs.field(factory=lambda: np.zeros(0))


def _ones(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Any:
    from scipy.sparse import coo_array

    return coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


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
