"""What lies around cells: debris, dead fragments, dust out of focus, scratches, uneven glass."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.canvas import Labels
from tracksam.simulate.optics import blurred

Image = NDArray[np.float32]


@attrs.frozen(eq=False)
class Surroundings:
    """Images of what is no cell; the same in every frame of a movie.

    Parameters
    ----------
    debris_yx : array of float32, shape (Y, X)
        Thickness of small things on the glass, about 0 to 1.
    rings_yx : array of float32, shape (Y, X)
        Contrast, about -0.2 to 0.2, of dust far from focus.
    ground_yx : array of float32, shape (Y, X)
        Unevenness of the glass or gel, about -1 to 1.
    """

    debris_yx: Image
    rings_yx: Image
    ground_yx: Image

    def moved(self, shift_yx: NDArray[np.float64], fragments_yx: Image) -> Self:
        """Return what lies on the glass moved, with more debris; dust on the lens stays.

        Parameters
        ----------
        shift_yx : ndarray, shape (2,)
            Pixels.
        fragments_yx : ndarray of float32, shape (Y, X)
            Added to the debris.
        """
        import cv2

        if not shift_yx.any():
            return attrs.evolve(self, debris_yx=self.debris_yx + fragments_yx)
        matrix = np.array([[1, 0, shift_yx[1]], [0, 1, shift_yx[0]]], np.float32)
        size = (self.debris_yx.shape[1], self.debris_yx.shape[0])
        debris, ground = (
            np.asarray(
                cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT), np.float32
            )
            for image in (self.debris_yx, self.ground_yx)
        )
        return attrs.evolve(self, debris_yx=debris + fragments_yx, ground_yx=ground)


def surroundings(
    shape_yx: tuple[int, int], radius_px: float, rng: np.random.Generator, dirt: float = 1.0
) -> Surroundings:
    """Return random surroundings.

    Parameters
    ----------
    shape_yx : tuple of int
    radius_px : float
        Typical radius of a cell; debris is smaller, dust rings may be larger.
    rng : Generator
    dirt : float
        Factor on the number of things; 0 for a clean dish.

    Returns
    -------
    Surroundings
    """
    share = np.prod(shape_yx) / 256**2
    debris = np.zeros(shape_yx, np.float32)
    for _ in range(rng.poisson(dirt * share * rng.choice([0, 3, 8, 30]))):
        _speck(debris, radius_px, rng)
    for _ in range(rng.poisson(dirt * share * rng.choice([0, 0, 1.0]))):
        _fragments(debris, radius_px, rng)
    for _ in range(rng.poisson(dirt * 0.25)):
        _scratch(debris, rng)
    rings = np.zeros(shape_yx, np.float32)
    for _ in range(rng.poisson(dirt * share * rng.choice([0, 0.5, 2.0]))):
        _ring(rings, radius_px, rng)
    return Surroundings(blurred(debris, rng.uniform(0.4, 0.9)), rings, _ground(shape_yx, rng))


def _anywhere(shape_yx: tuple[int, ...], rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(0, shape_yx[1])), int(rng.integers(0, shape_yx[0]))


def _speck(debris: Image, radius_px: float, rng: np.random.Generator) -> None:
    import cv2

    size = float(np.clip(rng.gamma(1.0, 0.05) * radius_px, 0.7, 0.35 * radius_px + 0.7))
    n = int(rng.integers(3, 9))
    angles = np.sort(rng.uniform(0, 2 * np.pi, n)) if rng.random() < 0.7 else np.zeros(n)
    radii = size * rng.uniform(0.3, 1.3, n)
    corners = np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1)
    corners = corners + rng.normal(0, 0.3 * size, (n, 2)) + _anywhere(debris.shape, rng)
    strength = float(np.clip(rng.gamma(1.2, 0.3), 0.05, 1.5))
    cv2.fillPoly(debris, [np.rint(corners * 8).astype(np.int32)], strength, cv2.LINE_8, 3)


def _fragments(debris: Image, radius_px: float, rng: np.random.Generator) -> None:
    """Draw the remains of a dead cell: a heap of small balls."""
    import cv2

    centre = np.array(_anywhere(debris.shape, rng))
    spread, strength = radius_px * rng.uniform(0.1, 0.4), rng.uniform(0.4, 2.5)
    for _ in range(int(rng.integers(3, 14))):
        place = np.rint(8 * (centre + rng.normal(0, spread, 2))).astype(int).tolist()
        size = max(1.0, radius_px * rng.gamma(2.0, 0.05))
        for share in (1.0, 0.85, 0.6):  # a dome in three steps
            height = strength * (1.2 - share**2)
            cv2.circle(debris, place, int(8 * share * size), height, -1, cv2.LINE_8, 3)


def _scratch(debris: Image, rng: np.random.Generator) -> None:
    import cv2

    start = np.array(_anywhere(debris.shape, rng), float)
    steps = rng.normal(0, 0.15, 30).cumsum() + rng.uniform(0, 2 * np.pi)
    path = start + np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0) * rng.uniform(1, 12)
    points = [np.rint(path * 8).astype(np.int32)]
    cv2.polylines(debris, points, False, rng.uniform(0.1, 0.6), 1, cv2.LINE_8, 3)


def fibres(labels_yx: Labels, radius_px: float, rng: np.random.Generator) -> Image:
    """Return the thickness of threads that cells leave on the glass where they were.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        Threads begin at the borders of cells and lie outside all of them.
    radius_px : float
        Typical radius of a cell; threads are about that long.
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    import cv2

    outside = (labels_yx == 0).astype(np.uint8)
    image_yx = np.zeros(labels_yx.shape, np.float32)
    nearby = cv2.dilate(1 - outside, np.ones((3, 3), np.uint8)) * outside
    y, x = np.nonzero(nearby)
    if not len(y):
        return image_yx
    wide = blurred(outside.astype(np.float32), max(2.0, 0.15 * radius_px))
    slope = np.stack([np.gradient(wide, axis=0), np.gradient(wide, axis=1)], -1)
    n = min(120, int(len(y) / radius_px * rng.uniform(0.5, 4)) + 1)
    for start in rng.integers(0, len(y), n):
        place = np.array([y[start], x[start]], float)
        direction = slope[y[start], x[start]] / (np.hypot(*slope[y[start], x[start]]) + 1e-6)
        length = radius_px * rng.gamma(2.0, 0.2)
        end = place + length * (direction + rng.normal(0, 0.3, 2))
        line = np.rint(np.stack([place, end])[:, ::-1] * 8).astype(np.int32)
        cv2.polylines(image_yx, [line], False, rng.uniform(0.1, 0.6), 1, cv2.LINE_8, 3)
    return np.asarray(image_yx * outside, np.float32)


def _ring(rings: Image, radius_px: float, rng: np.random.Generator) -> None:
    """Add the pattern of a dust grain far from focus: concentric rings, fading outwards."""
    x, y = _anywhere(rings.shape, rng)
    size = float(np.clip(radius_px * rng.uniform(0.4, 2.5), 4, 90))
    reach = int(1.6 * size) + 2
    rows, columns = slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach)
    dy = np.arange(rings.shape[0], dtype=np.float32)[rows, None] - y
    dx = np.arange(rings.shape[1], dtype=np.float32)[None, columns] - x
    distance = np.hypot(dy, dx * np.float32(rng.uniform(0.8, 1.2))) / np.float32(size)
    waves = np.cos(rng.uniform(3, 9) * distance**2 + rng.uniform(0, 6))
    envelope = np.exp(-(((distance - rng.uniform(0.3, 0.9)) / 0.3) ** 2))
    rings[rows, columns] += np.float32(rng.uniform(0.03, 0.2)) * waves * envelope


def _ground(shape_yx: tuple[int, int], rng: np.random.Generator) -> Image:
    """Return smooth unevenness on two scales."""
    import cv2

    total = np.zeros(shape_yx, np.float32)
    for scale, weight in ((64, 0.6), (rng.uniform(6, 16), 0.4)):
        coarse = (int(shape_yx[0] / scale) + 3, int(shape_yx[1] / scale) + 3)
        noise = rng.normal(size=coarse).astype(np.float32)
        total += weight * cv2.resize(noise, shape_yx[::-1], interpolation=cv2.INTER_CUBIC)
    return total
