"""Solve: the choice of least total cost, as an integer program."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np

from tracksam.steps.linking.assign import assign
from tracksam.steps.linking.nodes import Floats, Ints
from tracksam.steps.linking.problem import Flags, Problem, Solution, components, without_dominated

# A number of the relaxed program counts as whole when it is this near to one.
WHOLE = 1e-6
# Being whole costs less than this, in log-odds, nearly everywhere.
REACH = 2.0


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
    everywhere, so it is solved first for all parts together. It bounds what the best choice
    costs, and what it costs at least when a certain way is taken (that way's reduced cost). So
    ways that cost more than what is lost by being whole are in no best choice: without them the
    rest falls into small parts, and only those that came out broken are solved as integer
    programs.
    """
    kept_links, kept_divisions = without_dominated(problem)
    small = problem.only_ways(kept_links, kept_divisions)
    relaxed = _relaxed(small)
    reach = REACH if np.isfinite(relaxed.cost) else np.inf
    while True:
        links, divisions = relaxed.link_excess <= reach, relaxed.division_excess <= reach
        near = small.only_ways(links, divisions)
        solved = _by_parts(near, relaxed.only_ways(links, divisions), time_limit_s)
        lost = solved.solution.cost(near) - relaxed.cost
        if lost <= reach or solved.n_assigned:
            break
        reach = lost
    all_links, all_divisions = np.zeros(len(kept_links), bool), np.zeros(len(kept_divisions), bool)
    all_links[np.flatnonzero(kept_links)[links]] = solved.solution.links
    all_divisions[np.flatnonzero(kept_divisions)[divisions]] = solved.solution.divisions
    solution = Solution(all_links, all_divisions, solved.solution.chosen)
    return attrs.evolve(solved, solution=solution)


@attrs.frozen(eq=False)
class _Relaxed:
    """How much of each link, division and node the relaxed program takes.

    Parameters
    ----------
    links, divisions, chosen : array, shape (E,), (D,) and (N,)
    link_excess, division_excess : array, shape (E,) and (D,)
        What a solution with it costs more, at least.
    cost : float
        No whole solution costs less. Minus infinity where nothing is known.
    """

    links: Floats
    divisions: Floats
    chosen: Floats
    link_excess: Floats
    division_excess: Floats
    cost: float

    def only_ways(self, links: Flags, divisions: Flags) -> _Relaxed:
        """Return the same for some of the links and divisions."""
        return _Relaxed(
            self.links[links],
            self.divisions[divisions],
            self.chosen,
            self.link_excess[links],
            self.division_excess[divisions],
            self.cost,
        )


def _by_parts(problem: Problem, relaxed: _Relaxed, time_limit_s: float) -> Solved:
    """Return the relaxed solution, with the parts solved anew in which it is not whole."""
    links, divisions, chosen = (
        values > 0.5 for values in (relaxed.links, relaxed.divisions, relaxed.chosen)
    )
    part = components(problem)
    n_parts, n_assigned = int(part.max(initial=-1)) + 1, 0
    broken = [
        part[problem.link[_is_broken(relaxed.links), 0]],
        part[problem.division[_is_broken(relaxed.divisions), 0]],
        part[_is_broken(relaxed.chosen)],
    ]
    for number in np.unique(np.concatenate(broken)):
        nodes = np.flatnonzero(part == number)
        piece = problem.part(nodes)
        exact = _exact(piece, time_limit_s)
        n_assigned += exact is None
        answer = assign(piece) if exact is None else exact
        links[part[problem.link[:, 0]] == number] = answer.links
        divisions[part[problem.division[:, 0]] == number] = answer.divisions
        chosen[nodes] = answer.chosen
    return Solved(Solution(links, divisions, chosen), n_parts - n_assigned, n_assigned)


def _is_broken(values: Floats) -> Flags:
    return np.abs(values - np.rint(values)) > WHOLE


def _relaxed(problem: Problem) -> _Relaxed:
    program = _Program.of(problem)
    n_links, n_ways = len(problem.link), len(problem.link) + len(problem.division)
    for presolved in (False, True):
        result = program.relaxed(presolved)
        if result.status == 0:
            excess = result.lower.marginals
            cost = float(result.fun) + program.fixed_cost
            ways = program.ways(result.x)
            return _Relaxed(*ways, excess[:n_links], excess[n_links:n_ways], cost)
    # HiGHS can lose its way in a large program. Then nothing is whole, and nothing is known.
    links, divisions = np.full(n_links, 0.5), np.full(n_ways - n_links, 0.5)
    chosen = np.full(len(problem), 0.5)
    return _Relaxed(links, divisions, chosen, 0 * links, 0 * divisions, -np.inf)


def _exact(problem: Problem, time_limit_s: float) -> Solution | None:
    """Return the best solution, or None where the limit is reached before it is proved."""
    program = _Program.of(problem)
    result = program.whole(time_limit_s)
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

    @property
    def fixed_cost(self) -> float:
        """Of the nodes that are sure, where no way leads into them or out of them."""
        problem = self.problem
        begun = self.is_sure & ~problem.is_open
        alone = problem.node_cost[begun].sum() + problem.start_cost[begun].sum()
        return float(alone + problem.end_cost[self.is_sure].sum())

    def rows(self) -> tuple[Any, Floats]:
        """Return the rows, and the lower limit of each; no sum exceeds 1, or that of 0.

        Rows have no lower limit where they need none: with one, HiGHS sometimes gives up.
        """
        from scipy.sparse import vstack

        groups, exactly_one = _exclusive_groups(self.problem)
        is_loose = ~self.is_sure
        conserved = (self.inflow - self.outflow)[is_loose]
        taken, among = self.outflow[self.is_sure], groups @ self.inflow
        lower = [
            np.zeros(conserved.shape[0]),
            np.full(taken.shape[0], -np.inf),
            np.where(exactly_one, 1.0, -np.inf),
        ]
        return vstack([conserved, taken, among]).tocsr(), np.concatenate(lower)

    def relaxed(self, presolved: bool) -> Any:
        """Return SciPy's result where numbers need not be whole; the rows keep them below 1."""
        from scipy.optimize import linprog

        rows, lower = self.rows()
        if not rows.shape[1]:
            return _nothing()
        is_equal = np.isfinite(lower)
        return linprog(
            self.cost,
            A_ub=rows[~is_equal],
            b_ub=np.ones((~is_equal).sum()),
            A_eq=rows[is_equal],
            b_eq=lower[is_equal],
            method="highs-ds",
            options={"presolve": presolved},
        )

    def whole(self, time_limit_s: float) -> Any:
        """Return SciPy's result where numbers are whole."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        rows, lower = self.rows()
        if not rows.shape[1]:
            return _nothing()
        return milp(
            self.cost,
            integrality=np.ones(rows.shape[1], int),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(rows, lower, np.where(np.isfinite(lower), lower, 1.0)),
            options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
        )

    def ways(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how much of each link, division and node a result holds."""
        n_links, n_divisions = len(self.problem.link), len(self.problem.division)
        chosen = np.where(self.is_sure, 1.0, self.inflow @ x)
        return x[:n_links].copy(), x[n_links : n_links + n_divisions].copy(), chosen


def _nothing() -> Any:
    """Return the result of a program without columns."""
    bounds = SimpleNamespace(marginals=np.zeros(0))
    return SimpleNamespace(status=0, fun=0.0, x=np.zeros(0), lower=bounds)


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
