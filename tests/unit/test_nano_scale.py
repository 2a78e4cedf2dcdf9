"""How nano finds the scale, with a network that knows the answer."""

import attrs
import numpy as np
import pytest

from tracksam.backends.nano.model import Answers, ModelCard
from tracksam.backends.nano.scale import look_at_right_scale, settled, typical_log_diameter


@attrs.define
class Knows:
    """Stands for a model: discs of a known diameter in a frame of known width."""

    width: int
    diameter_px: float
    card: ModelCard = attrs.field(factory=lambda: ModelCard("", 26.0, 32, working_px=32.0))
    widths: list[int] = attrs.field(factory=list)

    def answers(self, image_yx):
        self.widths.append(image_yx.shape[1])
        scale = image_yx.shape[1] / self.width
        log = np.full(image_yx.shape, np.log2(self.diameter_px * scale / 26.0), np.float32)
        zeros = np.zeros((2, *image_yx.shape), np.float32)
        inside = np.zeros(image_yx.shape, np.float32)
        inside[5:20, 5:20] = 0.9
        return Answers(inside, inside, zeros, log)


@pytest.mark.parametrize("diameter", [8, 13, 60, 150])
def test_the_frame_is_seen_where_its_cells_have_the_working_size(diameter):
    model = Knows(700, diameter)
    seen = look_at_right_scale(model, np.zeros((500, 700), np.float32))
    assert seen.scale == pytest.approx(min(32 / diameter, 3.0), rel=0.05)
    assert seen.image_yx.shape[1] == pytest.approx(700 * seen.scale, abs=1)


def test_a_scale_near_one_needs_no_resampling():
    seen = look_at_right_scale(Knows(700, 28), np.zeros((500, 700), np.float32))
    assert seen.scale == 1
    assert seen.image_yx.shape == (500, 700)


def test_the_first_look_at_a_large_frame_is_coarse():
    model = Knows(2000, 30)
    look_at_right_scale(model, np.zeros((1500, 2000), np.float32))
    assert model.widths[0] < 600


def test_a_given_diameter_is_not_doubted():
    model = Knows(700, 100)
    seen = look_at_right_scale(model, np.zeros((500, 700), np.float32), diameter_px=64)
    assert seen.scale == 0.5
    assert model.widths == [350]


def test_without_cells_there_is_no_diameter():
    blank = np.zeros((30, 40), np.float32)
    answers = Answers(blank, blank, np.zeros((2, 30, 40), np.float32), blank)
    assert typical_log_diameter(answers) is None


def test_scales_are_held_within_what_helps():
    assert settled(0.85) == 1
    assert settled(1.3) == 1
    assert settled(0.5) == 0.5
    assert settled(9.0) == 3.0
