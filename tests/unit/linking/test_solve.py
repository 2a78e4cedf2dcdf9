"""The solver against trying everything, and the short cut against the solver."""

from itertools import product

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from tracksam.steps.linking import solve as solving
from tracksam.steps.linking.assign import assign
from tracksam.steps.linking.confidence import margins
from tracksam.steps.linking.problem import Problem, Solution, components
from tracksam.steps.linking.solve import solve

TIME_LIMIT_S = 10.0


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw up to three frames of up to three candidates, with every link and division."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    frame = np.repeat(np.arange(len(sizes)), sizes)
    n = len(frame)
    pairs = [(a, b) for a in range(n) for b in range(n) if frame[b] > frame[a]]
    families = [
        (m, a, b)
        for m in range(n)
        for a in range(n)
        for b in range(a + 1, n)
        if frame[a] == frame[b] == frame[m] + 1
    ]
    keep = rng.random(len(pairs)) < 0.7
    kept = np.array(pairs).reshape(-1, 2)[keep]
    some = np.array(families, int).reshape(-1, 3)[rng.random(len(families)) < 0.3][:3]
    rivals = [(a, b) for a in range(n) for b in range(a + 1, n) if frame[a] == frame[b]]
    rivals = [pair for pair in rivals if rng.random() < 0.3]
    is_open = (frame == 0) & (rng.random(n) < 0.3)
    rivals = [pair for pair in rivals if not is_open[list(pair)].any()]
    demand = np.where((frame == 1) & (rng.random(n) < 0.2), 1, 0)
    return Problem(
        rng.normal(-1, 2, n),
        rng.uniform(0, 4, n),
        rng.uniform(0, 4, n),
        is_open,
        demand,
        np.array(rivals, int).reshape(-1, 2),
        kept[:7],
        rng.normal(0, 3, len(kept[:7])),
        some,
        rng.normal(0, 3, len(some)),
    )


def is_allowed(problem: Problem, solution: Solution) -> bool:
    n_in, n_out = np.zeros(len(problem), int), np.zeros(len(problem), int)
    for source, target in problem.link[solution.links]:
        n_out[source] += 1
        n_in[target] += 1
    for mother, first, second in problem.division[solution.divisions]:
        n_out[mother] += 1
        n_in[[first, second]] += 1
    used = (n_in > 0) | (n_out > 0)
    chosen = solution.chosen
    asked = problem.demand == 1
    return bool(
        (n_in <= 1).all()
        and (n_out <= 1).all()
        and chosen[used].all()
        and chosen[problem.is_open].all()
        and (n_in[problem.is_open] == 0).all()
        and not chosen[problem.rivals].all(axis=1).any()
        and (not asked.any() or chosen[asked].sum() == 1)
    )


def least_cost(problem: Problem) -> float:
    """Try every choice of links, divisions and nodes."""
    best = np.inf
    n_links, n_ways = len(problem.link), len(problem.link) + len(problem.division)
    for ways in product((False, True), repeat=n_ways):
        links, divisions = np.array(ways[:n_links], bool), np.array(ways[n_links:], bool)
        used = np.zeros(len(problem), bool)
        used[problem.link[links].ravel()] = True
        used[problem.division[divisions].ravel()] = True
        bare = Solution(links, divisions, used | problem.is_open)
        if not is_allowed(attrs.evolve(problem, demand=np.zeros(len(problem), int)), bare):
            continue
        free = np.flatnonzero(~bare.chosen)
        for alone in product((False, True), repeat=len(free)):
            chosen = bare.chosen.copy()
            chosen[free[np.array(alone, bool)]] = True
            solution = Solution(links, divisions, chosen)
            if is_allowed(problem, solution):
                best = min(best, solution.cost(problem))
    return best


@given(problems())
def test_the_solution_is_the_best_there_is(problem: Problem) -> None:
    solved = solve(problem, TIME_LIMIT_S)
    assert is_allowed(problem, solved.solution)
    assert solved.n_assigned == 0
    assert solved.solution.cost(problem) == pytest.approx(least_cost(problem), abs=1e-6)


@given(problems())
def test_assignment_is_allowed_and_never_better(problem: Problem) -> None:
    solution = assign(problem)
    assert is_allowed(problem, solution)
    assert solution.cost(problem) >= solve(problem, TIME_LIMIT_S).solution.cost(problem) - 1e-6


@given(problems())
def test_no_margin_is_below_zero(problem: Problem) -> None:
    solution = solve(problem, TIME_LIMIT_S).solution
    found = margins(problem, solution)
    assert (found.way_in >= 0).all()
    assert (found.end >= 0).all()


@given(problems())
def test_a_margin_has_a_solution_at_that_distance(problem: Problem) -> None:
    solution = solve(problem, TIME_LIMIT_S).solution
    for way in np.flatnonzero(solution.links):
        target = problem.link[way, 1]
        margin = margins(problem, solution).way_in[target]
        other = problem.only_ways(
            np.arange(len(problem.link)) != way, np.ones(len(problem.division), bool)
        )
        next_best = solve(other, TIME_LIMIT_S).solution.cost(other)
        assert margin >= next_best - solution.cost(problem) - 1e-6


def test_nothing_to_solve() -> None:
    nothing = Problem(
        *[np.zeros(0)] * 3,
        np.zeros(0, bool),
        np.zeros(0, int),
        np.zeros((0, 2), int),
        np.zeros((0, 2), int),
        np.zeros(0),
        np.zeros((0, 3), int),
        np.zeros(0),
    )
    solved = solve(nothing, TIME_LIMIT_S)
    assert (solved.n_exact, solved.n_assigned) == (0, 0)
    assert len(solved.solution.chosen) == 0


def odd_ring() -> Problem:
    """Three rivals of each other, each worth 1: the relaxed program takes half of each."""
    return Problem(
        np.full(3, -2.0),
        np.full(3, 0.5),
        np.full(3, 0.5),
        np.zeros(3, bool),
        np.zeros(3, int),
        np.array([[0, 1], [1, 2], [0, 2]]),
        np.zeros((0, 2), int),
        np.zeros(0),
        np.zeros((0, 3), int),
        np.zeros(0),
    )


def test_a_broken_part_is_solved_as_a_whole() -> None:
    solved = solve(odd_ring(), TIME_LIMIT_S)
    assert solved.solution.chosen.sum() == 1
    assert (solved.n_exact, solved.n_assigned) == (1, 0)


def test_a_part_over_the_time_limit_is_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "_exact", lambda problem, time_limit_s: None)
    solved = solve(odd_ring(), TIME_LIMIT_S)
    assert solved.solution.chosen.sum() == 1
    assert (solved.n_exact, solved.n_assigned) == (0, 1)


def test_where_the_relaxed_program_fails_each_part_is_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = attrs.evolve(
        odd_ring(),
        rivals=np.array([[0, 1]]),
        link=np.array([[0, 2], [1, 2]]),
        link_cost=np.array([-1.0, -4.0]),
    )
    asked = []

    def failing(self: object, presolved: bool) -> OptimizeResult:
        asked.append(presolved)
        return OptimizeResult(status=4, x=None)

    monkeypatch.setattr(solving._Program, "relaxed", failing)
    solved = solve(problem, TIME_LIMIT_S)
    assert solved.solution.chosen.tolist() == [False, True, True]
    assert solved.solution.links.tolist() == [False, True]
    assert (solved.n_exact, solved.n_assigned) == (1, 0)
    assert asked == [False, True]


def test_ways_within_reach_of_what_is_lost_are_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The best whole answer takes a way that the relaxed program finds dear."""
    many = [ring_with_a_way_out(seed) for seed in range(200)]
    wanted = [solve(problem, TIME_LIMIT_S).solution.cost(problem) for problem in many]
    monkeypatch.setattr(solving, "REACH", 1e-9)
    for problem, cost in zip(many, wanted, strict=True):
        assert cost == pytest.approx(least_cost(problem), abs=1e-6)
        assert solve(problem, TIME_LIMIT_S).solution.cost(problem) == pytest.approx(cost, abs=1e-6)


def ring_with_a_way_out(seed: int) -> Problem:
    """Three rivals of each other, two of which may go on to one of two nodes."""
    rng = np.random.default_rng(seed)
    link = np.array([[0, 3], [1, 3], [2, 4], [0, 4]])
    return attrs.evolve(
        odd_ring(),
        node_cost=np.append(rng.uniform(-3, -1, 3), rng.uniform(-2, 1, 2)),
        start_cost=np.full(5, 1.0),
        end_cost=np.full(5, 1.0),
        is_open=np.zeros(5, bool),
        demand=np.zeros(5, int),
        link=link,
        link_cost=rng.uniform(-1, 1.5, len(link)),
    )


def test_proposals_for_one_mark_are_one_part() -> None:
    apart = attrs.evolve(odd_ring(), rivals=np.zeros((0, 2), int))
    assert components(apart).tolist() == [0, 1, 2]
    assert components(attrs.evolve(apart, demand=np.array([4, 0, 4]))).tolist() == [0, 1, 0]
