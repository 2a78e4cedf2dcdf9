"""Regions: crops that know where they lie."""

import numpy as np
import pytest

from tracksam import Regions
from tracksam.errors import InvalidInputError

LABELS = np.array(
    [
        [0, 1, 1, 0, 0, 0, 9],
        [0, 1, 0, 0, 0, 0, 9],
        [0, 0, 0, 4, 4, 4, 0],
        [0, 0, 0, 4, 4, 4, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)


def test_labels_survive_the_round_trip() -> None:
    regions = Regions.from_labels(LABELS, keep_ids=True)
    assert regions.object_id.tolist() == [1, 4, 9]
    np.testing.assert_array_equal(regions.to_labels(regions.object_id), LABELS)


def test_area_box_and_centroid() -> None:
    regions = Regions.from_labels(LABELS)
    assert regions.area_px.tolist() == [3, 6, 2]
    assert regions.box_yxyx.tolist() == [[0, 1, 2, 3], [2, 3, 4, 6], [0, 6, 2, 7]]
    np.testing.assert_allclose(regions.centroid_yx, [[1 / 3, 4 / 3], [2.5, 4], [0.5, 6]])


def test_an_all_foreground_image_is_one_region() -> None:
    assert Regions.from_labels(np.ones((3, 4), int)).area_px.tolist() == [12]


def test_an_empty_image_has_no_region() -> None:
    regions = Regions.from_labels(np.zeros((3, 4), int))
    assert len(regions) == 0
    assert regions.centroid_yx.shape == (0, 2)
    assert regions.box_yxyx.shape == (0, 4)


def test_masks_and_labels_make_the_same_regions() -> None:
    masks = [i == LABELS for i in (1, 4, 9)]
    assert Regions.from_masks(masks, LABELS.shape) == Regions.from_labels(LABELS)


def test_empty_masks_are_left_out_with_their_scores() -> None:
    masks = [LABELS == 2, LABELS == 4]
    regions = Regions.from_masks(masks, LABELS.shape, score=[0.1, 0.7], object_id=[5, 6])
    assert regions.score.tolist() == [0.7]
    assert regions.object_id.tolist() == [6]


def test_contains_asks_the_nearest_pixel() -> None:
    regions = Regions.from_labels(LABELS)
    yx = [[2.4, 3.4], [1.4, 3], [np.nan, 3], [-50, 1], [3.49, 5.49]]
    assert regions.contains(1, yx).tolist() == [True, False, False, False, True]


def test_intersection_of_crops_equals_that_of_masks() -> None:
    rng = np.random.default_rng(0)
    masks = rng.random((6, 8, 11)) < 0.4
    masks[0, :, :5] = False
    masks[1, :, 5:] = False
    regions = Regions.from_masks(masks, (8, 11))
    for i in range(6):
        for j in range(6):
            assert regions.intersection_px(i, regions, j) == (masks[i] & masks[j]).sum()


def test_earlier_regions_win_in_a_label_image() -> None:
    a, b = np.zeros((4, 5), bool), np.zeros((4, 5), bool)
    a[:3, :3] = True
    b[2:, 2:] = True
    assert Regions.from_masks([a, b], (4, 5)).to_labels()[2, 2] == 1
    assert Regions.from_masks([b, a], (4, 5)).to_labels()[2, 2] == 1


def test_selection_by_flag_and_by_position() -> None:
    regions = Regions.from_labels(LABELS, score=[0.1, 0.2, 0.3], keep_ids=True)
    assert regions.select(regions.score > 0.15) == regions.select([1, 2])
    assert regions.select([]).joined(regions) == regions


@pytest.mark.parametrize("start", [(-1, 0), (3, 0), (0, 6)])
def test_a_crop_must_lie_in_the_frame(start: tuple[int, int]) -> None:
    with pytest.raises(InvalidInputError, match="at least one pixel inside the frame"):
        Regions((4, 7), [np.ones((2, 2))], np.array([start]))


def test_a_crop_needs_a_pixel() -> None:
    with pytest.raises(InvalidInputError, match="0 pixels"):
        Regions((4, 7), [np.zeros((2, 2))], np.array([[0, 0]]))


def test_scores_are_probabilities() -> None:
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        Regions.from_labels(LABELS, score=[0.1, 1.2, 0.3])


def test_regions_can_not_be_changed() -> None:
    regions = Regions.from_labels(LABELS)
    with pytest.raises(ValueError, match="read-only"):
        regions.crops[0][0, 0] = False
