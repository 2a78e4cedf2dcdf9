"""Window: the frames that are solved together, and what is handed over to the next window."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.graph import FrameCandidates, Origin
from tracksam.settings import LinkSettings
from tracksam.steps.divide import DivisionEvidence, Past, division_evidence, misled_divisions
from tracksam.steps.linking.confidence import confidence, ways
from tracksam.steps.linking.evidence import EdgeEvidence, edge_evidence
from tracksam.steps.linking.motion import Motion, motion
from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints, measured
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.problem import Flags, Problem, Solution
from tracksam.steps.linking.solve import Solved, solve

# Daughters lie farther from where the mother is expected than a cell that only moves.
DAUGHTER_REACH = 0.75
# Weight of the frames before the last one in what a cell was like in its past.
MEMORY = 0.7
# A link between two marks of one id is wanted by a person.
WANTED = -1e3


@attrs.define(eq=False)
class FrameInWindow:
    """One frame, the ways into it, and, once it is decided, what was chosen.

    Nodes are numbered through the whole movie; `first` is the number of this frame's first.
    """

    nodes: FrameNodes
    first: int
    expected_yx: Floats
    past: Past
    link: Ints
    link_cost: Floats
    division: Ints
    division_cost: Floats
    is_open: Flags


@attrs.frozen(eq=False)
class Decided:
    """What was chosen in one frame.

    Parameters
    ----------
    candidates : FrameCandidates
        The M that were chosen.
    number, source : array of int, shape (M,)
        Number of each through the whole movie, and of the one before it; -1 where none.
    is_daughter : array of bool, shape (M,)
    confidence : array, shape (M,)
    """

    candidates: FrameCandidates
    number: Ints
    source: Ints
    is_daughter: Flags
    confidence: Floats


class Window:
    """Frames come in, decisions come out; what neither needs any more is forgotten.

    Parameters
    ----------
    settings : LinkSettings
    odds : LinkOdds
    time_limit_s : float
        For each part of a window that needs an integer program.
    """

    def __init__(self, settings: LinkSettings, odds: LinkOdds, time_limit_s: float) -> None:
        self._settings = settings
        self._odds = odds
        self._time_limit_s = time_limit_s
        self._frames: list[FrameInWindow] = []
        self._n_decided = 0
        self._motion: Motion | None = None
        self._is_first_of_movie = True
        self._n_nodes = 0

    @property
    def n_waiting(self) -> int:
        """Number of frames that are not decided."""
        return len(self._frames) - self._n_decided

    def add(self, candidates: FrameCandidates) -> None:
        """Take in the next frame.

        Parameters
        ----------
        candidates : FrameCandidates
            Of the frame after the last one.
        """
        nodes = measured(candidates.select(candidates.origin != Origin.LOST))
        frame = FrameInWindow(
            nodes,
            self._n_nodes,
            nodes.yx,
            Past(nodes.area, nodes.candidates.intensity),
            np.zeros((0, 2), np.int64),
            np.zeros(0),
            np.zeros((0, 3), np.int64),
            np.zeros(0),
            np.zeros(len(nodes), bool),
        )
        self._n_nodes += len(nodes)
        if self._frames:
            before = self._frames[-1].nodes
            self._motion = motion(before, nodes, self._settings.max_distance, self._motion)
            for source in reversed(self._frames[-self._settings.max_gap - 1 :]):
                self._connect(source, frame, self._motion)
        self._frames.append(frame)

    def _connect(self, source: FrameInWindow, target: FrameInWindow, moved: Motion) -> None:
        """Add the ways from an earlier frame; called from the latest to the earliest."""
        reach, odds = self._settings.max_distance, self._odds
        if source is self._frames[-1]:
            source.expected_yx = moved.yx
            reach += DAUGHTER_REACH * self._settings.divisions
        else:
            source.expected_yx = moved.carry(source.expected_yx, source.nodes.diameter)
        edges = edge_evidence(source.nodes, target.nodes, source.expected_yx, reach)
        cost = -odds.links(edges)
        if source is self._frames[-1]:
            target.past = _past(source, target, edges, cost)
            if self._settings.divisions:
                self._add_divisions(source, target, edges)
                misled = misled_divisions(source.nodes, target.nodes, moved, source.past, reach)
                self._offer(source, target, misled)
        near = edges.distance <= self._settings.max_distance
        self._add_links(source, target, edges.where(near), cost[near])

    def _add_links(
        self, source: FrameInWindow, target: FrameInWindow, edges: EdgeEvidence, cost: Floats
    ) -> None:
        mark_1, mark_2 = source.nodes.mark[edges.source], target.nodes.mark[edges.target]
        both = (mark_1 > 0) & (mark_2 > 0)
        cost = np.where(both & (mark_1 == mark_2), WANTED, cost)
        possible = ~(both & (mark_1 != mark_2))
        numbers = [edges.source + source.first, edges.target + target.first]
        target.link = np.concatenate([target.link, np.stack(numbers, axis=1)[possible]])
        target.link_cost = np.concatenate([target.link_cost, cost[possible]])

    def _add_divisions(
        self, source: FrameInWindow, target: FrameInWindow, edges: EdgeEvidence
    ) -> None:
        self._offer(
            source,
            target,
            division_evidence(source.nodes, target.nodes, source.expected_yx, edges, source.past),
        )

    def _offer(
        self, source: FrameInWindow, target: FrameInWindow, evidence: DivisionEvidence
    ) -> None:
        """Add divisions; of the same one offered twice, the cheaper counts."""
        mark = source.nodes.mark[evidence.mother]
        daughters = target.nodes.mark[np.stack([evidence.first, evidence.second])]
        possible = ~((mark > 0) & (daughters == mark)).any(axis=0)
        family = [
            evidence.mother + source.first,
            evidence.first + target.first,
            evidence.second + target.first,
        ]
        target.division, target.division_cost = _cheapest(
            np.concatenate([target.division, np.stack(family, axis=1)[possible]]),
            np.concatenate([target.division_cost, -self._odds.divisions(evidence)[possible]]),
        )

    def decide(self, n_frames: int) -> list[Decided]:
        """Return what is decided on the first frames that wait, after solving all that wait.

        Parameters
        ----------
        n_frames : int
            How many frames to decide, at most `n_waiting`.
        """
        problem, frame_of, number = self._problem()
        solved: Solved = solve(problem, self._time_limit_s)
        solution = solved.solution
        now = ways(problem, solution)
        sure = confidence(problem, solution)
        result = []
        for index in range(self._n_decided, self._n_decided + n_frames):
            nodes = np.flatnonzero((frame_of == index) & solution.chosen)
            frame = self._frames[index]
            local = number[nodes] - frame.first
            source = np.where(now.source[nodes] >= 0, number[now.source[nodes]], -1)
            flags = np.zeros(len(frame.nodes), bool)
            flags[local] = True
            result.append(
                Decided(
                    frame.nodes.candidates.select(flags),
                    number[nodes],
                    source,
                    now.is_daughter[nodes],
                    sure[nodes],
                )
            )
        self._hand_over(problem, solution, frame_of, number, n_frames)
        return result

    def _problem(self) -> tuple[Problem, Ints, Ints]:
        """Return what is to be decided, with each node's frame in the window and its number."""
        frames, settled = self._frames, self._n_decided
        used = [
            np.flatnonzero(f.is_open) if i < settled else np.arange(len(f.nodes))
            for i, f in enumerate(frames)
        ]
        frame_of = np.repeat(np.arange(len(frames)), [len(nodes) for nodes in used])
        number = np.concatenate([f.first + k for f, k in zip(frames, used, strict=True)])
        place = np.full(self._n_nodes - frames[0].first + 1, -1)
        place[number - frames[0].first] = np.arange(len(number))
        waiting = frames[settled:]
        link = place[np.concatenate([f.link for f in waiting]) - frames[0].first]
        link_cost = np.concatenate([f.link_cost for f in waiting])
        division = place[np.concatenate([f.division for f in waiting]) - frames[0].first]
        division_cost = np.concatenate([f.division_cost for f in waiting])
        links, divisions = (link >= 0).all(axis=1), (division >= 0).all(axis=1)
        start, end = self._ends(used)
        problem = Problem(
            np.concatenate(
                [
                    -self._odds.candidates(f.nodes.candidates.regions.score[k])
                    for f, k in zip(frames, used, strict=True)
                ]
            ),
            start,
            end,
            frame_of < settled,
            *self._marks_and_rivals(place),
            link[links],
            link_cost[links],
            division[divisions],
            division_cost[divisions],
        )
        return problem, frame_of, number

    def _ends(self, used: list[Ints]) -> tuple[Floats, Floats]:
        cost = [
            -self._odds.ends(f.nodes.border[k]) for f, k in zip(self._frames, used, strict=True)
        ]
        start, end = list(cost), list(cost)
        # What lies before the first frame and after the last one is not known.
        end[-1] = np.zeros_like(end[-1])
        if self._is_first_of_movie:
            start[0] = np.zeros_like(start[0])
        return np.concatenate(start), np.concatenate(end)

    def _marks_and_rivals(self, place: Ints) -> tuple[Ints, Ints]:
        demand = np.zeros(int(place.max(initial=-1)) + 1, np.int64)
        rivals = [np.zeros((0, 2), np.int64)]
        n_demands = 0
        for frame in self._frames[self._n_decided :]:
            offset = frame.first - self._frames[0].first
            mark = frame.nodes.mark
            asked = np.flatnonzero(mark)
            if len(asked):
                values, row = np.unique(mark[asked], return_inverse=True)
                demand[place[asked + offset]] = n_demands + 1 + row
                n_demands += len(values)
            pairs = frame.nodes.alternatives
            free = (mark[pairs] == 0).any(axis=1)
            rivals.append(place[pairs[free] + offset])
        return demand, np.concatenate(rivals)

    def _hand_over(
        self, problem: Problem, solution: Solution, frame_of: Ints, number: Ints, n_frames: int
    ) -> None:
        n_decided = self._n_decided + n_frames
        is_open = solution.chosen.copy()
        for ways_out, chosen in (
            (problem.link, solution.links),
            (problem.division, solution.divisions),
        ):
            settled = chosen & (frame_of[ways_out[:, 1]] < n_decided)
            is_open[ways_out[settled, 0]] = False
        for index in range(n_decided):
            frame = self._frames[index]
            nodes = np.flatnonzero((frame_of == index) & is_open)
            frame.is_open = np.zeros(len(frame.nodes), bool)
            frame.is_open[number[nodes] - frame.first] = True
        forgotten = max(n_decided - self._settings.max_gap - 1, 0)
        self._frames = self._frames[forgotten:]
        self._n_decided = n_decided - forgotten
        self._is_first_of_movie = False


def _cheapest(rows: Ints, cost: Floats) -> tuple[Ints, Floats]:
    """Return each row once, with the least of its costs."""
    order = np.argsort(cost, kind="stable")
    unique, first = np.unique(rows[order], axis=0, return_index=True)
    return unique, cost[order][first]


def _past(source: FrameInWindow, target: FrameInWindow, edges: EdgeEvidence, cost: Floats) -> Past:
    """Return the target's past along each candidate's likeliest predecessor."""
    area, intensity = target.nodes.area.copy(), target.nodes.candidates.intensity.copy()
    order = np.lexsort((cost, edges.target))
    best = order[np.diff(edges.target[order], prepend=-1) > 0]
    best = best[cost[best] < 0]
    before, after = edges.source[best], edges.target[best]
    area[after] = MEMORY * source.past.area[before] + (1 - MEMORY) * source.nodes.area[before]
    intensity[after] = (
        MEMORY * source.past.intensity[before]
        + (1 - MEMORY) * source.nodes.candidates.intensity[before]
    )
    return Past(area, intensity)
