import numpy as np
import pytest

from tracksam.backends.nano.backend import _proposed
from tracksam.backends.nano.blob import blobs_at
from tracksam.backends.request import Request, requests
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.training.ideal import ideal_seen
from tracksam.training.targets import CANONICAL_PX


def discs(shape_yx, centres_yx, radius_px):
    rows, columns = np.indices(shape_yx)
    labels_yx = np.zeros(shape_yx, np.int32)
    nearest = np.full(shape_yx, np.inf)
    for label, (y, x) in enumerate(centres_yx, start=1):
        distance = np.hypot(rows - y, columns - x)
        mine = (distance <= radius_px) & (distance < nearest)
        labels_yx[mine], nearest[mine] = label, distance[mine]
    return labels_yx


def seen_of(labels_yx, shape_yx=None):
    return ideal_seen(labels_yx, shape_yx or labels_yx.shape, 0.8)


CENTRES = [(30, 30), (30, 53), (55, 41), (70, 100)]
LABELS = discs((90, 120), CENTRES, 12)


def answer(positive=(), negative=(), box=None, previous=None, seen=None):
    seen = seen or seen_of(LABELS)
    points = [*positive, *negative]
    flags = [True] * len(positive) + [False] * len(negative)
    n = len(points)
    prompts = Prompts([4] * n, [0] * n, np.array(points, float).reshape(-1, 2), flags)
    boxes = Boxes([4], [0], [box]) if box is not None else Boxes()
    (request,) = requests(prompts, boxes, previous)
    return _proposed(seen, request, CANONICAL_PX)


def iou(regions, truth):
    mask = regions.mask(0)
    return np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth)


@pytest.mark.parametrize("label", [1, 2, 3, 4])
def test_a_point_selects_the_cell_under_it(label):
    y, x = CENTRES[label - 1]
    found = answer([(y + 4, x - 5)])
    assert iou(found, label == LABELS) > 0.95
    assert found.object_id.tolist() == [4] * len(found)
    assert found.score[0] == pytest.approx(0.8)


def test_two_points_merge_two_cells():
    found = answer([CENTRES[0], CENTRES[1]])
    assert iou(found, np.isin(LABELS, [1, 2])) > 0.95


def test_a_negative_point_cuts_and_is_outside():
    merged = np.where(np.isin(LABELS, [1, 2]), 1, 0).astype(np.int32)
    seen = seen_of(merged)
    before = answer([CENTRES[0]], seen=seen)
    after = answer([CENTRES[0]], [CENTRES[1]], seen=seen)
    assert iou(before, LABELS == 1) < 0.6
    assert iou(after, LABELS == 1) > 0.75
    assert not after.contains(0, [CENTRES[1]])[0]


def test_a_box_selects_the_cell_in_it_and_bounds_it():
    found = answer(box=[17, 17, 43, 43])
    assert iou(found, LABELS == 1) > 0.93
    assert found.box_yxyx[0][2] <= 43
    assert found.box_yxyx[0][3] <= 43


def test_a_previous_mask_selects_the_cell_it_lies_on():
    previous = Regions.from_masks([np.roll(LABELS == 3, (2, -3), (0, 1))], LABELS.shape, None, [4])
    found = answer([CENTRES[2]], previous=previous)
    assert iou(found, LABELS == 3) > 0.95


def test_a_previous_mask_joins_the_pieces_of_a_split_cell():
    seen = seen_of(LABELS)
    previous = Regions.from_masks([np.isin(LABELS, [1, 2])], LABELS.shape, None, [4])
    found = answer([CENTRES[0]], previous=previous, seen=seen)
    assert iou(found, np.isin(LABELS, [1, 2])) > 0.95


def test_nothing_at_the_point_gives_nothing():
    assert len(answer([(5, 110)])) == 0


def test_a_point_beside_a_cell_selects_it():
    assert iou(answer([(70, 100 + 14)]), LABELS == 4) > 0.95


def test_proposals_are_nested_alternatives_with_falling_scores():
    found = answer([CENTRES[0]])
    assert 2 <= len(found) <= 3
    assert (np.diff(found.score) <= 0).all()
    areas = found.area_px
    assert areas.max() > 1.5 * areas[0] or areas.min() < 0.8 * areas[0]


@pytest.mark.parametrize("factor", [(2.0, 2.0), (0.5, 0.5), (3.0, 3.0)])
def test_positions_are_those_of_the_frame_at_any_scale(factor):
    shape = (round(90 * factor[0]), round(120 * factor[1]))
    seen = seen_of(LABELS, shape)
    centre = (np.array(CENTRES[3]) + 0.5) * factor - 0.5
    found = answer([centre], seen=seen)
    assert found.shape_yx == shape
    np.testing.assert_allclose(found.centroid_yx[0], centre, atol=0.6)
    assert found.area_px[0] == pytest.approx((LABELS == 4).sum() * factor[0] * factor[1], rel=0.08)


def ious_after(points, flags, truth, seen):
    prompts = Prompts([4] * len(points), [0] * len(points), np.array(points, float), flags)
    (request,) = requests(prompts, Boxes(), None)
    return iou(_proposed(seen, request, CANONICAL_PX), truth)


def test_a_point_beside_the_mask_adds_what_is_missing_there():
    truth = LABELS == 4
    short = LABELS.copy()
    short[:, 103:][short[:, 103:] == 4] = 0
    seen = seen_of(short)
    before = ious_after([CENTRES[3]], [True], truth, seen)
    after = ious_after([CENTRES[3], (70, 107)], [True, True], truth, seen)
    assert after > before + 0.1


def test_a_negative_point_in_a_corner_leaves_the_rest():
    truth = LABELS == 4
    long = LABELS.copy()
    long[66:75, 112:119] = 4
    seen = seen_of(long)
    before = ious_after([CENTRES[3]], [True], truth, seen)
    after = ious_after([CENTRES[3], (70, 116)], [True, False], truth, seen)
    assert after > before
    assert after > 0.9


def test_one_point_at_the_rim_of_a_neighbour_does_not_take_all_of_it():
    found = answer([CENTRES[0], (30, 46)])
    assert iou(found, LABELS == 1) > 0.8


def test_points_at_the_rim_of_a_neighbour_take_a_part_of_it():
    found = answer([CENTRES[0], (24, 46), (36, 46)])
    assert found.contains(0, np.array([(24.0, 46.0), (36.0, 46.0)])).all()
    assert iou(found, np.isin(LABELS, [1, 2])) < 0.8


def spot(radius_px: float, height: float) -> np.ndarray:
    rows, columns = np.indices((60, 80))
    image_yx = np.random.default_rng(0).normal(50, 1, (60, 80))
    return (image_yx + height * (np.hypot(rows - 25, columns - 40) < radius_px)).astype(np.float32)


@pytest.mark.parametrize("height", [25, -25])
def test_a_click_on_what_the_network_misses_gives_what_stands_out(height):
    request = Request(6, np.array([[26.0, 38.0]]), np.array([True]))
    found = blobs_at(spot(7, height), request, 16)
    assert found.object_id.tolist() == [6]
    assert found.area_px[0] == pytest.approx(np.pi * 49, rel=0.2)
    assert found.score[0] < 0.2


def test_where_nothing_stands_out_a_click_gives_nothing():
    request = Request(6, np.array([[10.0, 12.0]]), np.array([True]))
    assert len(blobs_at(spot(7, 25), request, 16)) == 0


def test_further_points_add_to_what_stands_out_and_take_from_it():
    flags = np.array([True, True, False])
    points = np.array([[25.0, 40.0], [25.0, 49.0], [20.0, 40.0]])
    found = blobs_at(spot(7, 25), Request(6, points, flags), 16)
    assert found.contains(0, points).tolist() == [True, True, False]


def test_a_long_cell_is_not_cut_at_the_end_far_from_the_click():
    rows, columns = np.indices((90, 260))
    long = ((np.abs(rows - 45) < 9) & (columns > 12) & (columns < 240)).astype(np.int32)
    seen = seen_of(long)
    label = seen.labels_yx[45, 30]
    found = answer([(45, 20)], seen=seen)
    alone = np.asarray(seen.labels_yx == seen.labels_yx[45, 20])
    assert label > 0
    np.testing.assert_array_equal(found.mask(0), alone)
    assert found.box_yxyx[0][3] - 20 > 2 * CANONICAL_PX


def test_a_negative_point_leaves_what_is_nearer_to_the_positive_one():
    merged = np.where(np.isin(LABELS, [1, 2]), 1, 0).astype(np.int32)
    at_the_rim = answer([(22, 36)], [CENTRES[1]], seen=seen_of(merged))
    assert iou(at_the_rim, LABELS == 1) > 0.7
