"""Outlines of single cells, as polygons around their centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
_N_VERTICES = 72
_ANGLES = np.linspace(0, 2 * np.pi, _N_VERTICES, endpoint=False)
_RAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)


def outline(kind: str, radius_px: float, rng: np.random.Generator) -> Polygon:
    """Return the outline of one cell of random form and orientation.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    radius_px : float
        About the radius of a disk of the cell's area.
    rng : Generator

    Returns
    -------
    ndarray, shape (V, 2)
        Vertices (row, column) in pixels, relative to the cell's centre.
    """
    vertices = KINDS[kind](rng)
    turned = vertices @ rotation(rng.uniform(0, 2 * np.pi)).T
    return turned * radius_px


def rotation(angle: float) -> NDArray[np.float64]:
    """Return the matrix that turns (row, column) vectors.

    Parameters
    ----------
    angle : float
        In radians, from the row axis towards the column axis.

    Returns
    -------
    ndarray, shape (2, 2)
    """
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _polar(radii: NDArray[np.float64], aspect: float) -> Polygon:
    """Close radii over equal angles to an outline of area pi, stretched along the rows."""
    clipped = np.clip(radii, 0.15, None)
    scale = 1 / np.sqrt(np.mean(clipped**2))
    stretch = np.array([np.sqrt(aspect), 1 / np.sqrt(aspect)])
    return np.asarray(_RAYS * (clipped * scale)[:, None] * stretch)


def _waves(rng: np.random.Generator, amplitude: float, decay: float, n: int) -> NDArray[np.float64]:
    """Sum n harmonics from the second on with random phase and falling amplitude."""
    k = np.arange(2, n + 2)
    size = amplitude * rng.normal(size=n) / (k / 2.0) ** decay
    phase = rng.uniform(0, 2 * np.pi, n)
    return np.asarray((size[:, None] * np.cos(k[:, None] * _ANGLES + phase[:, None])).sum(0))


def _round(rng: np.random.Generator) -> Polygon:
    return _polar(1 + _waves(rng, 0.03, 1.0, 5), rng.uniform(1.0, 1.3))


def _nucleus(rng: np.random.Generator) -> Polygon:
    amplitude = rng.choice([0.03, 0.06, 0.12])
    return _polar(1 + _waves(rng, amplitude, 1.3, 7), 1 + rng.gamma(2.0, 0.18))


def _bumps(rng: np.random.Generator, n: int, height: float, narrow: float) -> NDArray[np.float64]:
    """Sum n protrusions: von Mises bumps of random height at random angles."""
    where = rng.uniform(0, 2 * np.pi, n)
    heights = height * rng.uniform(0.3, 1.0, n)
    narrowness = narrow * np.exp(rng.normal(0, 0.4, n))
    bumps = np.exp(narrowness[:, None] * (np.cos(_ANGLES - where[:, None]) - 1))
    return np.asarray((heights[:, None] * bumps).sum(0))


def _adherent(rng: np.random.Generator) -> Polygon:
    radii = 1 + _bumps(rng, int(rng.integers(2, 6)), 0.8, 7.0) + _waves(rng, 0.1, 1.2, 14)
    return _polar(radii, rng.uniform(1.0, 1.8))


def _stellate(rng: np.random.Generator) -> Polygon:
    radii = 0.8 + _bumps(rng, int(rng.integers(3, 6)), 2.2, 22.0) + _waves(rng, 0.08, 1.1, 16)
    return _polar(radii, rng.uniform(1.0, 2.0))


def _ruffled(rng: np.random.Generator) -> Polygon:
    spikes = _bumps(rng, int(rng.integers(8, 24)), 0.14, 120.0)
    return _polar(1 + spikes + _waves(rng, 0.1, 1.1, 18), rng.uniform(1.0, 1.7))


def _blebbed(rng: np.random.Generator) -> Polygon:
    return _polar(0.8 + _bumps(rng, int(rng.integers(4, 9)), 0.5, 14.0), rng.uniform(1.0, 1.3))


def _along_spine(spine: Polygon, half_width: NDArray[np.float64], area: float = np.pi) -> Polygon:
    """Widen a line to an outline, scaled to an area."""
    tangent = np.gradient(spine, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    sides = [spine + normal * half_width[:, None], (spine - normal * half_width[:, None])[::-1]]
    vertices = np.concatenate(sides)
    y, x = vertices.T
    now = 0.5 * abs(np.dot(y, np.roll(x, 1)) - np.dot(x, np.roll(y, 1)))
    return np.asarray(vertices * np.sqrt(area / max(now, 1e-6)))


def _bent_line(rng: np.random.Generator, length: float, bend: float) -> Polygon:
    t = np.linspace(-1, 1, _N_VERTICES // 2)
    sideways = bend * length * (rng.normal() * (t**2 - 0.3) + 0.4 * rng.normal() * (t**3 - 0.6 * t))
    return np.stack([t * length, sideways], 1)


def _spindle(rng: np.random.Generator) -> Polygon:
    spine = _bent_line(rng, 1.0, 0.12)
    t = np.linspace(-1, 1, len(spine))
    tail, belly = rng.uniform(0.15, 0.5), rng.uniform(0.12, 0.35)
    centre = rng.uniform(-0.35, 0.35)
    width = 0.12 * np.exp(-(((t - centre) / tail) ** 2)) + 0.05 * belly
    width *= np.clip(1 - np.abs(t) ** 6, 0, 1) * (1 + 0.15 * rng.normal(size=len(t)))
    return _along_spine(spine, np.abs(width) * rng.uniform(0.8, 2.2) + 0.006)


def _rod(rng: np.random.Generator) -> Polygon:
    length = np.exp(rng.uniform(np.log(1.6), np.log(7.0)))  # length over width
    spine = _bent_line(rng, 1.0, rng.choice([0.02, 0.1, 0.2]))
    t = np.linspace(-1, 1, len(spine))
    from_end = (1 - np.abs(t)) * length
    cap = np.sqrt(np.clip(1 - (1 - np.clip(from_end, 0, 1)) ** 2, 0, 1))
    pinch = 1 - rng.choice([0.0, 0.0, 0.4]) * np.exp(-((t * length / 0.6) ** 2))
    return _along_spine(spine, np.asarray(cap * pinch / length))


def _fan(rng: np.random.Generator) -> Polygon:
    """Draw a migrating keratocyte-like cell: broad ruffled front, concave rear."""
    front = 0.5 * (1 + np.tanh(3 * np.cos(_ANGLES)))
    radii = 0.45 + front * rng.uniform(0.5, 1.0) + _waves(rng, 0.05, 0.5, 20)
    return _polar(radii, rng.uniform(0.5, 0.8))


KINDS: Mapping[str, Callable[[np.random.Generator], Polygon]] = MappingProxyType(
    {
        "round": _round,
        "nucleus": _nucleus,
        "adherent": _adherent,
        "stellate": _stellate,
        "ruffled": _ruffled,
        "blebbed": _blebbed,
        "spindle": _spindle,
        "rod": _rod,
        "fan": _fan,
    }
)
