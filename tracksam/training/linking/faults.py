"""Faults: what segmenters do to masks, done to true ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Box = tuple[slice, slice]
MARGIN_PX = 4


@attrs.frozen
class Faults:
    """How often, per cell and frame, something goes wrong, and for how many frames it lasts.

    Parameters
    ----------
    missed, merged, split : float
        Chances that it begins.
    debris : float
        False masks in a frame, for each true one.
    frames : float
        Mean length in frames.
    outline : float
        Deviation by which outlines shrink or grow, in diameters.
    shrink : float
        Shrinkage of all outlines, in diameters: markers instead of masks.
    disc : float
        Radius of the discs that stand for all masks, in the frame's median diameter; 0: none.
    """

    missed: float = 0.01
    merged: float = 0.008
    split: float = 0.008
    debris: float = 0.005
    frames: float = 1.7
    outline: float = 0.04
    shrink: float = 0.0
    disc: float = 0.0

    @classmethod
    def none(cls, shrink: float = 0.0, disc: float = 0.0) -> Self:
        """Return faults of masks that nobody missed: at most all are markers.

        Parameters
        ----------
        shrink, disc : float
            As of `Faults`.
        """
        return cls(0, 0, 0, 0, 1, 0, shrink, disc)

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        chances: tuple[float, float],
        shrink: float = 0.0,
        disc: float = 0.0,
    ) -> Self:
        """Return the faults of one segmenter: each has its own that it makes often.

        Parameters
        ----------
        rng : numpy.random.Generator
        chances : tuple of float
            Least and greatest chance of a fault, per cell and frame.
        shrink, disc : float
            As of `Faults`.
        """
        low, high = np.log(chances)
        missed, merged, split = np.exp(rng.uniform(low, high, 3)).tolist()
        frames = float(rng.uniform(1, 2.5))
        return cls(missed, merged, split, frames=frames, shrink=shrink, disc=disc)

    @property
    def only_markers(self) -> bool:
        """Whether masks are no more than marks within their cells."""
        return self.shrink > 0 or self.disc > 0


class Faulty:
    """Label images go in, frame by frame, and come out with faults that may last.

    Parameters
    ----------
    faults : Faults
    rng : numpy.random.Generator
    """

    def __init__(self, faults: Faults, rng: np.random.Generator) -> None:
        self._faults = faults
        self._rng = rng
        self._missed: dict[int, int] = {}
        self._merged: dict[tuple[int, int], int] = {}
        self._split: dict[int, tuple[int, float]] = {}

    def __call__(self, labels_yx: Labels) -> Labels:
        """Return the next frame, shape (Y, X); the ids tell nothing any more."""
        boxes = _boxes(labels_yx)
        self._begin(labels_yx, boxes)
        drawn = np.zeros_like(labels_yx)
        place = {cell: number for number, cell in enumerate(boxes, start=1)}
        radius = self._faults.disc * _median_diameter(labels_yx)
        for cell, box in boxes.items():
            if cell in self._missed:
                continue
            mask = labels_yx[box] == cell
            if radius:
                _draw_disc(drawn, np.argwhere(mask).mean(axis=0), box, radius, place[cell])
            else:
                drawn[box][_outlined(mask, self._change(mask))] = place[cell]
        for one, other in self._merged:
            if one in place and other in place:
                drawn[drawn == place[other]] = place[one]
        for cell, (_, angle) in self._split.items():
            if cell in place:
                _cut(drawn, place[cell], angle)
        self._add_debris(drawn, len(boxes))
        self._pass_by()
        return drawn

    def _begin(self, labels_yx: Labels, boxes: Mapping[int, Box]) -> None:
        rng, faults = self._rng, self._faults
        for cell, box in boxes.items():
            chance = rng.random(3)
            length = int(rng.geometric(1 / faults.frames))
            if chance[0] < faults.missed:
                self._missed[cell] = length
            elif chance[1] < faults.split:
                self._split[cell] = (length, float(rng.uniform(0, np.pi)))
            elif chance[2] < faults.merged:
                other = _neighbour(labels_yx, cell, box)
                if other:
                    self._merged[cell, other] = length

    def _change(self, mask: NDArray[np.bool_]) -> float:
        diameter = 2 * np.sqrt(np.count_nonzero(mask) / np.pi)
        faults = self._faults
        return float(diameter * self._rng.normal(-faults.shrink, faults.outline))

    def _add_debris(self, drawn: Labels, n_cells: int) -> None:
        areas = np.bincount(drawn.ravel())[1:]
        if not areas.any():
            return
        typical = float(np.sqrt(np.median(areas[areas > 0]) / np.pi))
        y, x = np.mgrid[: drawn.shape[0], : drawn.shape[1]]
        for _ in range(int(self._rng.poisson(self._faults.debris * n_cells))):
            centre = self._rng.uniform((0, 0), drawn.shape)
            radius = typical * self._rng.uniform(0.25, 0.9)
            spot = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2
            drawn[spot & (drawn == 0)] = drawn.max() + 1

    def _pass_by(self) -> None:
        self._missed = {cell: n - 1 for cell, n in self._missed.items() if n > 1}
        self._merged = {pair: n - 1 for pair, n in self._merged.items() if n > 1}
        self._split = {cell: (n - 1, a) for cell, (n, a) in self._split.items() if n > 1}


def _boxes(labels_yx: Labels) -> dict[int, Box]:
    """Return each cell's box, a few pixels wider than the cell."""
    from scipy import ndimage

    boxes: list[Any] = ndimage.find_objects(labels_yx)  # None for labels that are not there
    found = enumerate(boxes, start=1)
    return {cell: (_wider(box[0]), _wider(box[1])) for cell, box in found if box is not None}


def _wider(span: slice) -> slice:
    return slice(max(span.start - MARGIN_PX, 0), span.stop + MARGIN_PX)


def _median_diameter(labels_yx: Labels) -> float:
    areas = np.bincount(labels_yx.ravel())[1:]
    return float(2 * np.sqrt(np.median(areas[areas > 0]) / np.pi)) if areas.any() else 0.0


def _draw_disc(
    drawn: Labels, middle: NDArray[np.float64], box: Box, radius: float, number: int
) -> None:
    """Draw a disc about a place in a box, where nothing is drawn yet."""
    y, x = np.ogrid[: drawn.shape[0], : drawn.shape[1]]
    centre = middle + np.array([box[0].start, box[1].start])
    spot = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2
    drawn[spot & (drawn == 0)] = number


def _outlined(mask: NDArray[np.bool_], by_px: float) -> NDArray[np.bool_]:
    """Return a mask grown, or shrunk, by some pixels; never all of it is lost."""
    from scipy import ndimage

    if by_px == 0:
        return mask
    if by_px > 0:
        return np.asarray(ndimage.distance_transform_edt(~mask) <= by_px)
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    kept = depth > -by_px
    return np.asarray(kept if kept.any() else depth >= depth.max())


def _neighbour(labels_yx: Labels, cell: int, box: Box) -> int:
    """Return a cell that touches this one, or nearly; 0: none."""
    from scipy import ndimage

    mask = labels_yx[box] == cell
    ring = ndimage.binary_dilation(mask, iterations=2) & ~mask
    beside = labels_yx[box][ring]
    beside = beside[beside > 0]
    return int(np.bincount(beside).argmax()) if len(beside) else 0


def _cut(drawn: Labels, number: int, angle: float) -> None:
    pixels = np.argwhere(drawn == number)
    if len(pixels) < 8:
        return
    side = (pixels - pixels.mean(axis=0)) @ np.array([np.sin(angle), np.cos(angle)])
    part = pixels[side > 0]
    drawn[part[:, 0], part[:, 1]] = drawn.max() + 1
    seam = pixels[np.abs(side) < 0.7]
    drawn[seam[:, 0], seam[:, 1]] = 0
