"""Levels: what is told of a frame by counting values is what sorting and summing tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tracksam.backends.eight_bit import luminance
from tracksam.levels import Levels
from tracksam.regions import Regions
from tracksam.steps.draft import brightness

FRAMES = st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda dtype: arrays.arrays(dtype, (5, 7, 1))
)


@given(FRAMES, st.floats(0, 100))
def test_percentiles_and_deviation_are_numpy_s(image_yxc: np.ndarray, share: float) -> None:
    levels = Levels.of(image_yxc)
    assert levels is not None
    assert levels.percentiles([share])[0] == pytest.approx(np.percentile(image_yxc, share))
    assert levels.deviation == pytest.approx(image_yxc.std())
    assert levels.limits == (image_yxc.min(), image_yxc.max())


@given(FRAMES)
def test_a_frame_has_the_same_luminance_as_its_floats(image_yxc: np.ndarray) -> None:
    assert (luminance(image_yxc) == luminance(image_yxc.astype(np.float32))).all()


@given(FRAMES)
def test_regions_are_as_bright_as_in_floats(image_yxc: np.ndarray) -> None:
    regions = Regions((5, 7), [np.ones((2, 3), bool), np.ones((1, 1), bool)], [(1, 2), (4, 6)])
    counted, summed = brightness(image_yxc, regions), brightness(image_yxc * 1.0, regions)
    assert counted == pytest.approx(summed)


def test_other_frames_are_not_counted() -> None:
    assert Levels.of(np.zeros((5, 7, 2), np.uint8)) is None
    assert Levels.of(np.zeros((5, 7, 1), np.int16)) is None
    assert Levels.of(np.zeros((5, 7, 1), np.uint32)) is None
    assert Levels.of(np.zeros((5, 7, 1), np.float32)) is None
    assert Levels.of(np.zeros((0, 7, 1), np.uint8)) is None
