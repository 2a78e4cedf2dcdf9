import numpy as np
import pytest

from tracksam.backends.nano.decode import Decoding, instances, votes_of, whole_pieces
from tracksam.backends.nano.model import Answers
from tracksam.training.figures import overlaps
from tracksam.training.ideal import ideal_answers
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


TOUCHING = discs((90, 120), [(30, 30), (30, 52), (50, 41), (70, 100)], 13)


def decoded(labels_yx):
    return decoded_answers(ideal_answers(labels_yx))


def decoded_answers(answers):
    return instances(answers, votes_of(answers, Decoding()), Decoding(), CANONICAL_PX)


def best_iou(truth_yx, found_yx):
    return overlaps(truth_yx, found_yx).iou.max(axis=1)


def test_touching_cells_come_back_as_they_were():
    found_yx = decoded(TOUCHING)
    assert found_yx.max() == 4
    assert best_iou(TOUCHING, found_yx).min() > 0.97


@pytest.mark.parametrize("length", [40, 70])
def test_elongated_cells_stay_whole(length):
    labels_yx = np.zeros((60, 100), np.int32)
    labels_yx[20:28, 10 : 10 + length] = 1
    labels_yx[28:36, 15 : 15 + length] = 2
    found_yx = decoded(labels_yx)
    assert found_yx.max() == 2
    assert best_iou(labels_yx, found_yx).min() > 0.95


@pytest.mark.parametrize("radius", [5, 8, 20, 32])
def test_cells_of_other_sizes_come_back(radius):
    labels_yx = discs((100, 140), [(40, 40), (50, 110 - radius // 4)], radius)
    found_yx = decoded(labels_yx)
    assert found_yx.max() == 2
    assert best_iou(labels_yx, found_yx).min() > 0.95


def test_texture_in_the_offsets_does_not_split_a_cell(rng):
    labels_yx = discs((80, 90), [(40, 45)], 20)
    truth = ideal_answers(labels_yx)
    noisy = truth.offset_yx + rng.normal(0, 3, truth.offset_yx.shape).astype(np.float32)
    answers = Answers(truth.foreground, truth.distance, noisy, truth.log_diameter)
    found_yx = decoded_answers(answers)
    assert found_yx.max() == 1
    assert best_iou(labels_yx, found_yx)[0] > 0.95


def test_nothing_gives_nothing():
    found_yx = decoded(np.zeros((33, 47), np.int32))
    assert found_yx.shape == (33, 47)
    assert not found_yx.any()


def test_votes_gather_at_centres():
    answers = ideal_answers(discs((50, 70), [(20, 30)], 10))
    votes = votes_of(answers, Decoding())
    rows, columns = np.divmod(votes.centre, 70)
    assert np.abs(rows - 20).max() <= 2
    assert np.abs(columns - 30).max() <= 2


def test_a_label_in_pieces_keeps_the_largest_and_its_holes_are_filled():
    labels_yx = np.zeros((20, 30), np.int32)
    labels_yx[2:12, 2:12] = 5
    labels_yx[6, 6] = 0
    labels_yx[15:18, 20:23] = 5
    labels_yx[1:9, 20:28] = 3
    found_yx = whole_pieces(labels_yx, 6)
    assert np.bincount(found_yx.ravel()).tolist() == [600 - 164, 64, 100] or np.bincount(
        found_yx.ravel()
    ).tolist() == [600 - 164, 100, 64]
    assert found_yx[16, 21] == 0


def test_small_pieces_go():
    labels_yx = np.zeros((20, 30), np.int32)
    labels_yx[3:5, 3:5] = 1
    assert not whole_pieces(labels_yx, 6).any()


def test_a_cell_may_fill_the_image():
    assert whole_pieces(np.full((20, 30), 7, np.int32), 6).tolist() == [[1] * 30] * 20
