"""How a large image is cut into overlapping tiles."""

from __future__ import annotations

import attrs

TILE_PX = 1024
HALO_PX = 96
"""Half of the overlap: beyond it a pixel hardly changes the network's answer."""

Slices = tuple[slice, slice]


@attrs.frozen
class Tile:
    """One tile.

    Parameters
    ----------
    read : tuple of slice
        Rows and columns of the image that the network sees.
    keep : tuple of slice
        Of those, the ones whose answer counts, counted from the tile's corner.
    write : tuple of slice
        The same ones, counted from the image's corner.
    """

    read: Slices
    keep: Slices
    write: Slices


def plan_tiles(shape_yx: tuple[int, int], stride: int) -> list[Tile]:
    """Return tiles whose `write` parts cover an image once.

    Parameters
    ----------
    shape_yx : tuple of int
        Of the image.
    stride : int
        Tiles begin at multiples of it, so that tiled and whole runs see the same grid.

    Returns
    -------
    list of Tile
        One if the image is no larger than a tile and its overlap.
    """
    rows = _spans(shape_yx[0], stride)
    columns = _spans(shape_yx[1], stride)
    return [Tile(*zip(row, column, strict=True)) for row in rows for column in columns]


def _spans(length: int, stride: int) -> list[tuple[slice, slice, slice]]:
    """Return read, keep and write along one axis."""
    if length <= TILE_PX + 2 * HALO_PX:
        whole = slice(0, length)
        return [(whole, whole, whole)]
    spans = []
    step = TILE_PX - TILE_PX % stride
    halo = HALO_PX + -HALO_PX % stride
    for start in range(0, length, step):
        end = min(start + step, length)
        first, last = max(0, start - halo), min(length, end + halo)
        keep = slice(start - first, end - first)
        spans.append((slice(first, last), keep, slice(start, end)))
    return spans
