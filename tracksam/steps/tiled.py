"""Tiled: the candidates of frames too large to be worked on at once, tile after tile.

Each tile is a movie of its own, and all go through time together: a frame of every tile, then the
next frame. In memory are one tile's pixels, and the regions of a frame. Tiles overlap; an object
belongs to the tile in whose core its middle lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.grid import Grid, Tile
from tracksam.regions import Regions
from tracksam.steps.segment import overlap

SAME = 0.5
"""Overlap (intersection over union) from which what two tiles see is one object."""
_SEAM_SHARE = 4
"""Of the halo: so far beyond its core a tile may name an object that its neighbour misses."""


def tiled(grid: Grid, streams: Sequence[Iterable[FrameCandidates]]) -> Iterator[FrameCandidates]:
    """Yield the candidates of every frame, joined from those of its tiles.

    Parameters
    ----------
    grid : Grid
        How frames are cut.
    streams : sequence of iterable of FrameCandidates
        For each tile of the grid, in order: the candidates of its part of the movie, in pixels of
        that part.

    Yields
    ------
    FrameCandidates
        In pixels of the frame. An object at a seam, which several tiles see, is there once.
    """
    tiles = list(grid.tiles())
    for parts in zip(*streams, strict=True):
        placed = [_placed(part, tile, grid) for part, tile in zip(parts, tiles, strict=True)]
        found, depths = zip(*placed, strict=True)
        yield _without_twins(found, depths, grid.halo_px)


def _placed(
    found: FrameCandidates, tile: Tile, grid: Grid
) -> tuple[FrameCandidates, NDArray[np.float64]]:
    """What a tile names, in pixels of the frame; and how deep each lies in the core."""
    boxes = found.regions.box_yxyx + np.tile(tile.start_yx, 2)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    low = np.array([side.start for side in tile.core], np.float64)
    high = np.array([side.stop for side in tile.core], np.float64)
    # The frame's own border is no seam.
    low[low == 0] = -np.inf
    high[high == grid.shape_yx] = np.inf
    depth = np.minimum(middle - low, high - middle).min(axis=1, initial=np.inf)
    kept = depth >= -(grid.halo_px // _SEAM_SHARE)
    return _moved(found.select(kept), tile, grid), depth[kept]


def _moved(found: FrameCandidates, tile: Tile, grid: Grid) -> FrameCandidates:
    regions = found.regions
    return attrs.evolve(
        found,
        regions=Regions(
            grid.shape_yx,
            regions.crops,
            regions.box_yx + tile.start_yx,
            regions.score,
            regions.object_id,
        ),
        landing_kp2=found.landing_kp2 + tile.start_yx,
    )


def _without_twins(
    parts: Sequence[FrameCandidates], depths: Sequence[NDArray[np.float64]], halo_px: int
) -> FrameCandidates:
    """All parts as one; of what two tiles see, the one that lies deeper in its core."""
    whole = _joined(parts)
    depth = np.concatenate(depths)
    near = np.flatnonzero(depth <= halo_px)
    near = near[np.argsort(-depth[near], kind="stable")]
    boxes = whole.regions.box_yxyx[near]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])[near]
    gone = np.zeros(len(near), bool)
    for i, box in enumerate(boxes):
        meets = ((boxes[:, :2] < box[2:]) & (boxes[:, 2:] > box[:2])).all(axis=1)
        meets[: i + 1] = False
        if not gone[i]:
            for j in np.flatnonzero(meets & (owner != owner[i])):
                iou = overlap(whole.regions, int(near[i]), whole.regions, int(near[j]))
                gone[j] |= iou >= SAME
    keep = np.ones(len(whole), bool)
    keep[near[gone]] = False
    return whole.select(keep)


def _joined(parts: Sequence[FrameCandidates]) -> FrameCandidates:
    n_points = max(part.landing_kp2.shape[1] for part in parts)
    regions = [part.regions for part in parts]
    return FrameCandidates(
        parts[0].frame,
        Regions(
            regions[0].shape_yx,
            [crop for one in regions for crop in one.crops],
            np.concatenate([one.box_yx for one in regions]),
            np.concatenate([one.score for one in regions]),
            np.concatenate([one.object_id for one in regions]),
        ),
        np.concatenate([part.origin for part in parts]),
        np.concatenate([part.intensity for part in parts]),
        np.concatenate([_widened(part.landing_kp2, n_points) for part in parts]),
        np.concatenate([_widened(part.landing_confidence_kp, n_points) for part in parts]),
        np.concatenate([part.prompts_left for part in parts]),
    )


def _widened(values_kp: NDArray[Any], n_points: int) -> NDArray[Any]:
    """Values of no object have no points; they take as many as the others'."""
    if len(values_kp):
        return values_kp
    return np.zeros((0, n_points, *values_kp.shape[2:]), values_kp.dtype)
