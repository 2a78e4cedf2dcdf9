"""What tells cells that are drawn as two, or two as one, for a while from divisions."""

import numpy as np
import pytest

from tracksam.settings import LinkSettings
from tracksam.steps.link import link
from tracksam.steps.linking.gather import Gathering

ONE = (40, 60, 8.5)
TWO = ((40, 55.7, 4.2), (40, 64.3, 4.2))
# Two discs that touch and together have the area of the one.
HALVES = ((40, 54, 6), (40, 66, 6))
FAR = ((12, 20, 7), (70, 110, 7))


def gathered(frames) -> Gathering:
    gathering = Gathering(LinkSettings())
    for frame in frames:
        gathering.add(frame)
    return gathering


def test_daughters_that_are_one_again_are_told(film, disc) -> None:
    one, two = [disc(*ONE)], [disc(*cell) for cell in TWO]
    stay = gathered(film([one, two, two, two])).frames[1].divisions
    again = gathered(film([one, two, two, one])).frames[1].divisions
    assert stay.rejoined.max() < 0.5
    assert again.rejoined.min() > 0.9


def test_a_mother_that_was_two_is_told(film, disc) -> None:
    one, two = [disc(*ONE)], [disc(*cell) for cell in TWO]
    plain = gathered(film([one, one, two])).frames[2].divisions
    flicker = gathered(film([two, one, two])).frames[2].divisions
    assert plain.was_two.tolist() == [0.0]
    assert flicker.was_two[0] == pytest.approx(0.25, abs=0.05)


def test_a_mother_that_is_back_and_daughters_that_are_older_than_she_are_told(film, disc) -> None:
    one, two = [disc(*ONE)], [disc(*cell) for cell in TWO]
    stays = gathered(film([one, one, two, two, two])).frames[2].divisions
    assert stays.again.tolist() == stays.there.tolist() == [0.0]
    back = gathered(film([one, one, two, two, one])).frames[2].divisions
    assert (back.again.tolist(), back.there.tolist()) == ([1.0], [0.0])
    older = gathered(film([two, one, two, two])).frames[2].divisions
    assert (older.again.tolist(), older.there.tolist()) == ([0.0], [1.0])


def test_pieces_come_from_one_candidate_and_go_into_one(film, disc) -> None:
    whole, other = disc(*ONE), disc(70, 110, 7)
    halves = [disc(*cell) for cell in TWO]
    frames = gathered(film([[whole, other], [*halves, other], [whole]])).frames
    assert frames[0].came_from.tolist() == [0.0, 0.0]
    assert frames[0].goes_into == pytest.approx([0.24, 1.0], abs=0.02)
    assert frames[1].came_from == pytest.approx([1.0, 1.0, 1.0], abs=0.05)
    assert frames[1].goes_into == pytest.approx([1.0, 1.0, 0.0], abs=0.05)
    assert frames[2].came_from == pytest.approx([0.24], abs=0.02)


def test_a_division_that_lasts_is_one(film, disc, told) -> None:
    others = [disc(*cell) for cell in FAR]
    one, two = [disc(*ONE), *others], [*(disc(*cell) for cell in TWO), *others]
    story = told(list(link(film([one] * 4 + [two] * 5), LinkSettings())))
    assert len(story.mothers) == 2
    assert len(set(story.mothers.values())) == 1
    assert np.isin(list(story.mothers.values()), [1]).all()


def story_of(numbers, film, disc, told):
    """Return what is told of a cell drawn as one, or as two, beside two others that stay."""
    others = [disc(*cell) for cell in FAR]
    drawn = {1: [disc(*ONE), *others], 2: [*(disc(*cell) for cell in HALVES), *others]}
    return told(list(link(film([drawn[n] for n in numbers]), LinkSettings())))


@pytest.mark.parametrize("n_frames", [1, 2])
def test_a_cell_that_is_drawn_as_two_for_a_while_divides_not(n_frames, film, disc, told) -> None:
    story = story_of([1] * 5 + [2] * n_frames + [1] * 5, film, disc, told)
    assert story.mothers == {}
    whole = [rows for rows in story.places.values() if rows.get(0) == (40, 60)]
    assert [rows.get(10) for rows in whole] == [(40, 60)]


@pytest.mark.parametrize("n_frames", [1, 2])
def test_cells_that_are_drawn_as_one_for_a_while_divide_not(n_frames, film, disc, told) -> None:
    story = story_of([2] * 5 + [1] * n_frames + [2] * 5, film, disc, told)
    assert story.mothers == {}
