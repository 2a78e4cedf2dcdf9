"""Strips: masks of one frame as strips of pixels side by side in a row, which are few and quick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Strips:
    """The pixels of K masks of one frame, as N strips of pixels that are neighbours in a row.

    Parameters
    ----------
    mask : array of int, shape (N,)
        Position of the mask that each belongs to.
    y : array of int, shape (N,)
        Row.
    start, stop : array of int, shape (N,)
        First column, and the one after the last: start < stop.
    """

    mask: Ints
    y: Ints
    start: Ints
    stop: Ints

    @classmethod
    def of_crops(cls, crops: Sequence[NDArray[np.bool_]], box_yx: Ints) -> Strips:
        """Return the strips of masks, in order of mask, row, column.

        Parameters
        ----------
        crops : sequence of bool arrays
            K masks.
        box_yx : array of int, shape (K, 2)
            First row and column of each crop.
        """
        # One line of pixels, with a gap after each row of each crop: no strip goes on past it.
        width = np.array([crop.shape[1] + 1 for crop in crops], np.int64)
        size = np.array([crop.shape[0] for crop in crops], np.int64) * width
        first = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
        line = np.zeros(int(first[-1]) + 1, bool)
        for crop, start, n, columns in zip(
            crops, first.tolist(), size.tolist(), width.tolist(), strict=False
        ):
            line[start + 1 : start + n + 1].reshape(-1, columns)[:, :-1] = crop
        edges = np.flatnonzero(line[1:] != line[:-1])
        begin, end = edges[::2], edges[1::2]
        mask = np.searchsorted(first, begin, side="right") - 1
        row, column = np.divmod(begin - first[mask], width[mask])
        left = box_yx[mask, 1] + column
        return cls(mask, box_yx[mask, 0] + row, left, left + end - begin)

    @classmethod
    def of_points(cls, yx: Floats, mask: Ints) -> Strips:
        """Return strips of one pixel each, the nearest ones to points; NaN is outside any frame.

        Parameters
        ----------
        yx : array, shape (N, 2)
            Positions.
        mask : array of int, shape (N,)
            What each belongs to.
        """
        pixel = np.rint(np.nan_to_num(yx, nan=-1.0)).astype(np.int64)
        return cls(mask, pixel[:, 0], pixel[:, 1], pixel[:, 1] + 1)

    def __len__(self) -> int:
        return len(self.mask)

    @property
    def n_px(self) -> Ints:
        """Pixels in each, shape (N,)."""
        return self.stop - self.start

    @property
    def x(self) -> Floats:
        """Middle column of each, shape (N,)."""
        return (self.start + self.stop - 1) / 2

    def moved(self, step_yx: Ints, shape_yx: tuple[int, int]) -> tuple[Strips, Ints]:
        """Return what stays in the frame after each mask has moved.

        Parameters
        ----------
        step_yx : array of int, shape (K, 2)
            Rows and columns by which each mask moves.
        shape_yx : tuple of int
            Shape of the frame.

        Returns
        -------
        Strips
            M of them.
        array of int, shape (M,)
            Position of the strip that each was.
        """
        y = self.y + step_yx[self.mask, 0]
        start = np.maximum(self.start + step_yx[self.mask, 1], 0)
        stop = np.minimum(self.stop + step_yx[self.mask, 1], shape_yx[1])
        kept = np.flatnonzero((y >= 0) & (y < shape_yx[0]) & (start < stop))
        return Strips(self.mask[kept], y[kept], start[kept], stop[kept]), kept

    def moments(self, n_masks: int) -> Moments:
        """Return the moments of K masks that have pixels each.

        Parameters
        ----------
        n_masks : int
            K.
        """
        n, y, x = self.n_px, self.y.astype(np.float64), self.x
        area = np.asarray(np.bincount(self.mask, n, n_masks), np.float64)
        middle = [np.bincount(self.mask, n * place, n_masks) / area for place in (y, x)]
        yx = np.stack(middle, axis=1)
        dy, dx = y - yx[self.mask, 0], x - yx[self.mask, 1]
        # A strip of n pixels has second moments of its own along the row.
        squares = (n * dy**2, n * dx**2 + n * (n**2 - 1.0) / 12, n * dy * dx)
        yy, xx, xy = (np.bincount(self.mask, square, n_masks) / area for square in squares)
        return Moments(area, yx, yy, xx, xy)


@attrs.frozen(eq=False)
class Moments:
    """How large K masks are, where, and how they spread; pixels count as points.

    Parameters
    ----------
    area : array, shape (K,)
        Pixels.
    yx : array, shape (K, 2)
        Centroids.
    yy, xx, xy : array, shape (K,)
        Mean squares and mean product of the distances from them.
    """

    area: Floats
    yx: Floats
    yy: Floats
    xx: Floats
    xy: Floats


def meetings(first: Strips, second: Strips, width: int) -> tuple[Ints, Ints, Ints]:
    """Return which strips of two sets share pixels, and how many.

    Parameters
    ----------
    first, second : Strips
        Of one frame, none outside it.
    width : int
        Of the frame.

    Returns
    -------
    tuple of three int arrays, each of shape (M,)
        Positions in `first` and in `second`, and shared pixels, 1 or more.
    """
    start_1, start_2 = first.y * width + first.start, second.y * width + second.start
    order = np.argsort(start_2, kind="stable")
    start_2 = start_2[order]
    stop_1, stop_2 = start_1 + first.n_px, start_2 + second.n_px[order]
    # What begins farther to the left than the longest strip is long cannot reach.
    longest = int(second.n_px.max(initial=0))
    low = np.searchsorted(start_2, start_1 - longest, side="right")
    one, place = ranges(low, np.searchsorted(start_2, stop_1))
    shared = np.minimum(stop_1[one], stop_2[place]) - np.maximum(start_1[one], start_2[place])
    met = np.flatnonzero(shared > 0)
    return one[met], order[place[met]], shared[met]


def ranges(start: NDArray[Any], stop: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the numbers of half-open ranges, one after the other.

    Parameters
    ----------
    start, stop : array of int, shape (N,)
        Ends of the ranges; start <= stop.

    Returns
    -------
    tuple of two int arrays, each of shape (M,)
        Position of the range that each number is of, and the number.
    """
    length = stop - start
    owner = np.repeat(np.arange(len(start)), length)
    before = np.cumsum(length) - length
    return owner, np.arange(len(owner)) + np.repeat(start - before, length)
