"""Segmentation without learning."""

import numpy as np
import pytest

from tracksam.backends.classical import Classical
from tracksam.errors import InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.testing.detector import best_overlap
from tracksam.testing.scenes import DISCS, SHAPE_YX, Disc, image_of, overlap
from tracksam.testing.segmenter import TWINS, best_mask, points

NO_POINTS, NO_BOXES = Prompts(), Boxes()
SHAPE = (120, 170)
CELLS = (Disc(30, 30, 9), Disc(34, 90, 11), Disc(80, 50, 10), Disc(86, 130, 9), Disc(40, 140, 10))


def painted(discs, heights, ground=400.0, noise=6.0) -> np.ndarray:
    """Discs of given heights above a noisy ground, 16 bit."""
    rng = np.random.default_rng(5)
    image = ground + rng.normal(0, noise, SHAPE)
    for disc, height in zip(discs, heights, strict=True):
        image += height * disc.mask(SHAPE)
    return np.rint(np.clip(image, 0, 65535)).astype(np.uint16)[:, :, None]


def found(image: np.ndarray, **options) -> Regions:
    classical = Classical(**options)
    return classical.detect(classical.prepare(image))


def worst(regions: Regions, discs) -> float:
    return min(best_overlap(regions, disc) for disc in discs)


def test_dim_objects_are_found_beside_bright_ones() -> None:
    got = found(painted(CELLS, (4000, 60, 2000, 90, 500)))
    assert worst(got, CELLS) > 0.75
    assert (got.score > 0.3).sum() == len(CELLS)


def test_dark_objects_on_a_bright_ground_are_the_same() -> None:
    got = found(painted(CELLS, (-900, -500, -700, -300, -400), ground=2000))
    assert worst(got, CELLS) > 0.85


def test_uneven_light_is_no_object() -> None:
    image = painted(CELLS, (800, 400, 900, 500, 600)).astype(np.float32)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    got = found(image + (3 * rows + 5 * columns)[:, :, None])
    assert worst(got, CELLS) > 0.8
    assert (got.score > 0.3).sum() == len(CELLS)


def test_hot_pixels_are_no_objects() -> None:
    image = painted(CELLS, (800, 400, 900, 500, 600))
    rng = np.random.default_rng(8)
    image[rng.integers(0, SHAPE[0], 60), rng.integers(0, SHAPE[1], 60)] = 65535
    got = found(image)
    assert worst(got, CELLS) > 0.8
    assert len(got.select(got.score > 0.2)) == len(CELLS)


def test_textured_objects_of_the_ground_s_own_brightness_are_found() -> None:
    rng = np.random.default_rng(9)
    image = 120 + rng.normal(0, 1, SHAPE)
    grain = rng.normal(0, 25, SHAPE)
    for disc in CELLS:
        image += grain * disc.mask(SHAPE)
    got = found(np.clip(image, 0, 255).astype(np.uint8)[:, :, None])
    assert worst(got, CELLS) > 0.5


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_the_scale_is_found(factor: int) -> None:
    image = np.kron(painted(CELLS, (800, 400, 900, 500, 600))[:, :, 0], np.ones((factor, factor)))
    prepared = Classical().prepare(image[:, :, None])
    assert prepared.diameter_px == pytest.approx(20 * factor, rel=0.15)


def test_a_given_diameter_is_believed() -> None:
    prepared = Classical(diameter_px=40).prepare(painted(CELLS, (800,) * 5))
    assert prepared.diameter_px == 40


def test_touching_objects_are_parted() -> None:
    got = found(image_of(TWINS), diameter_px=22)
    assert worst(got, TWINS) > 0.7


def test_two_objects_prompted_in_one_piece_share_it() -> None:
    middle = Disc(36, 52, 16)
    classical = Classical()
    prepared = classical.prepare(image_of((middle, DISCS[2].moved(10, 10))))
    got = classical.segment(prepared, points([(36, 43), (36, 61)]), NO_BOXES)
    left, right = best_mask(got, 1), best_mask(got, 2)
    assert not (left & right).any()
    assert overlap(left | right, middle.mask(SHAPE_YX)) > 0.8
    assert left.sum() == pytest.approx(right.sum(), rel=0.25)


def test_an_expected_mask_cuts_what_grew_together() -> None:
    classical = Classical()
    prepared = classical.prepare(image_of(TWINS))
    prepared.labels_yx[prepared.labels_yx > 0] = 1
    expected = Regions.from_masks([TWINS[0].moved(1, -1).mask(SHAPE_YX)], SHAPE_YX, None, [1])
    got = classical.segment(prepared, points([(36, 40)]), NO_BOXES, expected)
    assert overlap(best_mask(got, 1), TWINS[0].mask(SHAPE_YX)) > 0.75


def test_an_expected_mask_joins_what_fell_apart() -> None:
    classical = Classical()
    prepared = classical.prepare(image_of(DISCS))
    label = prepared.labels_yx[50, 30]
    lower = (np.arange(SHAPE_YX[0])[:, None] > 48) & (prepared.labels_yx == label)
    prepared.labels_yx[lower] = prepared.labels_yx.max() + 1
    expected = Regions.from_masks([DISCS[1].mask(SHAPE_YX)], SHAPE_YX, None, [1])
    asked = points([(52, 30)])
    alone = classical.segment(prepared, asked, NO_BOXES)
    assert overlap(best_mask(alone, 1), DISCS[1].mask(SHAPE_YX)) < 0.7
    got = classical.segment(prepared, asked, NO_BOXES, expected)
    assert overlap(best_mask(got, 1), DISCS[1].mask(SHAPE_YX)) > 0.85


def test_a_click_grows_what_was_not_detected() -> None:
    classical = Classical()
    prepared = classical.prepare(image_of(DISCS))
    prepared.labels_yx[:] = 0
    got = classical.segment(prepared, points([(20, 70)]), NO_BOXES)
    assert overlap(best_mask(got, 1), DISCS[0].mask(SHAPE_YX)) > 0.8


def test_a_box_finds_what_was_not_detected() -> None:
    classical = Classical()
    prepared = classical.prepare(image_of(DISCS))
    prepared.labels_yx[:] = 0
    got = classical.segment(prepared, NO_POINTS, Boxes([1], [0], [(8, 58, 33, 84)]))
    assert overlap(best_mask(got, 1), DISCS[0].mask(SHAPE_YX)) > 0.8


def test_asking_changes_nothing_that_was_prepared() -> None:
    classical = Classical()
    prepared = classical.prepare(image_of(TWINS))
    before = prepared.labels_yx.copy()
    classical.segment(prepared, points([(36, 38), (36, 46), (5, 5)]), NO_BOXES)
    assert np.array_equal(prepared.labels_yx, before)


def test_one_channel_can_be_picked() -> None:
    image = np.concatenate([image_of(DISCS[:1]), image_of(DISCS[1:])], axis=2)
    got = found(image, channel=1)
    assert worst(got, DISCS[1:]) > 0.8
    assert best_overlap(got, DISCS[0]) < 0.1


def test_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="channel 2 is not in the image: it has 1"):
        found(image_of(DISCS), channel=2)


def test_a_diameter_below_two_pixels_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="diameter_px must be at least 2, got 1"):
        Classical(diameter_px=1)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 1), (2, 3, 2), (5, 7, 1)])
def test_tiny_frames_are_frames(shape: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    for image in (np.zeros(shape, np.uint8), noise):
        classical = Classical()
        prepared = classical.prepare(image)
        assert classical.detect(prepared).shape_yx == shape[:2]
        got = classical.segment(prepared, Prompts([1], [0], [(0, 0)]), NO_BOXES)
        assert set(got.object_id.tolist()) <= {1}


def test_a_click_beside_a_piece_that_is_denied_takes_none_of_it() -> None:
    image_yxc = np.random.default_rng(0).normal(100, 3, (60, 80, 1))
    rows, columns = np.indices((60, 80))
    image_yxc[(rows - 30) ** 2 + (columns - 40) ** 2 <= 60] += 200
    back_end = Classical()
    scene = back_end.prepare(image_yxc)
    (piece,) = np.unique(scene.labels_yx[scene.labels_yx > 0])
    edge = int(np.flatnonzero(scene.labels_yx[30] == piece)[-1])
    beside = Prompts([4, 4], [0, 0], [[30, edge + 2], [30, 40]], [True, False])
    for found in back_end.segment(scene, beside, Boxes()).crops:
        assert found.sum() < (scene.labels_yx == piece).sum()
