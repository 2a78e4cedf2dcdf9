"""The shipped back end as a whole; its contracts are in tests/contract."""

import numpy as np
import pytest

from tracksam.backends.nano import Nano
from tracksam.backends.nano.backend import _cut_off, _diameter_at
from tracksam.backends.request import requests
from tracksam.errors import BackendError, InvalidInputError
from tracksam.prompts import Boxes, Prompts


@pytest.fixture(scope="module")
def discs_yxc():
    rows, columns = np.indices((120, 160))
    image_yx = np.random.default_rng(1).normal(100, 4, (120, 160))
    for y, x in [(30, 40), (30, 62), (80, 110), (90, 30)]:
        image_yx[np.hypot(rows - y, columns - x) < 11] += 90
    return image_yx[:, :, None].astype(np.uint16)


def test_the_scale_follows_the_image(discs_yxc):
    nano = Nano(threads=1)
    small = nano.prepare(discs_yxc)
    large = nano.prepare(np.kron(discs_yxc, np.ones((4, 4, 1), np.uint16)))
    assert small.look.scale / large.look.scale == pytest.approx(4, rel=0.4)
    assert len(nano.detect(large)) == pytest.approx(len(nano.detect(small)), abs=1)


def test_a_given_diameter_sets_the_scale(discs_yxc):
    assert Nano(diameter_px=64, threads=1).prepare(discs_yxc).look.scale == 0.5


def test_a_movie_is_seen_at_one_scale(discs_yxc):
    nano = Nano(threads=1)
    enlarged = np.kron(discs_yxc, np.ones((2, 2, 1), np.uint16))
    blank = np.full_like(discs_yxc, 100)
    movie = nano.for_movie([discs_yxc, enlarged, discs_yxc, blank])
    assert movie.diameter_px == pytest.approx(22, rel=0.2)
    assert movie.prepare(enlarged).look.scale == movie.prepare(discs_yxc).look.scale
    assert nano.prepare(enlarged).look.scale < movie.prepare(enlarged).look.scale


def test_a_given_diameter_holds_for_a_movie_and_a_blank_movie_says_nothing(discs_yxc):
    assert Nano(diameter_px=50, threads=1).for_movie([discs_yxc]).diameter_px == 50
    assert Nano(threads=1).for_movie([np.full_like(discs_yxc, 100)]).diameter_px is None


def test_polarity_does_not_matter(discs_yxc):
    nano = Nano(threads=1)
    bright, dark = nano.prepare(discs_yxc), nano.prepare(400 - discs_yxc)
    assert len(nano.detect(dark)) == len(nano.detect(bright)) == 4


def test_alternatives_come_besides_what_is_found(discs_yxc):
    plain, rich = Nano(threads=1), Nano(threads=1, alternatives=True, min_score=0.0)
    prepared = plain.prepare(discs_yxc)
    assert len(rich.detect(prepared)) >= len(plain.detect(prepared))


def test_alternatives_are_less_sure_than_what_they_stand_beside(discs_yxc):
    image_yxc = np.repeat(discs_yxc, 2, axis=1)  # ellipses, which a finer look halves
    rich = Nano(threads=1, alternatives=True, min_score=0.0)
    plain = Nano(threads=1, min_score=0.0).detect(rich.prepare(image_yxc))
    found = rich.detect(rich.prepare(image_yxc))
    np.testing.assert_array_equal(found.score[: len(plain)], plain.score)
    assert (found.score[len(plain) :] <= 0.4).all()


def test_unlikely_cells_are_left_out(discs_yxc):
    prepared = Nano(threads=1).prepare(discs_yxc)
    assert (Nano(threads=1).detect(prepared).score >= 0.2).all()
    assert len(Nano(threads=1, min_score=1.0).detect(prepared)) == 0


def test_a_box_of_another_size_is_looked_at_anew(discs_yxc):
    nano = Nano(threads=1)
    prepared = nano.prepare(discs_yxc)
    found = nano.segment(prepared, Prompts(), Boxes([7], [0], [[5, 15, 55, 85]]))
    assert found.object_id.tolist() == [7] * len(found)
    assert (found.box_yxyx[:, :2] >= [5, 15]).all()
    assert (found.box_yxyx[:, 2:] <= [55, 85]).all()


def test_messages_say_what_was_given(discs_yxc):
    with pytest.raises(InvalidInputError, match="positive number of pixels, got -3"):
        Nano(diameter_px=-3)
    with pytest.raises(BackendError, match="what its own prepare returned, got ndarray"):
        Nano(threads=1).detect(discs_yxc)


def test_one_odd_pixel_of_a_cell_does_not_ask_for_another_look(discs_yxc):
    seen = Nano(threads=1).prepare(discs_yxc)
    request = next(requests(Prompts([1], [0], [[30, 40]], [True]), Boxes(), None))
    y, x = np.rint(seen.to_look(np.array([[30.0, 40.0]])))[0].astype(int)
    before = _diameter_at(seen, request, 22.0)
    seen.answers.log_diameter[y, x] += 2
    assert _diameter_at(seen, request, 22.0) == pytest.approx(before, rel=0.02)


def test_what_ends_with_a_part_of_the_frame_is_cut_off():
    part = np.array([20, 0, 60, 90])
    boxes = np.array([[25, 0, 59, 80], [20, 5, 40, 80], [30, 5, 60, 80], [30, 5, 50, 90]])
    assert _cut_off(boxes, part, (70, 90)).tolist() == [False, True, True, False]


def test_a_click_on_one_grey_or_on_noise_is_told_as_unlikely():
    nano = Nano(threads=1, diameter_px=40.0)
    click = Prompts([1], [0], [[100, 100]], [True])
    flat = nano.prepare(np.full((200, 240, 1), 7.0, np.float32))
    assert len(nano.detect(flat)) == 0
    assert len(nano.segment(flat, click, Boxes())) == 0
    for seed in range(4):
        noise_yxc = np.random.default_rng(seed).normal(100, 3, (200, 240, 1)).astype(np.float32)
        seen = nano.prepare(noise_yxc)
        assert len(nano.detect(seen)) == 0
        assert (nano.segment(seen, click, Boxes()).score < 0.25).all()
