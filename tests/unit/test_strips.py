"""Strips: the same pixels, the same moments, the same intersections as masks of whole frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tracksam.regions import Regions
from tracksam.strips import Strips, meetings, ranges

SHAPE_YX = (7, 11)


def _masks(n: int) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(bool, (n, *SHAPE_YX)).filter(lambda masks: masks.any(axis=(1, 2)).all())


def _drawn(strips: Strips, n: int) -> np.ndarray:
    masks = np.zeros((n, *SHAPE_YX), int)
    for k, y, start, stop in zip(strips.mask, strips.y, strips.start, strips.stop, strict=True):
        masks[k, y, start:stop] += 1
    return masks


def test_a_mask_with_a_hole() -> None:
    mask = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], bool)
    strips = Strips.of_crops([mask], np.array([[2, 5]]))
    assert strips.y.tolist() == [2, 2, 3]
    assert strips.start.tolist() == [5, 8, 5]
    assert strips.stop.tolist() == [7, 9, 9]
    assert strips.x.tolist() == [5.5, 8, 6.5]


def test_no_mask_has_no_strip() -> None:
    strips = Strips.of_crops([], np.zeros((0, 2), np.int64))
    assert len(strips) == 0
    assert [len(found) for found in meetings(strips, strips, 9)] == [0, 0, 0]


@given(_masks(3))
def test_strips_hold_every_pixel_once(masks: np.ndarray) -> None:
    strips = Regions.from_masks(masks, SHAPE_YX).strips
    assert (_drawn(strips, 3) == masks).all()
    assert (np.diff(strips.mask) >= 0).all()


@given(_masks(2))
def test_moments_are_those_of_the_pixels(masks: np.ndarray) -> None:
    found = Regions.from_masks(masks, SHAPE_YX).strips.moments(2)
    for k, mask in enumerate(masks):
        pixels = np.argwhere(mask)
        away = pixels - pixels.mean(axis=0)
        assert found.area[k] == len(pixels)
        assert found.yx[k] == pytest.approx(pixels.mean(axis=0))
        assert found.yy[k] == pytest.approx((away[:, 0] ** 2).mean())
        assert found.xx[k] == pytest.approx((away[:, 1] ** 2).mean())
        assert found.xy[k] == pytest.approx((away[:, 0] * away[:, 1]).mean(), abs=1e-9)


@given(_masks(3), _masks(2))
def test_shared_pixels_are_all_found(first: np.ndarray, second: np.ndarray) -> None:
    one, two = (Regions.from_masks(masks, SHAPE_YX).strips for masks in (first, second))
    a, b, px = meetings(one, two, SHAPE_YX[1])
    shared = np.zeros((3, 2), int)
    np.add.at(shared, (one.mask[a], two.mask[b]), px)
    expected = (first[:, None] & second[None]).sum(axis=(2, 3))
    assert shared.tolist() == expected.tolist()
    assert (px > 0).all()


@given(_masks(2), st.tuples(st.integers(-8, 8), st.integers(-12, 12)))
def test_what_moves_out_of_the_frame_is_left_out(masks: np.ndarray, step: tuple[int, int]) -> None:
    strips = Regions.from_masks(masks, SHAPE_YX).strips
    moved, was = strips.moved(np.array([step, (0, 0)]), SHAPE_YX)
    (height, width), (dy, dx) = SHAPE_YX, step
    expected = np.zeros(SHAPE_YX, bool)
    y, x = np.nonzero(masks[0])
    inside = (y + dy >= 0) & (y + dy < height) & (x + dx >= 0) & (x + dx < width)
    expected[y[inside] + dy, x[inside] + dx] = True
    assert (_drawn(moved, 2) == np.stack([expected, masks[1]])).all()
    assert (strips.mask[was] == moved.mask).all()


def test_points_are_strips_of_the_nearest_pixel_and_lost_ones_lie_outside() -> None:
    points = Strips.of_points(np.array([[2.4, 3.6], [np.nan, 1.0]]), np.array([0, 5]))
    assert (points.y.tolist(), points.start.tolist(), points.stop.tolist()) == (
        [2, -1],
        [4, 1],
        [5, 2],
    )
    inside, was = points.moved(np.zeros((6, 2), np.int64), SHAPE_YX)
    assert (inside.mask.tolist(), was.tolist()) == ([0], [0])


def test_ranges_one_after_the_other() -> None:
    owner, number = ranges(np.array([3, 7, 7]), np.array([5, 7, 8]))
    assert (owner.tolist(), number.tolist()) == ([0, 0, 2], [3, 4, 7])
