"""Convex hulls, counted exactly: in whole numbers, at twice the resolution of the pixels."""

from __future__ import annotations

from itertools import pairwise

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.shape import Values

Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class RowExtents:
    """The first and last column of each cell in each of its rows.

    Parameters
    ----------
    cell : ndarray of int, shape (R,)
        Number of the cell, ascending.
    row, first, last : ndarray of int, shape (R,)
        Row, and first and last column in it, in pixels.
    start : ndarray of int, shape (K,)
        Where each cell's rows begin.
    """

    cell: Ints
    row: Ints
    first: Ints
    last: Ints
    start: Ints


@attrs.frozen(eq=False)
class Hulls:
    """K convex polygons.

    Parameters
    ----------
    xy : ndarray of int, shape (V, 2)
        Column and row of the vertices, times two.
    start : ndarray of int, shape (K + 1,)
        Where each polygon's vertices begin.
    """

    xy: Ints
    start: Ints

    @property
    def following(self) -> Ints:
        """Position of the vertex after each one, round each polygon, shape (V,)."""
        after = np.arange(1, len(self.xy) + 1)
        after[self.start[1:] - 1] = self.start[:-1]
        return after


def convexity(cells: FrameCells) -> Values:
    """Return the area of the convex hull, solidity, and Feret's diameters.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        The hull is that of the middles of the pixels' edges, and its area the number of pixels
        with their centre in it, as in `skimage.morphology.convex_hull_image`; the diameters are
        those of the hull of these pixels, as in `skimage.measure.regionprops`.
    """
    if not len(cells):
        names = ("convex_area_px", "solidity", "feret_max_px", "feret_min_px")
        return {name: np.empty(0) for name in names}
    filled = filled_hulls(cells, hulls(row_extents(cells)))
    area = np.add.reduceat(filled.last - filled.first + 1, filled.start)
    longest, narrowest = feret_diameters(hulls(filled))
    return {
        "convex_area_px": area,
        "solidity": cells.area / area,
        "feret_max_px": longest,
        "feret_min_px": narrowest,
    }


def feret_diameters(polygons: Hulls) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the longest distance of two vertices, and the least distance of parallel tangents.

    Parameters
    ----------
    polygons : Hulls
        K polygons.

    Returns
    -------
    longest, narrowest : ndarray of float64, shape (K,)
        In pixels. The narrowest width of a convex polygon lies at one of its edges (Toussaint
        1983).
    """
    count = np.diff(polygons.start)
    longest, narrowest = np.zeros(len(count)), np.zeros(len(count))
    order = np.argsort(count, kind="stable")
    for part in np.array_split(order, -(-len(order) // 256)):
        # Polygons of similar size go through together; the last vertex stands in for missing ones.
        place = np.minimum(np.arange(count[part].max()), count[part, None] - 1)
        xy = polygons.xy[polygons.start[part, None] + place] / 2
        apart = xy[:, :, None] - xy[:, None, :]
        longest[part] = np.sqrt((apart**2).sum(axis=3).max(axis=(1, 2)))
        edge = np.roll(xy, -1, axis=1) - xy
        length = np.hypot(edge[..., 0], edge[..., 1])
        across = edge[:, :, None, 0] * apart[..., 1] - edge[:, :, None, 1] * apart[..., 0]
        width = np.abs(across).max(axis=2) / np.where(length > 0, length, 1)
        narrowest[part] = np.where(length > 0, width, np.inf).min(axis=1)
    return longest, narrowest


def row_extents(cells: FrameCells) -> RowExtents:
    """Return the extents of the rows in which the cells have pixels.

    Parameters
    ----------
    cells : FrameCells
        At least one cell.

    Returns
    -------
    RowExtents
    """
    new_row = (np.diff(cells.run_cell, prepend=-1) != 0) | (np.diff(cells.run_row, prepend=-1) != 0)
    begins = np.flatnonzero(new_row)
    cell = cells.run_cell[begins]
    return RowExtents(
        cell,
        cells.run_row[begins],
        cells.run_first[begins],
        cells.run_end[np.append(begins[1:], len(new_row)) - 1] - 1,
        np.searchsorted(cell, np.arange(len(cells))),
    )


def hulls(extents: RowExtents) -> Hulls:
    """Return the convex hull of the middles of the pixels' edges.

    Parameters
    ----------
    extents : RowExtents
        Of at least one cell.

    Returns
    -------
    Hulls
        Vertices in one sense of rotation: down on the left, up on the right.
    """
    import cv2

    x0, x1, y = 2 * extents.first, 2 * extents.last, 2 * extents.row
    corners = [(x0 - 1, y), (x1 + 1, y), (x0, y - 1), (x1, y - 1), (x0, y + 1), (x1, y + 1)]
    xy = np.stack([np.stack(corner, axis=1) for corner in corners], axis=1).astype(np.int32)
    bounds = [*extents.start.tolist(), len(xy)]
    polygons = [
        cv2.convexHull(xy[a:b].reshape(-1, 1, 2), clockwise=True)[:, 0] for a, b in pairwise(bounds)
    ]
    lengths = [len(polygon) for polygon in polygons]
    return Hulls(
        np.concatenate(polygons).astype(np.int64), np.cumsum([0, *lengths], dtype=np.int64)
    )


def filled_hulls(cells: FrameCells, polygons: Hulls) -> RowExtents:
    """Return, for each row of each bounding box, which pixels have their centre in the hull.

    Parameters
    ----------
    cells : FrameCells
        At least one cell.
    polygons : Hulls
        Of the same cells.

    Returns
    -------
    RowExtents
        Exact: edges are cut with rows in whole numbers, pixels on an edge are in.
    """
    top, bottom = cells.box_yxyx[:, 0], cells.box_yxyx[:, 2]
    height = bottom - top
    start = np.cumsum(height) - height
    cell = np.repeat(np.arange(len(cells)), height)
    row = np.arange(len(cell)) - start[cell] + top[cell]
    owner = np.repeat(np.arange(len(cells)), np.diff(polygons.start))
    a, b = polygons.xy, polygons.xy[polygons.following]
    first, last = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.int64)
    for is_left, target in ((True, first), (False, last)):
        edge = b[:, 1] > a[:, 1] if is_left else b[:, 1] < a[:, 1]
        upper, lower = (a[edge], b[edge]) if is_left else (b[edge], a[edge])
        which, crossed, cut_floor, cut_ceil = _cuts(upper, lower)
        position = start[owner[edge][which]] + crossed - top[owner[edge][which]]
        target[position] = cut_ceil if is_left else cut_floor
    return RowExtents(cell, row, first, last, start)


def _cuts(upper: Ints, lower: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut edges, shape (E, 2), with the rows of pixels in [upper, lower).

    Returns the edge, the row, and the column of each cut rounded down and up.
    """
    first_row, end_row = -(-upper[:, 1] // 2), -(-lower[:, 1] // 2)
    count = end_row - first_row
    which = np.repeat(np.arange(len(upper)), count)
    row = np.arange(len(which)) - (np.cumsum(count) - count)[which] + first_row[which]
    run, rise = (lower - upper)[which].T
    above = upper[which, 0] * rise + (2 * row - upper[which, 1]) * run
    return which, row, above // (2 * rise), -(-above // (2 * rise))
