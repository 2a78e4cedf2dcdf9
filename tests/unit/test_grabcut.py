"""Objects of natural video, by colour."""

import cv2
import numpy as np

from tracksam.backends.grabcut import GrabCut, eight_bit_colours
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.testing.scenes import Disc, overlap

SHAPE = (90, 140)
NO_POINTS, NO_BOXES = Prompts(), Boxes()


def street(*discs: Disc, colour: tuple[int, int, int] = (210, 60, 50)) -> np.ndarray:
    """Discs of one colour before a bluish, noisy ground."""
    rng = np.random.default_rng(3)
    image = np.array([70.0, 90.0, 150.0]) + rng.normal(0, 12, (*SHAPE, 3))
    for disc in discs:
        mask = disc.mask(SHAPE)
        image[mask] = np.array(colour) + rng.normal(0, 12, (int(mask.sum()), 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def drawn(image: np.ndarray, prompts: Prompts, boxes: Boxes, previous: Regions | None = None):
    segmenter = GrabCut()
    return segmenter.segment(segmenter.prepare(image), prompts, boxes, previous)


def test_a_loose_box_gives_the_object_in_it() -> None:
    disc = Disc(40, 90, 17)
    got = drawn(street(disc), NO_POINTS, Boxes([1], [0], [(18, 66, 62, 115)]))
    assert overlap(got.mask(0), disc.mask(SHAPE)) > 0.9
    assert got.score[0] > 0.6


def test_an_expected_mask_finds_the_object_that_has_moved() -> None:
    disc = Disc(40, 90, 17)
    expected = Regions.from_masks([disc.moved(3, -3).mask(SHAPE)], SHAPE, None, [1])
    got = drawn(street(disc), Prompts([1], [0], [(40, 90)]), NO_BOXES, expected)
    assert overlap(got.mask(0), disc.mask(SHAPE)) > 0.9


def test_points_of_another_object_of_the_same_colour_are_background() -> None:
    left, right = Disc(45, 45, 16), Disc(45, 79, 16)
    asked = Prompts([1, 2], [0, 0], [(45, 42), (45, 82)])
    previous = Regions.from_masks([left.mask(SHAPE), right.mask(SHAPE)], SHAPE, None, [1, 2])
    got = drawn(street(left, right), asked, NO_BOXES, previous)
    assert got.object_id.tolist() == [1, 2]
    assert overlap(got.mask(0), left.mask(SHAPE)) > 0.8
    assert overlap(got.mask(1), right.mask(SHAPE)) > 0.8


def test_a_lone_point_gives_one_piece_only() -> None:
    discs = Disc(45, 40, 12), Disc(45, 90, 12)
    got = drawn(street(*discs), Prompts([1], [0], [(45, 40)]), NO_BOXES)
    assert overlap(got.mask(0), discs[0].mask(SHAPE)) > 0.8
    assert not got.mask(0)[45, 90]


def test_the_random_generator_of_opencv_is_seeded() -> None:
    image, box = street(Disc(40, 90, 17)), Boxes([1], [0], [(18, 66, 62, 115)])
    cv2.setRNGSeed(1)
    first = drawn(image, NO_POINTS, box)
    cv2.setRNGSeed(2)
    assert drawn(image, NO_POINTS, box) == first


def test_negatives_alone_ask_for_nothing() -> None:
    asked = Prompts([1], [0], [(45, 40)], np.array([False]))
    assert len(drawn(street(Disc(45, 40, 12)), asked, NO_BOXES)) == 0


def test_sixteen_bits_are_spread_over_eight() -> None:
    image = np.linspace(500, 900, 30000).reshape(100, 100, 3).astype(np.uint16)
    got = eight_bit_colours(image)
    assert (got.dtype, got.min(), got.max()) == (np.uint8, 0, 255)


def test_eight_bits_stay_as_they_are() -> None:
    image = street(Disc(45, 40, 12))
    assert np.array_equal(eight_bit_colours(image), image)
    grey = image[:, :, :1]
    assert np.array_equal(eight_bit_colours(grey), np.repeat(grey, 3, axis=2))
