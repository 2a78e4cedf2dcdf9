import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam.backends.nano import tiles
from tracksam.backends.nano.tiles import plan_tiles


@given(st.integers(1, 3500), st.integers(1, 3500))
def test_tiles_write_every_pixel_once(height, width):
    written_yx = np.zeros((height, width), np.uint8)
    for tile in plan_tiles((height, width), 32):
        written_yx[tile.write] += 1
        kept = np.zeros((height, width), bool)[tile.read][tile.keep]
        assert kept.shape == written_yx[tile.write].shape
    assert written_yx.min() == 1
    assert written_yx.max() == 1


def test_small_images_are_one_tile():
    (tile,) = plan_tiles((700, 1100), 32)
    assert tile.read == (slice(0, 700), slice(0, 1100))


@pytest.mark.parametrize("stride", [32, 64])
def test_tiles_begin_on_the_grid_of_the_network_and_carry_a_halo(stride):
    for tile in plan_tiles((2600, 1300), stride):
        for read, write, length in zip(tile.read, tile.write, (2600, 1300), strict=True):
            assert read.start % stride == 0
            assert write.start == 0 or write.start - read.start >= tiles.HALO_PX
            assert write.stop == length or read.stop - write.stop >= tiles.HALO_PX
