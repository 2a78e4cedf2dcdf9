"""What linking reads off masks: measures, alternatives, evidence, masks across gaps."""

import numpy as np
import pytest

from tracksam.regions import Regions
from tracksam.steps.divide import Past, division_evidence
from tracksam.steps.linking.evidence import brightening, edge_evidence
from tracksam.steps.linking.gaps import between, clipped
from tracksam.steps.linking.nodes import measured

SHAPE_YX = (40, 60)


def box(y: int, x: int, height: int, width: int) -> Regions:
    return Regions(SHAPE_YX, [np.ones((height, width), bool)], [(y, x)])


def test_measures_of_a_disc_and_of_a_rod(film, disc) -> None:
    frame = film([[disc(20, 30, 8)]])[0]
    nodes = measured(frame)
    assert nodes.yx.tolist() == [[20, 30]]
    assert nodes.diameter[0] == pytest.approx(16, abs=0.4)
    assert nodes.roundness[0] == pytest.approx(1, abs=0.01)
    assert nodes.border[0] == pytest.approx(12 / nodes.diameter[0])


def test_a_rod_is_not_round(film, disc) -> None:
    import attrs

    frame = attrs.evolve(film([[disc(20, 30)]])[0], regions=box(10, 20, 4, 16))
    assert measured(frame).roundness[0] == pytest.approx(0.25)


def test_alternatives_are_those_that_share_much(film, disc) -> None:
    nodes = measured(film([[disc(20, 30), disc(20, 34), disc(20, 46), disc(20, 57)]])[0])
    assert nodes.alternatives.tolist() == [[0, 1]]


def test_evidence_of_a_cell_that_moved_as_its_points_say(film, disc) -> None:
    before, after = (
        measured(f) for f in film([[disc(20, 30, step=(3.0, 5.0))], [disc(23, 35), disc(60, 90)]])
    )
    edges = edge_evidence(before, after, np.array([[23.0, 35.0]]), 1.5)
    assert (edges.source.tolist(), edges.target.tolist()) == ([0], [0])
    assert edges.distance.tolist() == [0]
    assert edges.overlap.tolist() == [1]
    assert edges.covered.tolist() == [1]
    assert edges.share.tolist() == [1]
    assert edges.log_area.tolist() == [0]
    assert np.isnan(edges.brightening).all()


def test_a_cell_that_leaves_the_frame_overlaps_with_what_is_left(film, disc) -> None:
    before, after = (measured(f) for f in film([[disc(20, 8)], [disc(20, 0)]]))
    edges = edge_evidence(before, after, np.array([[20.0, 0.0]]), 1.5)
    assert 0.4 < edges.overlap[0] < 0.8
    assert edges.border[0] == 0


def test_points_that_land_in_two_are_shared(film, disc) -> None:
    import attrs

    frames = film([[disc(20, 30, step=(0.0, 0.0))], [disc(20, 23, 5), disc(20, 37, 5)]])
    landing = np.array([[[20, 23], [21, 23], [20, 37], [5, 5], [np.nan, np.nan]]], float)
    confidence = np.array([[1, 1, 1, 1, 0.0]])
    first = attrs.evolve(frames[0], landing_kp2=landing, landing_confidence_kp=confidence)
    edges = edge_evidence(measured(first), measured(frames[1]), np.array([[20.0, 30.0]]), 1.5)
    assert edges.share.tolist() == [0.5, 0.25]


def test_evidence_of_a_division(film, disc) -> None:
    before, after = (
        measured(f) for f in film([[disc(40, 60, 7)], [disc(40, 53, 5), disc(40, 67, 5)]])
    )
    edges = edge_evidence(before, after, before.yx, 2.0)
    past = Past(2 * before.area, before.candidates.intensity, np.zeros(1))
    found = division_evidence(before, after, before.yx, edges, past)
    assert len(found) == 1
    assert found.offset.tolist() == [0]
    usual = np.sqrt(2) * before.diameter[0]  # she has condensed to half her area
    assert found.separation[0] == pytest.approx(14 / usual)
    assert found.opposition.tolist() == [-1]
    assert found.imbalance.tolist() == [0]
    assert found.growth[0] == pytest.approx(np.log(2 * after.area[0] / (2 * before.area[0])))
    swollen = Past(before.area / 2, before.candidates.intensity, np.zeros(1))
    found_2 = division_evidence(before, after, before.yx, edges, swollen)
    assert found_2.separation[0] == pytest.approx(14 / before.diameter[0])
    assert found_2.growth[0] == pytest.approx(np.log(2 * after.area[0] / before.area[0]))
    assert found.condensing[0] == pytest.approx(-np.log(2))
    assert np.isnan(found.contrast).all()


def test_alternatives_are_no_daughters(film, disc) -> None:
    before, after = (measured(f) for f in film([[disc(40, 60, 7)], [disc(40, 57), disc(40, 62)]]))
    edges = edge_evidence(before, after, before.yx, 2.0)
    past = Past(before.area, before.candidates.intensity, np.zeros(1))
    assert len(edges) == 2
    assert len(division_evidence(before, after, before.yx, edges, past)) == 0


def test_brightening_is_relative_and_bounded() -> None:
    before, after = np.array([2.0, 0.0, 0.0, np.nan]), np.array([4.0, 0.1, 100.0, 1.0])
    found = brightening(before, after)
    assert found[:3] == pytest.approx([2 / 4.5, 0.1 / 0.6, 100 / 100.5])
    assert np.isnan(found[3])
    assert brightening(after, before)[:3] == pytest.approx(-found[:3])


def test_the_mask_in_the_middle_has_the_mean_place_and_size() -> None:
    middle = between(box(10, 10, 9, 9), box(14, 30, 13, 13), 0.5)
    assert middle.centroid_yx[0] == pytest.approx([17, 25])
    assert middle.box_yxyx[0, 2:] - middle.box_yxyx[0, :2] == pytest.approx([11, 11])


def test_at_its_ends_the_way_has_the_masks_themselves() -> None:
    first, last = box(10, 10, 9, 5), box(14, 30, 3, 13)
    assert between(first, last, 0.0) == first
    assert between(first, last, 1.0) == last


def test_a_mask_is_cut_at_the_frame_and_at_others() -> None:
    outside = between(box(0, 0, 5, 5), box(0, 0, 5, 5), 0.5)
    assert outside.area_px.tolist() == [25]
    taken_yx = np.zeros(SHAPE_YX, bool)
    taken_yx[:, :2] = True
    assert clipped(outside, taken_yx).box_yxyx.tolist() == [[0, 2, 5, 5]]
    taken_yx[:, :4] = True
    assert len(clipped(outside, taken_yx)) == 0
    assert len(clipped(Regions(SHAPE_YX), taken_yx)) == 0
