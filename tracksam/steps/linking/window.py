"""Window: the frames that are solved together, and what is handed over to the next window."""

from __future__ import annotations

from copy import copy

import attrs
import numpy as np

from tracksam.graph import FrameCandidates
from tracksam.settings import LinkSettings
from tracksam.steps.linking.buds import best_mothers
from tracksam.steps.linking.confidence import END, START, margins, ways
from tracksam.steps.linking.gather import Gathered, Gathering
from tracksam.steps.linking.nodes import Floats, Ints
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.problem import Flags, Problem, Solution
from tracksam.steps.linking.solve import Solved, solve
from tracksam.steps.linking.trust import Kind, Reasons, calm

# A link between two marks of one id is wanted by a person.
WANTED = -1e3
# Of candidates that are equally good the first one goes on, in every frame: a cell that is drawn
# as two equal halves for a while comes and goes by the same half.
TIE = 1e-6
# Number of a candidate where there is none.
NONE = -1
# Log-odds by which starts and ends are rarer where borders are closed.
CLOSED = -6.0


@attrs.frozen(eq=False)
class Ways:
    """Links and divisions into one frame that can be, by numbers of candidates, with their costs.

    Parameters
    ----------
    link : array of int, shape (E, 2)
    link_cost : array, shape (E,)
    division : array of int, shape (D, 3)
    division_cost : array, shape (D,)
    """

    link: Ints
    link_cost: Floats
    division: Ints
    division_cost: Floats


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
        Whether that is its mother: she divides, or lives on while it buds off.
    way_in, end : Reasons
        What tells how sure the way into each is, and that its track ends there; both of length M.
        The margin of an end is infinite where a track goes on, or the movie ends.
    """

    candidates: FrameCandidates
    number: Ints
    source: Ints
    is_daughter: Flags
    way_in: Reasons
    end: Reasons


class Window:
    """Frames come in, decisions come out; what neither needs any more is forgotten.

    Parameters
    ----------
    settings : LinkSettings
    odds : LinkOdds
    time_limit_s : float
        For each part of a window that needs an integer program.
    gathering : Gathering, optional
        With frames that were gathered before, under the same settings; it is left as it is.
        Default: no frame yet.
    """

    def __init__(
        self,
        settings: LinkSettings,
        odds: LinkOdds,
        time_limit_s: float,
        gathering: Gathering | None = None,
    ) -> None:
        self._settings = settings
        self._odds = odds
        self._time_limit_s = time_limit_s
        self._gathering = Gathering(settings) if gathering is None else copy(gathering)
        self._is_open: list[Flags] = [np.zeros(len(f.nodes), bool) for f in self._frames]
        self._n_decided = 0
        self._is_first_of_movie = True
        self._n_assigned = 0

    @property
    def n_assigned(self) -> int:
        """Number of parts so far that took too long and were solved by assignment."""
        return self._n_assigned

    @property
    def n_waiting(self) -> int:
        """Number of frames that are not decided."""
        return len(self._frames) - self._n_decided

    @property
    def _frames(self) -> list[Gathered]:
        return self._gathering.frames

    def add(self, candidates: FrameCandidates) -> None:
        """Take in the next frame.

        Parameters
        ----------
        candidates : FrameCandidates
            Of the frame after the last one.
        """
        self._gathering.add(candidates)
        self._is_open.append(np.zeros(len(self._frames[-1].nodes), bool))

    def decide(self, n_frames: int) -> list[Decided]:
        """Return what is decided on the first frames that wait, after solving all that wait.

        Parameters
        ----------
        n_frames : int
            How many frames to decide, at most `n_waiting`.
        """
        if not n_frames:
            return []
        problem, frame_of, number, mother = self._problem()
        solved: Solved = solve(problem, self._time_limit_s)
        solution = solved.solution
        self._n_assigned += solved.n_assigned
        now = ways(problem, solution)
        way_in, end = _reasons(problem, solution, frame_of, len(self._frames))
        source = np.where(now.source >= 0, number[now.source], NONE)
        is_bud = (now.source == START) & (mother != NONE)
        source[is_bud] = mother[is_bud]
        result = []
        for index in range(self._n_decided, self._n_decided + n_frames):
            nodes = np.flatnonzero((frame_of == index) & solution.chosen)
            frame = self._frames[index]
            flags = np.zeros(len(frame.nodes), bool)
            flags[number[nodes] - frame.first] = True
            result.append(
                Decided(
                    frame.nodes.candidates.select(flags),
                    number[nodes],
                    source[nodes],
                    (now.is_daughter | is_bud)[nodes],
                    way_in.where(nodes),
                    end.where(nodes),
                )
            )
        self._hand_over(problem, solution, frame_of, number, n_frames)
        return result

    def _problem(self) -> tuple[Problem, Ints, Ints, Ints]:
        """Return what is to be decided, and each node's frame, number, and mother if a bud."""
        frames, settled = self._frames, self._n_decided
        used = [
            np.flatnonzero(self._is_open[i]) if i < settled else np.arange(len(frame.nodes))
            for i, frame in enumerate(frames)
        ]
        frame_of = np.repeat(np.arange(len(frames)), [len(nodes) for nodes in used])
        number = np.concatenate([f.first + k for f, k in zip(frames, used, strict=True)])
        place = np.full(self._gathering.n_nodes - frames[0].first + 1, -1)
        place[number - frames[0].first] = np.arange(len(number))
        found = [self._ways_into(frame) for frame in frames[settled:]]
        link = place[np.concatenate([f.link for f in found]) - frames[0].first]
        division = place[np.concatenate([f.division for f in found]) - frames[0].first]
        links, divisions = (link >= 0).all(axis=1), (division >= 0).all(axis=1)
        node, start, end = self._node_costs(used)
        start, mother = self._begun(used, start)
        problem = Problem(
            node,
            start,
            end,
            frame_of < settled,
            *self._marks_and_rivals(place),
            link[links],
            np.concatenate([f.link_cost for f in found])[links],
            division[divisions],
            np.concatenate([f.division_cost for f in found])[divisions],
        )
        return problem, frame_of, number, mother

    def _begun(self, used: list[Ints], start: Floats) -> tuple[Floats, Ints]:
        """Return the cost of beginning, alone or as a bud, and the mother's number where a bud."""
        odds, mother, frames = [np.zeros(0)], [np.zeros(0, np.int64)], self._frames
        for index, (frame, kept) in enumerate(zip(frames, used, strict=True)):
            of, best = best_mothers(frame.buds, self._odds.buds(frame.buds), len(frame.nodes))
            first = frames[index - 1].first if index else 0
            mother.append(np.where(of < 0, NONE, of + first)[kept])
            odds.append(best[kept])
        cost, number = -np.concatenate(odds), np.concatenate(mother)
        return np.minimum(start, cost), np.where(cost < start, number, NONE)

    def _ways_into(self, frame: Gathered) -> Ways:
        links, costs = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
        sources = {f.nodes.frame: f for f in self._frames}
        for frame_number, edges in frame.edges.items():
            source = sources.get(frame_number)
            if source is None:
                continue
            near = edges.where(edges.distance <= self._settings.max_distance)
            mark_1, mark_2 = source.nodes.mark[near.source], frame.nodes.mark[near.target]
            both = (mark_1 > 0) & (mark_2 > 0)
            cost = TIE * (near.source + near.target) - self._odds.links(near)
            cost = np.where(both & (mark_1 == mark_2), WANTED, cost)
            possible = ~(both & (mark_1 != mark_2))
            numbers = [near.source + source.first, near.target + frame.first]
            links.append(np.stack(numbers, axis=1)[possible])
            costs.append(cost[possible])
        division, cost = self._divisions_into(frame, sources.get(frame.nodes.frame - 1))
        return Ways(np.concatenate(links), np.concatenate(costs), division, cost)

    def _divisions_into(self, frame: Gathered, before: Gathered | None) -> tuple[Ints, Floats]:
        if before is None:
            return np.zeros((0, 3), np.int64), np.zeros(0)
        family = frame.divisions.family
        mark = before.nodes.mark[family[:, 0]]
        possible = ~((mark > 0)[:, None] & (frame.nodes.mark[family[:, 1:]] == mark[:, None])).any(
            axis=1
        )
        first = np.array([before.first, frame.first, frame.first])
        return (family + first)[possible], -self._odds.divisions(frame.divisions)[possible]

    def _node_costs(self, used: list[Ints]) -> tuple[Floats, Floats, Floats]:
        """Return the costs of choosing each node, and of a track that begins, or ends, there."""
        frames, odds = self._frames, self._odds
        one_way = [-odds.candidates(f.nodes)[k] for f, k in zip(frames, used, strict=True)]
        rarer = CLOSED if self._settings.borders == "closed" else 0.0
        pairs = list(zip(frames, used, strict=True))
        start = [-odds.starts(f.nodes, f.came_from)[k] - rarer for f, k in pairs]
        end = [-odds.ends(f.nodes, f.goes_into)[k] - rarer for f, k in pairs]
        # What lies before the first frame and after the last one is not known: no way is needed.
        end[-1] = np.zeros_like(end[-1])
        if self._is_first_of_movie:
            start[0] = np.zeros_like(start[0])
        return 2 * np.concatenate(one_way), np.concatenate(start), np.concatenate(end)

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
            self._is_open[index] = np.zeros(len(frame.nodes), bool)
            self._is_open[index][number[nodes] - frame.first] = True
        forgotten = max(n_decided - self._settings.max_gap - 1, 0)
        self._gathering.forget(forgotten)
        self._is_open = self._is_open[forgotten:]
        self._n_decided = n_decided - forgotten
        self._is_first_of_movie = False


def _reasons(
    problem: Problem, solution: Solution, frame_of: Ints, n_frames: int
) -> tuple[Reasons, Reasons]:
    """Return what tells how sure each node's way in is, and its end."""
    now, found = ways(problem, solution), margins(problem, solution)
    kind = np.where(now.source == START, Kind.START, Kind.LINK)
    linked = now.source >= 0
    kind[linked & (frame_of - frame_of[now.source] > 1)] = Kind.GAP
    kind[now.is_daughter] = Kind.BIRTH
    odds = -now.cost_in
    births = problem.division[solution.divisions, 1:]
    odds[births] = -problem.division_cost[solution.divisions, None]
    told_apart = calm(odds, kind == Kind.LINK, frame_of)
    way_in = Reasons(kind, found.way_in, odds, -problem.node_cost, told_apart)
    ends = (now.target == END) & (frame_of < n_frames - 1)
    margin = np.where(ends, found.end, np.inf)
    kind = np.full(len(problem), int(Kind.END))
    end = Reasons(kind, margin, -now.cost_out, -problem.node_cost, told_apart)
    return way_in, end
