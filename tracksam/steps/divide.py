"""Divisions: pairs of daughters that a mother may have, and what speaks for them."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.evidence import EdgeEvidence, brightening, edge_evidence
from tracksam.steps.linking.motion import Motion
from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints, has_rivals, rank_in_run

# Daughters farther apart than this, in diameters of the mother, are not looked at.
MAX_SEPARATION = 4.0
# Nor are those whose common centre is farther than this from where she is expected.
MAX_OFFSET = 1.5
# Nor are those whose areas differ by more, or add up to less or more, than these log ratios.
MAX_IMBALANCE = 1.8
GROWTH = (-1.5, 1.0)
# A candidate of which this share lies in another one is all inside it.
INSIDE = 0.5
# A mother whose points and whose neighbours tell places this far apart may be misled by the points.
MISLED_DIAMETERS = 0.15
# A place from which nothing is within reach.
FAR_AWAY = 1e9


@attrs.frozen(eq=False)
class Past:
    """What a candidate was like in the frames before, along its likeliest predecessors.

    Parameters
    ----------
    area, intensity : array, shape (K,)
        Running means up to the frame before; the candidate's own where it has no past.
    was_two : array, shape (K,)
        See `DivisionEvidence`.
    """

    area: Floats
    intensity: Floats
    was_two: Floats


@attrs.frozen(eq=False)
class DivisionEvidence:
    """D possible divisions of candidates of one frame into two of the next.

    Parameters
    ----------
    mother, first, second : array of int, shape (D,)
        Positions in the earlier and, twice, in the later frame; first < second.
    first_edge, second_edge : array of int, shape (D,)
        The rows of the edge evidence that lead from the mother to each.
    offset : array, shape (D,)
        From where the mother is expected to the daughters' common centroid, in her diameters.
    separation : array, shape (D,)
        Distance of the daughters from each other, in diameters of the mother.
    opposition : array, shape (D,)
        Cosine of the angle between the ways to the daughters: -1 on opposite sides.
    imbalance : array, shape (D,)
        Absolute log ratio of the daughters' areas.
    growth : array, shape (D,)
        Log of the daughters' common area over the mother's.
    overlap : array, shape (D,)
        Intersection over union of the moved mother with both daughters together.
    covered : array, shape (D,)
        The smaller of the shares of either daughter that the moved mother covers.
    contrast : array, shape (D,)
        Absolute relative difference of the daughters' intensities. NaN where unknown.
    roundness : array, shape (D,)
        Of the mother.
    condensing : array, shape (D,)
        Log of the mother's area over that of her own past.
    brightening : array, shape (D,)
        Of the mother against her own past. NaN where unknown.
    shares : array, shape (D,)
        The smaller of the shares of her points in either daughter. NaN where she has none.
    glow : array, shape (D,)
        Brightening from her own past to the daughters. NaN where unknown.
    smaller : array, shape (D,)
        Log of the smaller daughter's area over the median of her frame.
    was_two : array, shape (D,)
        Share of the mother that a second candidate held which was all inside her one or two
        frames before: two cells that were drawn as one for a while.
    rejoined : array, shape (D,)
        The greatest share of both daughters that one candidate covers one or two frames later:
        one cell that was drawn as two for a while.
    """

    mother: Ints
    first: Ints
    second: Ints
    first_edge: Ints
    second_edge: Ints
    offset: Floats
    separation: Floats
    opposition: Floats
    imbalance: Floats
    growth: Floats
    overlap: Floats
    covered: Floats
    contrast: Floats
    roundness: Floats
    condensing: Floats
    brightening: Floats
    shares: Floats
    glow: Floats
    smaller: Floats
    was_two: Floats
    rejoined: Floats

    def __len__(self) -> int:
        return len(self.mother)

    @property
    def family(self) -> Ints:
        """Mother and daughters, shape (D, 3)."""
        return np.stack([self.mother, self.first, self.second], axis=1)

    def where(self, keep: NDArray[Any]) -> DivisionEvidence:
        """Return some of the divisions: flags, shape (D,), or positions."""
        fields = attrs.fields(DivisionEvidence)
        return DivisionEvidence(*(getattr(self, field.name)[keep] for field in fields))

    def joined(self, other: DivisionEvidence) -> DivisionEvidence:
        """Return both; of a division in both, the one with the smaller offset."""
        fields = attrs.fields(DivisionEvidence)
        both = DivisionEvidence(
            *(
                np.concatenate([getattr(one, field.name) for one in (self, other)])
                for field in fields
            )
        )
        order = np.argsort(both.offset, kind="stable")
        return both.where(order[np.unique(both.family[order], axis=0, return_index=True)[1]])


def no_divisions() -> DivisionEvidence:
    """Return evidence on no division."""
    none = np.zeros(0, np.int64)
    numbers = len(attrs.fields(DivisionEvidence)) - 5
    return DivisionEvidence(none, none, none, none, none, *[np.zeros(0)] * numbers)


def division_evidence(
    before: FrameNodes, after: FrameNodes, expected_yx: Floats, edges: EdgeEvidence, past: Past
) -> DivisionEvidence:
    """Return the evidence on every pair of daughters that a mother can reach.

    Parameters
    ----------
    before, after : FrameNodes
        Neighbouring frames.
    expected_yx : array, shape (K, 2)
        Where the candidates of `before` are expected.
    edges : EdgeEvidence
        Between the two frames, in order of source.
    past : Past
        Of `before`.

    Returns
    -------
    DivisionEvidence
        Without pairs of alternatives, and without pairs farther apart than `MAX_SEPARATION`.
    """
    one, two = _pairs(edges, after)
    mother, first, second = edges.source[one], edges.target[one], edges.target[two]
    diameter = before.diameter[mother]
    apart = np.linalg.norm(after.yx[first] - after.yx[second], axis=1) / diameter
    area_1, area_2 = after.area[first], after.area[second]
    centre = (after.yx[first] * area_1[:, None] + after.yx[second] * area_2[:, None]) / (
        area_1 + area_2
    )[:, None]
    offset = np.linalg.norm(centre - expected_yx[mother], axis=1) / diameter
    growth = np.log((area_1 + area_2) / before.area[mother])
    near = (apart <= MAX_SEPARATION) & (offset <= MAX_OFFSET)
    near &= (np.abs(np.log(area_1 / area_2)) <= MAX_IMBALANCE) & (GROWTH[0] <= growth)
    near &= growth <= GROWTH[1]
    one, two, mother, first, second, apart, offset, area_1, area_2 = (
        column[near] for column in (one, two, mother, first, second, apart, offset, area_1, area_2)
    )
    area_m = before.area[mother]
    intensity = after.candidates.intensity
    shared = edges.covered[one] * area_1 + edges.covered[two] * area_2
    return DivisionEvidence(
        mother,
        first,
        second,
        one,
        two,
        offset,
        apart,
        _cosine(after.yx[first] - expected_yx[mother], after.yx[second] - expected_yx[mother]),
        np.abs(np.log(area_1 / area_2)),
        np.log((area_1 + area_2) / area_m),
        shared / np.maximum(area_m + area_1 + area_2 - shared, 1),
        np.minimum(edges.covered[one], edges.covered[two]),
        np.abs(brightening(intensity[first], intensity[second])),
        before.roundness[mother],
        np.log(area_m / past.area[mother]),
        brightening(past.intensity, before.candidates.intensity)[mother],
        np.minimum(edges.share[one], edges.share[two]),
        brightening(past.intensity[mother], (intensity[first] + intensity[second]) / 2),
        _log_of_usual(np.minimum(area_1, area_2), after),
        past.was_two[mother],
        np.zeros(len(mother)),
    )


def _log_of_usual(area: Floats, nodes: FrameNodes) -> Floats:
    """Return the log of areas over the median of a frame's candidates, shape (N,)."""
    usual = float(np.median(nodes.area)) if len(nodes) else 1.0
    return np.asarray(np.log(area / usual))


def was_two(edges: EdgeEvidence, before: FrameNodes, n_after: int) -> Floats:
    """Return what share of each candidate a second one held that was all inside it before.

    Parameters
    ----------
    edges : EdgeEvidence
        Into the candidates, from one frame before them.
    before : FrameNodes
        That frame. Candidates with alternatives tell nothing.
    n_after : int
        Number of candidates.

    Returns
    -------
    array, shape (n_after,)
    """
    inside = (edges.held >= INSIDE) & ~has_rivals(before)[edges.source]
    target, covered = edges.target[inside], edges.covered[inside]
    order = np.lexsort((-covered, target))
    target, covered = target[order], covered[order]
    second = np.flatnonzero(rank_in_run(target) == 1)
    result = np.zeros(n_after)
    result[target[second]] = covered[second]
    return result


def rejoined(divisions: DivisionEvidence, edges: EdgeEvidence, later: FrameNodes) -> Floats:
    """Return the greatest share of both daughters that one later candidate covers.

    Parameters
    ----------
    divisions : DivisionEvidence
        D of them.
    edges : EdgeEvidence
        From the daughters' frame to the later one.
    later : FrameNodes
        Candidates with alternatives tell nothing.

    Returns
    -------
    array, shape (D,)
    """
    told = edges.where(~has_rivals(later)[edges.target])
    code = np.append(told.source * max(len(later), 1) + told.target, np.iinfo(np.int64).max)
    start, stop = (
        np.searchsorted(told.source, divisions.first, side) for side in ("left", "right")
    )
    division = np.repeat(np.arange(len(divisions)), stop - start)
    place = np.arange(len(division)) + np.repeat(
        start - np.append(0, np.cumsum(stop - start))[:-1], stop - start
    )
    wanted = divisions.second[division] * max(len(later), 1) + told.target[place]
    other = np.searchsorted(code, wanted)
    both = code[other] == wanted
    result = np.zeros(len(divisions))
    shared = np.minimum(told.held[place[both]], told.held[other[both]])
    np.maximum.at(result, division[both], shared)
    return result


def misled_divisions(
    before: FrameNodes, after: FrameNodes, moved: Motion, past: Past, reach: float
) -> DivisionEvidence:
    """Return the evidence on mothers all of whose points may have gone with one daughter.

    Such a mother is expected where her neighbours drift, and her points say nothing.

    Parameters
    ----------
    before, after : FrameNodes
        Neighbouring frames.
    moved : Motion
        Where the candidates of `before` are expected, each by its own points.
    past : Past
        Of `before`.
    reach : float
        Greatest distance of a daughter, in mean diameters of her and her mother.

    Returns
    -------
    DivisionEvidence
        Of mothers for which points and neighbours tell places apart.
    """
    drifted = moved.carry(before.yx, before.diameter)
    apart = np.linalg.norm(drifted - moved.yx, axis=1) / before.diameter
    drifted[apart < MISLED_DIAMETERS] = FAR_AWAY
    edges = edge_evidence(before, after, drifted, reach)
    silent = attrs.evolve(edges, share=np.full(len(edges), np.nan))
    return division_evidence(before, after, drifted, silent, past)


def _pairs(edges: EdgeEvidence, after: FrameNodes) -> tuple[Ints, Ints]:
    """Return the pairs of edges that leave one source for two targets that can coexist."""
    one, two = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, len(edges)):
        same = np.flatnonzero(edges.source[step:] == edges.source[:-step])
        if not len(same):
            break
        one.append(same)
        two.append(same + step)
    first, second = np.concatenate(one), np.concatenate(two)
    n = max(len(after), 1)
    rivals = np.sort(after.alternatives, axis=1) @ np.array([n, 1])
    coexist = ~np.isin(edges.target[first] * n + edges.target[second], rivals)
    order = np.lexsort((second[coexist], first[coexist]))
    return first[coexist][order], second[coexist][order]


def _cosine(a: Floats, b: Floats) -> NDArray[np.float64]:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(axis=1) / np.maximum(lengths, 1e-9))
