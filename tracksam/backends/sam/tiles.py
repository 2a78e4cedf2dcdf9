"""Tiles: a frame larger than the network's square is seen in parts that overlap."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

HALO_SHARE = 1 / 8
"""Least overlap of neighbouring tiles, as a share of the network's side."""


@attrs.frozen
class Tile:
    """A rectangle of a frame.

    Parameters
    ----------
    start_yx : tuple of int
        First row and column.
    shape_yx : tuple of int
        Height and width.
    frame_yx : tuple of int
        Height and width of the frame.
    """

    start_yx: tuple[int, int]
    shape_yx: tuple[int, int]
    frame_yx: tuple[int, int]

    @property
    def end_yx(self) -> tuple[int, int]:
        """First row and column after it."""
        return self.start_yx[0] + self.shape_yx[0], self.start_yx[1] + self.shape_yx[1]

    @property
    def slices(self) -> tuple[slice, slice]:
        """Where it lies in the frame."""
        (y0, x0), (y1, x1) = self.start_yx, self.end_yx
        return slice(y0, y1), slice(x0, x1)

    def margin(self, box_yxyx: NDArray[np.float64]) -> float:
        """Return how far a box stays away from the borders behind which the frame goes on.

        Parameters
        ----------
        box_yxyx : ndarray, shape (4,)
            In the frame. Parts outside the frame are not looked at.

        Returns
        -------
        float
            Pixels; negative where the box reaches out of the tile, infinite for the only tile.
        """
        margins = [math.inf]
        for axis in (0, 1):
            if self.start_yx[axis] > 0:
                margins.append(float(box_yxyx[axis]) - self.start_yx[axis])
            if self.end_yx[axis] < self.frame_yx[axis]:
                margins.append(self.end_yx[axis] - float(box_yxyx[2 + axis]))
        return min(margins)

    def holds(self, yx: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points, shape (N, 2), lie in it."""
        low, high = np.array(self.start_yx) - 0.5, np.array(self.end_yx) - 0.5
        return np.asarray(((yx >= low) & (yx < high)).all(axis=1))


def plan_tiles(shape_yx: tuple[int, int], side_px: int) -> tuple[Tile, ...]:
    """Return tiles that cover a frame, evenly spread.

    Parameters
    ----------
    shape_yx : tuple of int
        Of the frame.
    side_px : int
        Largest side of a tile.

    Returns
    -------
    tuple of Tile
        One if the frame is no larger than that. Else neighbours share `HALO_SHARE` of the side or
        more.
    """
    halo = round(side_px * HALO_SHARE)
    rows, columns = (_starts(length, side_px, halo) for length in shape_yx)
    size = (min(side_px, shape_yx[0]), min(side_px, shape_yx[1]))
    return tuple(Tile((y, x), size, shape_yx) for y in rows for x in columns)


def _starts(length: int, side: int, halo: int) -> list[int]:
    if length <= side:
        return [0]
    count = math.ceil((length - halo) / (side - halo))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def best_tile(tiles: tuple[Tile, ...], box_yxyx: NDArray[np.float64]) -> int:
    """Return the number of the tile in which a box lies farthest from the inner borders.

    Parameters
    ----------
    tiles : tuple of Tile
        Of a frame.
    box_yxyx : ndarray, shape (4,)
        In the frame.

    Returns
    -------
    int
        Where the box is larger than every tile: the one that holds its middle most centrally.
    """
    margins = [tile.margin(box_yxyx) for tile in tiles]
    if max(margins) >= 0:
        return int(np.argmax(margins))
    middle = np.tile((box_yxyx[:2] + box_yxyx[2:]) / 2, 2)
    return int(np.argmax([tile.margin(middle) for tile in tiles]))
