"""Tiled: the candidates of a frame's tiles as those of the frame."""

import numpy as np
import pytest

from tracksam.graph import FrameCandidates
from tracksam.grid import Grid
from tracksam.regions import Regions
from tracksam.steps.tiled import tiled

GRID = Grid((400, 640), 256)
"""Two rows and two or three columns of tiles; the first seam of columns is at 320 px."""


def seen_by_tiles(*corners: tuple[int, int], side: int = 20) -> list[list[FrameCandidates]]:
    """What each tile sees of squares with given first rows and columns."""
    found = []
    for tile in GRID.tiles():
        rows, columns = tile.seen
        labels_yx = np.zeros(GRID.shape_yx, int)
        for i, (y, x) in enumerate(corners, start=1):
            labels_yx[y : y + side, x : x + side] = i
        regions = Regions.from_labels(labels_yx[rows, columns])
        n = len(regions)
        landing = regions.centroid_yx[:, None] + [3, 5]
        zero = np.zeros(n)
        found.append([FrameCandidates(7, regions, zero, zero, landing, np.ones((n, 1)))])
    return found


@pytest.mark.parametrize("x", [100, 299, 305, 310, 311, 315, 319, 321, 620])
@pytest.mark.parametrize("y", [0, 185, 195, 380])
def test_each_object_is_there_once_wherever_it_lies(y: int, x: int) -> None:
    (joined,) = tiled(GRID, seen_by_tiles((y, x)))
    assert joined.frame == 7
    assert joined.regions.shape_yx == GRID.shape_yx
    assert joined.regions.box_yxyx.tolist() == [[y, x, y + 20, x + 20]]
    assert joined.landing_kp2.tolist() == [[[y + 9.5 + 3, x + 9.5 + 5]]]


def test_what_one_tile_misses_its_neighbour_names() -> None:
    streams = seen_by_tiles((100, 312), (100, 450))
    owner = [tile.core[1].start <= 322 < tile.core[1].stop for tile in GRID.tiles()].index(True)
    only = streams[owner][0]
    at_seam = only.regions.box_yxyx[:, 1] + list(GRID.tiles())[owner].start_yx[1] == 312
    streams[owner] = [only.select(~at_seam)]
    (joined,) = tiled(GRID, streams)
    assert joined.regions.box_yx.tolist() == [[100, 312], [100, 450]]


def test_neighbours_that_touch_at_a_seam_are_two() -> None:
    (joined,) = tiled(GRID, seen_by_tiles((100, 300), (100, 320)))
    assert sorted(joined.regions.box_yx.tolist()) == [[100, 300], [100, 320]]


def test_empty_tiles_have_no_points_and_stop_nothing() -> None:
    (joined,) = tiled(GRID, seen_by_tiles())
    assert len(joined) == 0
