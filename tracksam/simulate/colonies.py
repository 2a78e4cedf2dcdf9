"""Colonies of rods: bacteria side by side and end to end, each along its neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.canvas import Canvas, Labels
from tracksam.simulate.outlines import Polygon, rotation

_PLACES = 900
_CAP = np.linspace(-np.pi / 2, np.pi / 2, 12)


def draw_colonies(
    radius_px: float, density: float, shape_yx: tuple[int, int], rng: np.random.Generator
) -> Labels:
    """Return a label image of rods in colonies.

    Parameters
    ----------
    radius_px : float
        Radius of a disk of the mean rod's area.
    density : float
        About the share of the image that colonies cover.
    shape_yx : tuple of int
    rng : Generator

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background, 1 to N rods; not yet in one piece each.
    """
    aspect = float(np.exp(rng.uniform(np.log(1.8), np.log(5.0))))
    width = float(2 * radius_px * np.sqrt(np.pi / 4 / aspect))
    pitch_yx = np.array([aspect, 1.0]) * width * rng.uniform(0.96, 1.12)
    field = _Directions(rng, shape_yx, radius_px)
    canvas = Canvas(shape_yx)
    size = np.array(shape_yx, float)
    for number, yx in enumerate(_places(pitch_yx, size, min(density, 0.9), rng)):
        length = aspect * np.exp(rng.normal(0, 0.22))
        rod = _rod(max(1.0, length)) * width / 2
        turned = rod @ rotation(field.at(yx) + rng.normal(0, 0.06)).T
        canvas.paint(number + 1, turned, field.moved(yx), min_free=0.6)
    return canvas.labels_yx


class _Directions:
    """A main direction that bends slowly across the image."""

    def __init__(
        self, rng: np.random.Generator, shape_yx: tuple[int, int], radius_px: float
    ) -> None:
        self.main = rng.uniform(0, np.pi)
        self.middle = np.array(shape_yx, float) / 2
        self.bend = rng.normal(0, 0.35, 2) / (rng.uniform(6, 20) * radius_px)

    def at(self, yx: NDArray[np.float64]) -> float:
        """Return the direction at a place, in radians."""
        return float(self.main + (yx - self.middle) @ self.bend)

    def moved(self, yx: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where a place of the straight lattice lies."""
        turned: NDArray[np.float64] = rotation(self.at(yx)) @ (yx - self.middle) + self.middle
        return turned


def _rod(length: float) -> Polygon:
    """Return a rod of half width 1, `length` times as long as wide, along the rows."""
    cap = np.stack([np.cos(_CAP), np.sin(_CAP)], 1) + np.array([length - 1.0, 0.0])
    return np.concatenate([cap, -cap])


def _places(
    pitch_yx: NDArray[np.float64],
    size_yx: NDArray[np.float64],
    covered: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return jittered places of a lattice that lie in one of some round colonies."""
    reach = float(np.hypot(*size_yx))
    steps = [np.arange(-0.5 * reach, 0.5 * reach, pitch) for pitch in pitch_yx]
    rows, columns = np.meshgrid(*steps, indexing="ij")
    rows = rows + rng.uniform(-0.5, 0.5, (1, rows.shape[1])) * pitch_yx[0]
    lattice = np.stack([rows.ravel(), columns.ravel()], 1) + size_yx / 2
    lattice = lattice + rng.normal(0, 0.05, lattice.shape) * pitch_yx
    colonies = rng.uniform(0, size_yx, (int(rng.integers(1, 6)), 2))
    radius = np.sqrt(covered * size_yx.prod() / (np.pi * len(colonies)))
    radii = radius * rng.uniform(0.5, 1.3, len(colonies))
    away = np.linalg.norm(lattice[:, None] - colonies[None], axis=2) / radii
    inside = lattice[(away < rng.uniform(0.9, 1.1, (len(lattice), 1))).any(1)]
    if not len(inside):
        inside = lattice[np.argsort(away.min(1))[:6]]
    return rng.permutation(inside)[:_PLACES]
