"""Frames of any type as 8-bit images."""

import numpy as np
import pytest

from tracksam.backends.eight_bit import colours, luminance


def test_it_is_the_frame_s_own_range_with_dim_parts_lifted() -> None:
    image = np.linspace(1000, 2000, 10000, dtype=np.float32).reshape(100, 100, 1)
    got = luminance(image)
    assert (got.min(), got.max()) == (0, 255)
    assert got[25, 0] == pytest.approx(255 * np.sqrt((0.25 - 0.01) / 0.988), abs=1)


def test_that_of_a_mostly_constant_frame_sees_the_rest() -> None:
    image = np.full((100, 100, 1), 7, np.uint16)
    image[50, 50] = 9
    got = luminance(image)
    assert (got[50, 50], got[0, 0]) == (255, 0)


def test_channels_are_averaged() -> None:
    image = np.random.default_rng(0).random((20, 30, 1))
    two = np.concatenate([image * 0.5, image * 1.5], axis=2)
    assert np.abs(luminance(two).astype(int) - luminance(image)).max() <= 1


def test_three_channels_of_bytes_stay_as_they_are(rng) -> None:
    image = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(colours(image), image)


def test_any_other_frame_becomes_grey(rng) -> None:
    image = rng.integers(0, 60_000, (5, 7, 2), dtype=np.uint16)
    got = colours(image)
    assert got.shape == (5, 7, 3)
    assert all(np.array_equal(got[..., c], luminance(image)) for c in range(3))
