import numpy as np
import pytest

from tracksam.errors import InvalidInputError
from tracksam.regions import Regions
from tracksam.training.calibrate import Judged, fit_weights
from tracksam.training.figures import average_precision, click_test, overlaps, seg


@pytest.fixture
def truth_yx():
    labels_yx = np.zeros((30, 50), np.int32)
    labels_yx[5:15, 5:15], labels_yx[5:15, 20:30], labels_yx[20:28, 33:45] = 3, 7, 8
    return labels_yx


def test_seg_is_the_overlap_of_cells_that_are_covered_by_more_than_half(truth_yx):
    found_yx = np.zeros_like(truth_yx)
    found_yx[5:15, 5:15] = 1  # the whole cell
    found_yx[5:15, 20:24] = 2  # two fifths
    found_yx[20:28, 33:42] = 4  # three quarters
    np.testing.assert_allclose(seg(truth_yx, found_yx), [1, 0, 0.75])


def test_nothing_found_scores_zero_for_every_cell(truth_yx):
    assert seg(truth_yx, np.zeros_like(truth_yx)).tolist() == [0, 0, 0]
    assert overlaps(truth_yx, np.zeros_like(truth_yx)).iou.shape == (3, 0)


def test_precision_counts_hits_misses_and_false_alarms(truth_yx):
    found_yx = np.zeros_like(truth_yx)
    found_yx[5:15, 5:15] = 1
    found_yx[0:3, 40:50] = 2
    assert average_precision(truth_yx, found_yx) == pytest.approx(1 / 4)
    assert np.isnan(average_precision(np.zeros((4, 5), int), np.zeros((4, 5), int)))


class Square:
    """Answers with a square about the positive points; each negative one takes away its row."""

    def segment(self, prepared, prompts, boxes, previous=None):
        mask = np.zeros((30, 50), bool)
        for (y, x), positive in zip(prompts.yx.astype(int), prompts.is_positive, strict=True):
            rows = slice(max(0, y - 3), y + 4) if positive else slice(y, y + 1)
            mask[rows, max(0, x - 3) : x + 4] = positive
        return Regions.from_masks([mask], (30, 50), None, [1])


def test_clicks_go_to_the_middle_of_errors_and_help(truth_yx, rng):
    ticks = iter(range(100))
    test = click_test(Square(), None, truth_yx == 8, rng, lambda: float(next(ticks)))
    assert 0.2 < test.first < 0.8
    assert test.corrected > test.first
    assert test.seconds == (1.0, 1.0, 1.0, 1.0)


def test_calibration_finds_the_odds_that_made_the_cases(rng):
    table = rng.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(0.5 + table @ [2.0, -1.0])))
    weights = fit_weights(Judged(table, rng.random(20_000) < chance))
    np.testing.assert_allclose(weights, [0.5, 2.0, -1.0], atol=0.1)


def test_calibration_needs_good_and_bad_cases():
    with pytest.raises(InvalidInputError, match="got 4 good ones of 4"):
        fit_weights(Judged(np.zeros((4, 2)), np.ones(4, bool)))
