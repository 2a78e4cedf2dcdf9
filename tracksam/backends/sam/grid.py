"""Every object of a frame: a grid of points is asked, and what they find is sifted.

After the automatic mask generation of Kirillov et al. (2023), for cells: no object is large, many
are alike in size, and a mask around several of them is none.
"""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.frame import Frame
from tracksam.backends.sam.network import Ask
from tracksam.backends.sam.promises import Piece
from tracksam.backends.sam.stitch import is_cut, stitched
from tracksam.regions import Regions

SAME_IOU = 0.5
"""Masks that overlap more are one object."""
_COVERED_SHARE = 0.8  # of a small mask that a larger one holds
_GROUP_SHARE = 0.5  # of its area that the members of a group fill
_ROUNDS = 2  # every fourth point first: what they find need not be asked for again
_ENOUGH_TO_KNOW = 5
_USUAL = 3.0  # times the median area: a mask of that size covers points


@attrs.frozen
class Sieve:
    """What a mask must be like to be an object.

    Parameters
    ----------
    points : int
        Points along a tile's longer side.
    diameter_px : float, optional
        Typical diameter. Points then lie half of it apart.
    min_score : float
        Least overlap with the truth that the network expects.
    largest_share : float
        Of a frame: a larger mask is the ground.
    size_factor : float
        How many times larger or smaller than usual an area may be.
    """

    points: int = 32
    diameter_px: float | None = None
    min_score: float = 0.6
    largest_share: float = 0.3
    size_factor: float = 8.0

    def spacing(self, shape_yx: tuple[int, int]) -> float:
        """Return how far apart the points of a tile of some shape lie."""
        even = max(shape_yx) / self.points
        return even if self.diameter_px is None else max(2.0, min(even, self.diameter_px / 2))

    def usual_area(self, areas: NDArray[np.int64]) -> float | None:
        """Return the area of a typical object, None where too little is known."""
        if self.diameter_px is not None:
            return math.pi / 4 * self.diameter_px**2
        return float(np.median(areas)) if len(areas) >= _ENOUGH_TO_KNOW else None


def detected(frame: Frame, sieve: Sieve) -> Regions:
    """Return every object of a frame with its score.

    Parameters
    ----------
    frame : Frame
        All of its tiles are encoded.
    sieve : Sieve
        What counts.

    Returns
    -------
    Regions
        Best first, no two with an overlap above `SAME_IOU`; object ids are 0.
    """
    found: list[Piece] = []
    for number, tile in enumerate(frame.tiles):
        for piece in _in_tile(frame, number, sieve):
            placed = piece.shifted(tile.start_yx)
            found.append(stitched(frame, placed, number) if is_cut(placed, tile) else placed)
    regions = to_regions(frame.shape_yx, found)
    largest = sieve.largest_share * frame.shape_yx[0] * frame.shape_yx[1]
    regions = _unlike(regions.select(regions.area_px <= largest))
    return _of_usual_size(_without_groups(regions), sieve)


def to_regions(shape_yx: tuple[int, int], pieces: list[Piece], object_id: int = 0) -> Regions:
    """Return pieces of a frame as regions.

    Parameters
    ----------
    shape_yx : tuple of int
        Of the frame.
    pieces : list of Piece
        In pixels of the frame.
    object_id : int
        Of all of them.

    Returns
    -------
    Regions
    """
    return Regions(
        shape_yx,
        [piece.mask for piece in pieces],
        np.array([piece.start_yx for piece in pieces]).reshape(-1, 2),
        np.array([piece.score for piece in pieces]),
        np.full(len(pieces), object_id),
    )


def _in_tile(frame: Frame, number: int, sieve: Sieve) -> list[Piece]:
    tile = frame.tiles[number]
    box = np.array([*tile.start_yx, *tile.end_yx], np.float64)
    if frame.is_blank(box):
        return []
    found: list[Piece] = []
    covered_yx = np.zeros(tile.shape_yx, bool)
    for points in _rounds(tile.shape_yx, sieve.spacing(tile.shape_yx)):
        for start in range(0, len(points), frame.eyes.batch):
            some = points[start : start + frame.eyes.batch]
            some = some[~covered_yx[some[:, 0], some[:, 1]]]
            asks = [Ask(point[None].astype(np.float64), np.array([True])) for point in some]
            for pieces in frame.draw(number, asks):
                found += [piece for piece in pieces if piece.score >= sieve.min_score]
            _cover(covered_yx, found, sieve)
    return found


def _rounds(shape_yx: tuple[int, int], spacing: float) -> list[NDArray[np.int64]]:
    """Points in rounds: a coarse grid, then what lies between its points."""
    rows, columns = (
        np.clip(((np.arange(round(n / spacing) or 1) + 0.5) * spacing).astype(int), 0, n - 1)
        for n in shape_yx
    )
    step = 2 ** (_ROUNDS - 1)
    y, x = np.meshgrid(np.arange(len(rows)), np.arange(len(columns)), indexing="ij")
    first = (y % step == 0) & (x % step == 0)
    return [
        np.stack([rows[y[chosen]], columns[x[chosen]]], axis=1).astype(np.int64)
        for chosen in (first, ~first)
    ]


def _cover(covered_yx: NDArray[np.bool_], found: list[Piece], sieve: Sieve) -> None:
    """Mark what masks of usual size hold; a larger one may be a group."""
    areas = np.array([piece.area_px for piece in found], np.int64)
    usual = sieve.usual_area(areas)
    if usual is None:
        return
    for piece, area in zip(found, areas.tolist(), strict=True):
        if area <= _USUAL * usual:
            (y0, x0), (y1, x1) = piece.start_yx, piece.end_yx
            covered_yx[y0:y1, x0:x1] |= piece.mask


def _unlike(regions: Regions) -> Regions:
    """Leave out masks that are nearly the same as a better one."""
    kept: list[int] = []
    areas = regions.area_px
    for k in np.argsort(-regions.score, kind="stable").tolist():
        shared = [(regions.intersection_px(k, regions, j), j) for j in _meeting(regions, k, kept)]
        if all(both <= SAME_IOU * (areas[k] + areas[j] - both) for both, j in shared):
            kept.append(k)
    return regions.select(np.array(kept, np.intp))


def _meeting(regions: Regions, k: int, others: list[int]) -> list[int]:
    boxes = regions.box_yxyx[others].reshape(-1, 4)
    mine = regions.box_yxyx[k]
    meets = ((boxes[:, :2] < mine[2:]) & (boxes[:, 2:] > mine[:2])).all(axis=1)
    return [others[i] for i in np.flatnonzero(meets)]


def _without_groups(regions: Regions) -> Regions:
    """Leave out masks made of two or more others that are as good, then parts of a better one."""
    is_group = [_is_group(regions, k) for k in range(len(regions))]
    regions = regions.select(~np.array(is_group, bool))
    is_part = [_is_part(regions, k) for k in range(len(regions))]
    return regions.select(~np.array(is_part, bool))


def _is_group(regions: Regions, k: int) -> bool:
    held = [j for j in _held_by(regions, k) if regions.area_px[j] < regions.area_px[k]]
    if len(held) < 2:
        return False
    is_full = regions.area_px[held].sum() >= _GROUP_SHARE * regions.area_px[k]
    return bool(is_full and regions.score[held].mean() >= regions.score[k])


def _is_part(regions: Regions, k: int) -> bool:
    others = [j for j in range(len(regions)) if j != k]
    return any(
        regions.intersection_px(k, regions, j) >= _COVERED_SHARE * regions.area_px[k]
        and regions.score[j] >= regions.score[k]
        for j in _meeting(regions, k, others)
    )


def _held_by(regions: Regions, k: int) -> list[int]:
    others = [j for j in range(len(regions)) if j != k]
    return [
        j
        for j in _meeting(regions, k, others)
        if regions.intersection_px(k, regions, j) >= _COVERED_SHARE * regions.area_px[j]
    ]


def _of_usual_size(regions: Regions, sieve: Sieve) -> Regions:
    usual = sieve.usual_area(regions.area_px)
    if usual is None:
        return regions
    factor = regions.area_px / usual
    return regions.select((factor >= 1 / sieve.size_factor) & (factor <= sieve.size_factor))
