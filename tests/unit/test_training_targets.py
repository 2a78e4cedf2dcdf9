import numpy as np
import pytest

from tracksam.training.targets import (
    CANONICAL_PX,
    IGNORE,
    boundary_distance,
    log_diameter_from,
    offsets_from,
    targets_of,
)


@pytest.fixture
def two_cells_yx():
    labels_yx = np.zeros((30, 44), np.int32)
    labels_yx[5:16, 6:17] = 1
    labels_yx[5:16, 17:38] = 2
    return labels_yx


@pytest.fixture
def packed(two_cells_yx):
    return targets_of(two_cells_yx, np.array([0, 13.0, 52.0])).packed


def test_distance_is_one_inside_and_small_at_the_border_between_cells(two_cells_yx):
    distance_yx = boundary_distance(two_cells_yx)
    assert distance_yx[10, 11] == 1
    assert distance_yx[10, 27] == 1
    assert distance_yx[10, 16] < 0.25
    assert distance_yx[10, 17] < 0.25
    assert (distance_yx[two_cells_yx == 0] == 0).all()


def test_the_edge_of_the_image_is_no_border():
    labels_yx = np.ones((9, 21), np.int32)
    labels_yx[:, 15:] = 0
    assert boundary_distance(labels_yx)[4, 0] == 1


def test_offsets_lead_to_one_pixel_inside_the_cell(packed, two_cells_yx):
    offset_y, offset_x = offsets_from(packed[2:4])
    rows, columns = np.indices(two_cells_yx.shape)
    for label in (1, 2):
        inside = two_cells_yx == label
        ends = {*zip((rows + offset_y)[inside], (columns + offset_x)[inside], strict=True)}
        (end,) = ends
        assert two_cells_yx[int(end[0]), int(end[1])] == label
    assert offset_x[10, 6] == 5
    assert offset_y[5, 11] == 5


def test_the_centre_of_a_bent_cell_lies_inside_it():
    labels_yx = np.zeros((40, 50), np.int32)
    labels_yx[5:35, 5:45] = 1
    labels_yx[5:28, 12:38] = 0
    offset_y, offset_x = offsets_from(targets_of(labels_yx, np.array([0, 30.0])).packed[2:4])
    y, x = 6 + offset_y[6, 6], 6 + offset_x[6, 6]
    assert labels_yx[int(y), int(x)] == 1


def test_diameters_are_those_of_the_whole_cells(packed):
    log_yx = log_diameter_from(packed[4])
    assert log_yx[10, 10] == pytest.approx(np.log2(13 / CANONICAL_PX), abs=0.03)
    assert log_yx[10, 30] == pytest.approx(np.log2(52 / CANONICAL_PX), abs=0.03)


def test_only_places_between_cells_are_near_another(packed):
    assert packed[5, 10, 15:19].tolist() == [255] * 4
    assert packed[5, 10, 8] == 0
    assert packed[5, 5:16, 38].tolist() == [0] * 11


def test_unlabelled_pixels_are_told_apart(two_cells_yx):
    two_cells_yx[:, 40:] = IGNORE
    packed = targets_of(two_cells_yx, np.array([0, 13.0, 52.0])).packed
    assert packed[0, 10, [2, 10, 42]].tolist() == [0, 1, 2]
    assert packed[1, 10, 42] == 0
