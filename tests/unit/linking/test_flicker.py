"""What tells cells that are drawn as two, or two as one, for a while from divisions."""

import numpy as np
import pytest

from tracksam.settings import LinkSettings
from tracksam.steps.link import link
from tracksam.steps.linking.gather import Gathering

ONE = (40, 60, 8.5)
TWO = ((40, 55.7, 4.2), (40, 64.3, 4.2))
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


def test_a_division_that_lasts_is_one(film, disc, told) -> None:
    others = [disc(*cell) for cell in FAR]
    one, two = [disc(*ONE), *others], [*(disc(*cell) for cell in TWO), *others]
    story = told(list(link(film([one] * 4 + [two] * 5), LinkSettings())))
    assert len(story.mothers) == 2
    assert len(set(story.mothers.values())) == 1
    assert np.isin(list(story.mothers.values()), [1]).all()
