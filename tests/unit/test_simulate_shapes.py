"""Label images: complete, in one piece, numbered without holes."""

import numpy as np
import pytest
from scipy import ndimage

from tracksam.errors import InvalidInputError
from tracksam.simulate.outlines import KINDS, outline
from tracksam.simulate.shapes import (
    LAYOUTS,
    Canvas,
    Layout,
    draw_labels,
    in_one_piece,
    numbered,
)


def polygon_area(vertices: np.ndarray) -> float:
    y, x = vertices.T
    return 0.5 * abs(np.dot(y, np.roll(x, 1)) - np.dot(x, np.roll(y, 1)))


def disk(radius: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_outlines_have_about_the_area_of_a_disk(kind: str, rng: np.random.Generator) -> None:
    areas = [polygon_area(outline(kind, 10.0, rng)) for _ in range(30)]
    assert np.median(areas) == pytest.approx(np.pi * 100, rel=0.1)


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("radius_px", [4.0, 20.0])
def test_labels_are_numbered_and_in_one_piece(
    kind: str, radius_px: float, rng: np.random.Generator
) -> None:
    layout = Layout(kind, radius_px, density=0.6, clustered=True, pushing=True, round_share=0.2)
    labels_yx = draw_labels(layout, (90, 140), rng)
    assert labels_yx.shape == (90, 140)
    assert labels_yx.dtype == np.int32
    present = np.unique(labels_yx)
    assert present.tolist() == list(range(len(present)))
    assert len(present) > 3
    assert [ndimage.label(labels_yx == i)[1] for i in present[1:]] == [1] * (len(present) - 1)


def test_cells_have_the_size_that_was_asked_for(rng: np.random.Generator) -> None:
    layout = Layout("round", 9.0, density=0.2)
    labels_yx = draw_labels(layout, (300, 260), rng)
    diameters = 2 * np.sqrt(np.bincount(labels_yx.ravel())[1:] / np.pi)
    assert np.median(diameters) == pytest.approx(18, rel=0.15)


def test_density_fills_the_image(rng: np.random.Generator) -> None:
    shares = [
        (draw_labels(Layout("nucleus", 8.0, density), (200, 180), rng) > 0).mean()
        for density in (0.05, 0.4)
    ]
    assert shares[0] < 0.1 < 0.25 < shares[1]
    sheet = draw_labels(Layout("epithelium", 10.0, 1.0), (100, 120), rng)
    assert (sheet > 0).mean() > 0.98  # slivers at the image's edge are dropped


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"one of round, nucleus.*; got 'cube'"):
        Layout("cube", 5.0, 0.2)


def test_neighbours_share_a_border_half_way() -> None:
    canvas = Canvas((41, 61))
    assert canvas.paint(1, disk(12), np.array([20.0, 22.0]))
    assert canvas.paint(2, disk(12), np.array([20.0, 38.0]))
    row = canvas.labels_yx[20]
    assert np.flatnonzero(row == 1).max() in (29, 30)
    assert np.flatnonzero(row == 2).min() in (30, 31)


def test_a_firm_cell_keeps_its_form() -> None:
    canvas = Canvas((41, 61))
    canvas.paint(1, disk(12), np.array([20.0, 22.0]))
    canvas.paint(2, disk(12), np.array([20.0, 40.0]), firmness=9)
    alone = Canvas((41, 61))
    alone.paint(2, disk(12), np.array([20.0, 40.0]))
    np.testing.assert_array_equal(canvas.labels_yx == 2, alone.labels_yx == 2)


def test_earlier_cells_keep_their_pixels_when_told_to() -> None:
    canvas = Canvas((41, 61))
    canvas.paint(1, disk(12), np.array([20.0, 22.0]))
    before = canvas.labels_yx.copy()
    assert not canvas.paint(2, disk(12), np.array([20.0, 25.0]), min_free=0.75)
    assert canvas.paint(3, disk(12), np.array([20.0, 44.0]), min_free=0.75)
    np.testing.assert_array_equal(canvas.labels_yx == 1, before == 1)


def test_a_cell_outside_is_not_drawn() -> None:
    canvas = Canvas((20, 30))
    assert not canvas.paint(1, disk(5), np.array([-9.0, 10.0]))
    assert canvas.paint(2, disk(5), np.array([-3.0, 10.0]))
    assert set(np.unique(canvas.labels_yx)) == {0, 2}


def test_only_the_largest_piece_of_a_label_stays() -> None:
    labels_yx = np.zeros((12, 20), np.int32)
    labels_yx[1:5, 1:9] = 4
    labels_yx[8:11, 12:17] = 4
    labels_yx[8:10, 2:4] = 7  # four pixels, too few
    kept = in_one_piece(labels_yx, min_area_px=5)
    assert np.count_nonzero(kept == 4) == 32
    assert (kept[8:] == 0).all()
    assert (in_one_piece(np.zeros((3, 5), np.int32)) == 0).all()


def test_numbering_keeps_the_order() -> None:
    labels_yx = np.array([[0, 9, 9], [4, 0, 12]], np.int32)
    assert numbered(labels_yx).tolist() == [[0, 2, 2], [1, 0, 3]]
