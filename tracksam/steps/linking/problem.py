"""Problem: what is to be decided at once, as nodes, ways between them, and their costs."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.nodes import Floats, Ints

Flags = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Problem:
    """N candidates of several frames, and every way in and out of each. Costs are -log-odds.

    A chosen node has exactly one way in (a start, a link, or as a daughter) and one way out (an
    end, a link, or a division).

    Parameters
    ----------
    node_cost, start_cost, end_cost : array, shape (N,)
        Of choosing it; of a track that begins, or ends, there.
    is_open : array of bool, shape (N,)
        Chosen before, with its way in: only the way out is to be decided.
    demand : array of int, shape (N,)
        Nodes with the same number above 0 are proposals for one mark: exactly one is chosen.
    rivals : array of int, shape (A, 2)
        Pairs of which at most one is chosen.
    link : array of int, shape (E, 2)
        Source and target.
    link_cost : array, shape (E,)
    division : array of int, shape (D, 3)
        Mother and daughters.
    division_cost : array, shape (D,)
    """

    node_cost: Floats
    start_cost: Floats
    end_cost: Floats
    is_open: Flags
    demand: Ints
    rivals: Ints
    link: Ints
    link_cost: Floats
    division: Ints
    division_cost: Floats

    def __len__(self) -> int:
        return len(self.node_cost)

    def only_ways(self, links: Flags, divisions: Flags) -> Problem:
        """Return the problem with some of its links and divisions.

        Parameters
        ----------
        links : array of bool, shape (E,)
            Links to keep.
        divisions : array of bool, shape (D,)
            Divisions to keep.
        """
        return attrs.evolve(
            self,
            link=self.link[links],
            link_cost=self.link_cost[links],
            division=self.division[divisions],
            division_cost=self.division_cost[divisions],
        )

    def part(self, nodes: Ints) -> Problem:
        """Return the problem of some nodes, renumbered in the order given, closed in itself."""
        number = np.full(len(self), -1)
        number[nodes] = np.arange(len(nodes))
        links, divisions = number[self.link[:, 0]] >= 0, number[self.division[:, 0]] >= 0
        return Problem(
            self.node_cost[nodes],
            self.start_cost[nodes],
            self.end_cost[nodes],
            self.is_open[nodes],
            self.demand[nodes],
            number[self.rivals[number[self.rivals[:, 0]] >= 0]],
            number[self.link[links]],
            self.link_cost[links],
            number[self.division[divisions]],
            self.division_cost[divisions],
        )


@attrs.frozen(eq=False)
class Solution:
    """Which links, divisions and nodes of a `Problem` are chosen.

    Parameters
    ----------
    links : array of bool, shape (E,)
    divisions : array of bool, shape (D,)
    chosen : array of bool, shape (N,)
    """

    links: Flags
    divisions: Flags
    chosen: Flags

    def cost(self, problem: Problem) -> float:
        """Return the total cost, with starts and ends."""
        led_to, left = np.zeros(len(problem), bool), np.zeros(len(problem), bool)
        led_to[problem.link[self.links, 1]] = True
        led_to[problem.division[self.divisions, 1:].ravel()] = True
        left[problem.link[self.links, 0]] = True
        left[problem.division[self.divisions, 0]] = True
        fresh = self.chosen & ~problem.is_open
        return float(
            problem.link_cost[self.links].sum()
            + problem.division_cost[self.divisions].sum()
            + problem.node_cost[fresh].sum()
            + problem.start_cost[fresh & ~led_to].sum()
            + problem.end_cost[self.chosen & ~left].sum()
        )


def without_dominated(problem: Problem) -> tuple[Flags, Flags]:
    """Return which links and divisions can be part of a best solution.

    A link that costs more than an end and a start can always be replaced by them, a division by
    a link to one daughter and a start of the other. Leaving these out changes no answer and
    makes most problems fall into small parts.

    Parameters
    ----------
    problem : Problem
        Any.

    Returns
    -------
    links : array of bool, shape (E,)
    divisions : array of bool, shape (D,)
    """
    link, division = problem.link, problem.division
    links = problem.link_cost < problem.end_cost[link[:, 0]] + problem.start_cost[link[:, 1]]
    cost = CostOfLink(problem)
    mother, first, second = division.T
    apart = np.minimum(
        cost(mother, first) + problem.start_cost[second],
        cost(mother, second) + problem.start_cost[first],
    )
    nothing = problem.end_cost[mother] + problem.start_cost[first] + problem.start_cost[second]
    return links, problem.division_cost < np.minimum(apart, nothing)


class CostOfLink:
    """The cost of a link by its ends; infinite where there is none.

    Parameters
    ----------
    problem : Problem
        Whose links.
    """

    def __init__(self, problem: Problem) -> None:
        code = problem.link @ np.array([len(problem), 1])
        order = np.argsort(code, kind="stable")
        self._n = len(problem)
        self._code = np.append(code[order], np.iinfo(np.int64).max)
        self._cost = np.append(problem.link_cost[order], np.inf)

    def __call__(self, source: Ints, target: Ints) -> Floats:
        """Return the costs of links, shape (M,).

        Parameters
        ----------
        source, target : array of int, shape (M,)
            Nodes; negative ones have no link.
        """
        code = source * self._n + target
        place = np.searchsorted(self._code, code)
        found = (self._code[place] == code) & (source >= 0) & (target >= 0)
        return np.where(found, self._cost[place], np.inf)


def components(problem: Problem) -> Ints:
    """Return the number of the part that each node is in; parts do not influence each other.

    Parameters
    ----------
    problem : Problem
        Any.

    Returns
    -------
    array of int, shape (N,)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    asked = np.flatnonzero(problem.demand)
    asked = asked[np.argsort(problem.demand[asked], kind="stable")]
    together = problem.demand[asked[1:]] == problem.demand[asked[:-1]]
    pairs = np.concatenate(
        [
            problem.link,
            problem.rivals,
            problem.division[:, [0, 1]],
            problem.division[:, [0, 2]],
            np.stack([asked[:-1][together], asked[1:][together]], axis=1),
        ]
    )
    n = len(problem)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
