"""Large things out of focus behind the cells: folds, bubbles, droplets, edges of wells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.optics import blurred

Image = NDArray[np.float32]


def clutter(shape_yx: tuple[int, int], radius_px: float, rng: np.random.Generator) -> Image:
    """Return the contrast of one to four things much larger than a cell.

    Parameters
    ----------
    shape_yx : tuple of int
    radius_px : float
        Typical radius of a cell.
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
        About -0.5 to 0.5, mostly 0.
    """
    total = np.zeros(shape_yx, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        thing = np.zeros(shape_yx, np.float32)
        size = float(np.clip(radius_px * rng.uniform(1.5, 8), 8, 0.5 * min(shape_yx)))
        _draw(thing, size, rng)
        thing = blurred(thing, size * rng.uniform(0.02, 0.15))
        if rng.random() < 0.6:
            thing = _relief(thing, rng.uniform(0, 2 * np.pi))
        total += thing * np.float32(rng.choice([-1, 1]) * rng.uniform(0.05, 0.5))
    return total


def _draw(thing: Image, size: float, rng: np.random.Generator) -> None:
    import cv2

    height, width = thing.shape
    centre = (int(rng.integers(width)), int(rng.integers(height)))
    axes = (max(2, int(size)), max(2, int(size * rng.uniform(0.35, 1))))
    turn, start = rng.uniform(0, 360, 2).tolist()
    arc = float(rng.choice([360.0, rng.uniform(60, 300)]))
    thickness = -1 if rng.random() < 0.3 else max(1, int(size * rng.uniform(0.03, 0.3)))
    cv2.ellipse(thing, centre, axes, turn, start, start + arc, 1.0, thickness)


def _relief(thing: Image, angle: float) -> Image:
    """Return light and shade of a thing under light from one side, at most about 1."""
    down, right = np.gradient(thing)
    shade = np.cos(angle) * down + np.sin(angle) * right
    return np.asarray(shade / max(float(np.abs(shade).max()), 1e-6), np.float32)
