"""Points sampled inside masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam import Regions
from tracksam.steps.sample import sample_points


def disc(y: float, x: float, radius: float, shape: tuple[int, int] = (50, 60)) -> np.ndarray:
    rows, columns = np.indices(shape)
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


@pytest.mark.parametrize("n", [1, 2, 9, 12, 30])
def test_all_points_lie_inside(n: int) -> None:
    ring = disc(25, 30, 15) & ~disc(25, 30, 11)
    bent = disc(20, 20, 15) & ~disc(14, 14, 15)
    pixel = np.zeros((50, 60), bool)
    pixel[3, 4] = True
    regions = Regions.from_masks([disc(10, 40, 6), ring, bent, pixel], (50, 60))
    yx_kp2 = sample_points(regions, n)
    assert yx_kp2.shape == (4, n, 2)
    for k in range(4):
        assert regions.contains(k, yx_kp2[k]).all()


def test_the_first_point_is_the_middle_and_the_others_spread() -> None:
    yx = sample_points(Regions.from_masks([disc(20, 30, 10)], (50, 60)), 9)[0]
    np.testing.assert_allclose(yx[0], [20, 30], atol=1e-9)
    distances = np.hypot(*(yx[1:] - yx[0]).T)
    np.testing.assert_allclose(distances, 8, atol=0.3)


@given(seed=st.integers(0, 999))
def test_moving_a_mask_moves_its_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((30, 40), bool)
    mask[4:14, 5:22] = rng.random((10, 17)) < 0.6
    mask[8, 9] = True
    moved = np.roll(mask, (6, 9), axis=(0, 1))
    first = sample_points(Regions.from_masks([mask], mask.shape), 9)
    second = sample_points(Regions.from_masks([moved], mask.shape), 9)
    np.testing.assert_allclose(second - first, np.broadcast_to([6, 9], first.shape), atol=1e-6)


def test_no_region_no_point() -> None:
    assert sample_points(Regions((5, 6)), 9).shape == (0, 9, 2)
