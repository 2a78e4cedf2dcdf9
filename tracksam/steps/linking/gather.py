"""Gather: candidates of frame after frame, and the evidence on every way from one to the next."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.graph import FrameCandidates, Origin
from tracksam.settings import LinkSettings
from tracksam.steps.divide import (
    DivisionEvidence,
    Past,
    division_evidence,
    misled_divisions,
    no_divisions,
)
from tracksam.steps.linking.buds import BudEvidence, bud_evidence, no_buds
from tracksam.steps.linking.evidence import EdgeEvidence, edge_evidence
from tracksam.steps.linking.flicker import greatest, rejoined, was_two, were_there
from tracksam.steps.linking.motion import Motion, motion
from tracksam.steps.linking.nodes import Floats, FrameNodes, measured

# Daughters lie farther from where the mother is expected than a cell that only moves.
DAUGHTER_REACH = 0.75
# Weight of the frames before the last one in what a cell was like in its past.
MEMORY = 0.7
# A predecessor covers at least this much of what it is a past of.
OF_ONE_CELL = 0.3
# For this many frames after a division it is looked whether the daughters are one again, and
# before it, whether the mother was two.
FLICKER_FRAMES = 2


@attrs.define(eq=False)
class Gathered:
    """One frame, and the evidence on all ways into it.

    Parameters
    ----------
    nodes : FrameNodes
        Its K candidates.
    first : int
        Number of the first of them; candidates are numbered through the whole movie.
    expected_yx : array, shape (K, 2)
        Where they are expected in the latest frame.
    past : Past
        Of each.
    edges : dict of int to EdgeEvidence
        By the frame that they come from. From the frame before, they reach farther than links:
        as far as daughters.
    came_from, goes_into : array, shape (K,)
        Greatest share of each that one candidate of the frame before, moved, covers; and that,
        moved, lies in one candidate of the next frame: pieces and what is swallowed. 0 where there
        is no such frame yet.
    divisions : DivisionEvidence
        Into daughters in this frame.
    buds : BudEvidence
        That begin in this frame; none unless cells bud.
    """

    nodes: FrameNodes
    first: int
    expected_yx: Floats
    past: Past
    edges: dict[int, EdgeEvidence]
    came_from: Floats
    goes_into: Floats
    divisions: DivisionEvidence
    buds: BudEvidence


class Gathering:
    """Frames come in; what they tell of each other is gathered.

    Parameters
    ----------
    settings : LinkSettings

    Attributes
    ----------
    frames : list of Gathered
        Those that are not forgotten.
    n_nodes : int
        Candidates so far, through the whole movie.
    """

    def __init__(self, settings: LinkSettings) -> None:
        self._settings = settings
        self._motion: Motion | None = None
        self.frames: list[Gathered] = []
        self.n_nodes = 0

    def forget(self, n_frames: int) -> None:
        """Forget the first frames.

        Parameters
        ----------
        n_frames : int
            How many.
        """
        self.frames = self.frames[n_frames:]

    def add(self, candidates: FrameCandidates) -> None:
        """Take in the next frame.

        Parameters
        ----------
        candidates : FrameCandidates
            Of the frame after the last one.
        """
        nodes = measured(candidates.select(candidates.origin != Origin.LOST))
        past = Past(nodes.area, nodes.candidates.intensity, np.zeros(len(nodes)))
        none = np.zeros(len(nodes))
        frame = Gathered(
            nodes, self.n_nodes, nodes.yx, past, {}, none, none, no_divisions(), no_buds()
        )
        self.n_nodes += len(nodes)
        if self.frames:
            before = self.frames[-1].nodes
            self._motion = motion(before, nodes, self._settings.max_distance, self._motion)
            self._connect(frame, self._motion)
        self.frames.append(frame)

    def _connect(self, frame: Gathered, moved: Motion) -> None:
        settings, last = self._settings, self.frames[-1]
        reach = settings.max_distance + DAUGHTER_REACH * settings.divisions
        sources = self.frames[-settings.max_gap - 1 :]
        for source, expected_yx in zip(sources, self._expected(sources, moved), strict=True):
            source.expected_yx = expected_yx
            frame.edges[source.nodes.frame] = edge_evidence(
                source.nodes, frame.nodes, expected_yx, reach
            )
        near = frame.edges[last.nodes.frame]
        frame.came_from = greatest(near.covered, near.target, len(frame.nodes))
        last.goes_into = greatest(near.held, near.source, len(last.nodes))
        frame.past = self._past(frame)
        if settings.budding:
            frame.buds = bud_evidence(last.nodes, frame.nodes, moved.yx)
        elif settings.divisions:
            edges = frame.edges[last.nodes.frame]
            plain = division_evidence(last.nodes, frame.nodes, moved.yx, edges, last.past)
            misled = misled_divisions(last.nodes, frame.nodes, moved, last.past, reach)
            frame.divisions = self._seen_before(frame, plain.joined(misled))
            self._look_back_at_daughters(frame)

    def _expected(self, sources: list[Gathered], moved: Motion) -> list[Floats]:
        """Return where candidates of the last frames are expected in the next one."""
        earlier = sources[:-1]
        if not earlier:
            return [moved.yx]
        yx = np.concatenate([source.expected_yx for source in earlier])
        diameter = np.concatenate([source.nodes.diameter for source in earlier])
        ends = np.cumsum([len(source.nodes) for source in earlier])
        return [*np.split(moved.carry(yx, diameter), ends)[:-1], moved.yx]

    def _past(self, frame: Gathered) -> Past:
        """Return what the candidates were like, along their likeliest predecessors."""
        last = self.frames[-1]
        edges = frame.edges[last.nodes.frame]
        area, intensity = frame.nodes.area.copy(), frame.nodes.candidates.intensity.copy()
        order = np.lexsort((edges.source, edges.distance - edges.overlap, edges.target))
        best = order[np.diff(edges.target[order], prepend=-1) > 0]
        best = best[(edges.overlap[best] > OF_ONE_CELL) | (edges.distance[best] < OF_ONE_CELL)]
        before, after = edges.source[best], edges.target[best]
        area[after] = MEMORY * last.past.area[before] + (1 - MEMORY) * last.nodes.area[before]
        intensity[after] = (
            MEMORY * last.past.intensity[before]
            + (1 - MEMORY) * last.nodes.candidates.intensity[before]
        )
        two = np.zeros(len(frame.nodes))
        for source in self.frames[-FLICKER_FRAMES:]:
            ways = frame.edges.get(source.nodes.frame)
            if ways is not None:
                two = np.maximum(two, was_two(ways, source.nodes, len(frame.nodes)))
        return Past(area, intensity, two)

    def _seen_before(self, frame: Gathered, divisions: DivisionEvidence) -> DivisionEvidence:
        """Return divisions that are told whether their daughters are older than the mother."""
        there = divisions.there
        for source in self.frames[-FLICKER_FRAMES - 1 : -1]:
            edges = frame.edges.get(source.nodes.frame)
            if edges is not None:
                share = were_there(edges, len(frame.nodes))
                both = np.minimum(share[divisions.first], share[divisions.second])
                there = np.maximum(there, both)
        return attrs.evolve(divisions, there=there)

    def _look_back_at_daughters(self, frame: Gathered) -> None:
        """Tell earlier divisions whether their daughters are one candidate of this frame."""
        for earlier in self.frames[-FLICKER_FRAMES:]:
            edges = frame.edges.get(earlier.nodes.frame)
            if edges is None or not len(earlier.divisions):
                continue
            of_mothers = frame.edges.get(earlier.nodes.frame - 1)
            whole, again = rejoined(earlier.divisions, edges, of_mothers, frame.nodes)
            earlier.divisions = attrs.evolve(
                earlier.divisions,
                rejoined=np.maximum(earlier.divisions.rejoined, whole),
                again=np.maximum(earlier.divisions.again, again),
            )
