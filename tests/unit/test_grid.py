"""Grid: tiles of frames too large to be worked on at once."""

import numpy as np
import pytest

from tracksam.grid import Grid


def test_only_a_frame_of_more_than_four_tiles_is_cut() -> None:
    assert Grid.of((512, 512), 256) is None
    assert Grid.of((512, 513), 256) == Grid((512, 513), 256)


@pytest.mark.parametrize("shape_yx", [(1000, 1700), (300, 9000), (257, 2049)])
def test_cores_cover_the_frame_once_and_are_seen_with_a_halo(shape_yx: tuple[int, int]) -> None:
    grid, times = Grid(shape_yx, 256), np.zeros(shape_yx, int)
    for tile in grid.tiles():
        times[tile.core] += 1
        for core, seen, length in zip(tile.core, tile.seen, shape_yx, strict=True):
            assert seen.start == max(0, core.start - 48)
            assert seen.stop == min(length, core.stop + 48)
    assert (times == 1).all()


def test_bands_are_the_rows_of_the_frame_in_order() -> None:
    image_yx = np.arange(700 * 300).reshape(700, 300)
    bands = [image_yx[window] for window in Grid((700, 300), 256).bands()]
    assert len(bands) == 4
    assert np.array_equal(np.concatenate(bands), image_yx)
