"""Divisions: pairs of daughters that a mother may have, and what speaks for them."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.evidence import EdgeEvidence, brightening, edge_evidence
from tracksam.steps.linking.motion import Motion
from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints

# Daughters farther apart than this, in diameters of the mother, are not looked at.
MAX_SEPARATION = 4.0
# Nor are those whose common centre is farther than this from where she is expected.
MAX_OFFSET = 1.5
# Nor are those whose areas differ by more, or add up to less or more, than these log ratios.
MAX_IMBALANCE = 1.8
GROWTH = (-1.5, 1.0)
# A mother whose points and whose neighbours tell places this far apart may be misled by the points.
MISLED_DIAMETERS = 0.15
# A place from which nothing is within reach.
FAR_AWAY = 1e9

Family = tuple[Ints, Ints, Ints]
"""Mothers, first and second daughters, each of shape (D,)."""
Named = dict[str, Floats]
"""Columns of evidence by name, each of shape (D,)."""


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
        From where the mother is expected to the daughters' common centroid, in her diameters:
        here and below, those of the disc of her own past's area where that is greater, because
        cells condense and round up before they divide.
    separation : array, shape (D,)
        Distance of the daughters from each other, in diameters of the mother.
    apart : array, shape (D,)
        The same distance over the sum of the daughters' radii: 1 where discs would touch.
    opposition : array, shape (D,)
        Cosine of the angle between the ways to the daughters: -1 on opposite sides.
    imbalance : array, shape (D,)
        Absolute log ratio of the daughters' areas.
    growth : array, shape (D,)
        Log of the daughters' common area over the mother's, or her own past's where that is
        greater.
    covered : array, shape (D,)
        The smaller of the shares of either daughter that the moved mother covers.
    single : array, shape (D,)
        The greater of the intersections over union of the moved mother with either daughter: how
        well one of them alone would go on with her.
    contrast : array, shape (D,)
        Absolute relative difference of the daughters' intensities. NaN where unknown.
    roundness : array, shape (D,)
        Of the mother.
    condensing : array, shape (D,)
        Log of the mother's area over that of her own past.
    brightening : array, shape (D,)
        Of the mother against her own past. NaN where unknown.
    glow : array, shape (D,)
        Brightening from her own past to the daughters. NaN where unknown.
    doubt : array, shape (D,)
        Of the mother and her daughters, the log-odds of the one with the lowest score. NaN where
        all are certain.
    misled : array, shape (D,)
        1 where the mother's points are not believed (see `misled_divisions`), else 0.
    was_two : array, shape (D,)
        Share of the mother that a second candidate held which was all inside her one or two
        frames before: two cells that were drawn as one for a while.
    rejoined : array, shape (D,)
        The greatest share of both daughters that one candidate covers one or two frames later:
        one cell that was drawn as two for a while.
    again : array, shape (D,)
        The greatest intersection over union of the mother with such a candidate: she is back.
    there : array, shape (D,)
        The smaller of the daughters' intersections over union with two candidates of one or two
        frames before the mother: they are older than she.
    """

    mother: Ints
    first: Ints
    second: Ints
    first_edge: Ints
    second_edge: Ints
    offset: Floats
    separation: Floats
    apart: Floats
    opposition: Floats
    imbalance: Floats
    growth: Floats
    covered: Floats
    single: Floats
    contrast: Floats
    roundness: Floats
    condensing: Floats
    brightening: Floats
    glow: Floats
    doubt: Floats
    misled: Floats
    was_two: Floats
    rejoined: Floats
    again: Floats
    there: Floats

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
    whole = np.maximum(before.area, past.area)
    places = _places(before, after, (mother, first, second), expected_yx, whole)
    near = (places["separation"] <= MAX_SEPARATION) & (places["offset"] <= MAX_OFFSET)
    near &= (places["imbalance"] <= MAX_IMBALANCE) & (GROWTH[0] <= places["growth"])
    near &= places["growth"] <= GROWTH[1]
    one, two, mother, first, second = (row[near] for row in (one, two, mother, first, second))
    places = {name: column[near] for name, column in places.items()}
    return DivisionEvidence(
        mother=mother,
        first=first,
        second=second,
        first_edge=one,
        second_edge=two,
        misled=np.zeros(len(mother)),
        was_two=past.was_two[mother],
        rejoined=np.zeros(len(mother)),
        again=np.zeros(len(mother)),
        there=np.zeros(len(mother)),
        **places,
        **_masks(edges, (one, two)),
        **_looks(before, after, (mother, first, second), past),
    )


def _places(
    before: FrameNodes, after: FrameNodes, family: Family, expected_yx: Floats, whole: Floats
) -> Named:
    """Return where daughters lie and how large they are; `whole`: areas before any condensing."""
    mother, first, second = family
    diameter = 2 * np.sqrt(whole[mother] / np.pi)
    area_1, area_2 = after.area[first], after.area[second]
    distance = np.linalg.norm(after.yx[first] - after.yx[second], axis=1)
    centre = (after.yx[first] * area_1[:, None] + after.yx[second] * area_2[:, None]) / (
        area_1 + area_2
    )[:, None]
    way_1, way_2 = after.yx[first] - expected_yx[mother], after.yx[second] - expected_yx[mother]
    return {
        "offset": np.linalg.norm(centre - expected_yx[mother], axis=1) / diameter,
        "separation": distance / diameter,
        "apart": 2 * distance / (after.diameter[first] + after.diameter[second]),
        "opposition": _cosine(way_1, way_2),
        "imbalance": np.abs(np.log(area_1 / area_2)),
        "growth": np.log((area_1 + area_2) / whole[mother]),
    }


def _masks(edges: EdgeEvidence, rows: tuple[Ints, Ints]) -> Named:
    """Return what the moved mother's mask shares with the daughters'."""
    one, two = rows
    return {
        "covered": np.minimum(edges.covered[one], edges.covered[two]),
        "single": np.maximum(edges.overlap[one], edges.overlap[two]),
    }


def _looks(before: FrameNodes, after: FrameNodes, family: Family, past: Past) -> Named:
    """Return how the mother looks, against her own past, and the daughters, and their scores."""
    mother, first, second = family
    intensity_1 = after.candidates.intensity[first]
    intensity_2 = after.candidates.intensity[second]
    was, now = past.intensity[mother], before.candidates.intensity[mother]
    doubt = np.min(
        [before.score_odds[mother], after.score_odds[first], after.score_odds[second]], 0
    )
    return {
        "contrast": np.abs(brightening(intensity_1, intensity_2)),
        "roundness": before.roundness[mother],
        "condensing": np.log(before.area[mother] / past.area[mother]),
        "brightening": brightening(was, now),
        "glow": brightening(was, (intensity_1 + intensity_2) / 2),
        "doubt": np.where(np.isfinite(doubt), doubt, np.nan),
    }


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
        Greatest distance of a daughter from where her mother is expected, in mean diameters of
        the two.

    Returns
    -------
    DivisionEvidence
        Of mothers for which points and neighbours tell places apart.
    """
    drifted = moved.carry(before.yx, before.diameter)
    apart = np.linalg.norm(drifted - moved.yx, axis=1) / before.diameter
    if (apart < MISLED_DIAMETERS).all():
        return no_divisions()
    drifted[apart < MISLED_DIAMETERS] = FAR_AWAY
    edges = edge_evidence(before, after, drifted, reach)
    found = division_evidence(before, after, drifted, edges, past)
    return attrs.evolve(found, misled=np.ones(len(found)))


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
