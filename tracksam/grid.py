"""Grid: how a frame too large to be worked on at once is cut into tiles that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import attrs

from tracksam.frames import Window

_HALO_SHARE = 8
_LEAST_HALO_PX = 48


@attrs.frozen
class Tile:
    """One tile of a frame.

    Parameters
    ----------
    core : tuple of slice
        Rows and columns that are this tile's alone; the cores of a grid cover the frame once.
    seen : tuple of slice
        The core and what is around it: an object of the core is seen whole.
    """

    core: Window
    seen: Window

    @property
    def start_yx(self) -> tuple[int, int]:
        """First row and column that is seen."""
        return self.seen[0].start, self.seen[1].start


@attrs.frozen
class Grid:
    """A frame cut into tiles.

    Parameters
    ----------
    shape_yx : tuple of int
        Height and width of the frame.
    tile_px : int
        Side of a core.
    """

    shape_yx: tuple[int, int]
    tile_px: int

    @classmethod
    def of(cls, shape_yx: tuple[int, int], tile_px: int) -> Grid | None:
        """Return the grid of a large frame; None for one that is worked on at once.

        Parameters
        ----------
        shape_yx : tuple of int
            Height and width of the frame.
        tile_px : int
            A frame with more pixels than four such squares is large.

        Returns
        -------
        Grid or None
        """
        return cls(shape_yx, tile_px) if shape_yx[0] * shape_yx[1] > 4 * tile_px**2 else None

    @property
    def halo_px(self) -> int:
        """How far a tile sees beyond its core; objects should be smaller."""
        return max(_LEAST_HALO_PX, self.tile_px // _HALO_SHARE)

    def tiles(self) -> Iterator[Tile]:
        """Yield the tiles, row by row."""
        spans = [self._spans(length) for length in self.shape_yx]
        for (core_y, seen_y), (core_x, seen_x) in product(*spans):
            yield Tile((core_y, core_x), (seen_y, seen_x))

    def bands(self) -> Iterator[Window]:
        """Yield whole rows, as many at a time as a tile has pixels, from the first to the last."""
        height, width = self.shape_yx
        rows = max(1, self.tile_px**2 // width)
        for start in range(0, height, rows):
            yield slice(start, min(start + rows, height)), slice(0, width)

    def _spans(self, length: int) -> list[tuple[slice, slice]]:
        """Core and seen part along one axis; a narrow rest belongs to the last tile."""
        n_tiles = max(1, round(length / self.tile_px))
        edges = [round(i * length / n_tiles) for i in range(n_tiles + 1)]
        return [
            (slice(a, b), slice(max(0, a - self.halo_px), min(length, b + self.halo_px)))
            for a, b in pairwise(edges)
        ]
