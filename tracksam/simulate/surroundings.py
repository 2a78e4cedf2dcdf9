"""What lies around cells: debris, dead fragments, dust out of focus, scratches, uneven glass."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

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
    for _ in range(rng.poisson(dirt * share * rng.choice([0, 4, 12, 40]))):
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

    size = float(np.clip(rng.gamma(1.5, 0.03) * radius_px, 0.6, 0.35 * radius_px + 0.6))
    axes = (int(np.ceil(size)), int(np.ceil(size * rng.uniform(0.4, 1))))
    where, angle = _anywhere(debris.shape, rng), rng.uniform(0, 180)
    cv2.ellipse(debris, where, axes, angle, 0, 360, rng.uniform(0.2, 1.0), -1)


def _fragments(debris: Image, radius_px: float, rng: np.random.Generator) -> None:
    """Draw the remains of a dead cell: a heap of small balls."""
    import cv2

    centre = np.array(_anywhere(debris.shape, rng))
    for _ in range(int(rng.integers(3, 9))):
        x, y = np.rint(centre + rng.normal(0, 0.35 * radius_px, 2)).astype(int).tolist()
        size = max(1, int(radius_px * rng.uniform(0.08, 0.25)))
        cv2.circle(debris, (x, y), size, rng.uniform(0.5, 1.5), -1)


def _scratch(debris: Image, rng: np.random.Generator) -> None:
    import cv2

    start = np.array(_anywhere(debris.shape, rng), float)
    steps = rng.normal(0, 0.15, 30).cumsum() + rng.uniform(0, 2 * np.pi)
    path = start + np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0) * rng.uniform(1, 12)
    points = [np.rint(path * 8).astype(np.int32)]
    cv2.polylines(debris, points, False, rng.uniform(0.1, 0.6), 1, cv2.LINE_8, 3)


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
