"""Scenes: small images and clips of which everything is known."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

BACKGROUND, OBJECT = 0.15, 0.85
TEXTURE = 0.03
DRIFT_YX = (1.5, -2.25)
"""How far everything in `drifting_clip` moves from frame to frame."""


@attrs.frozen
class Disc:
    """A bright disc: centre in pixels, and radius."""

    y: float
    x: float
    radius: float

    def mask(self, shape_yx: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the disc's pixels in a frame of some shape."""
        rows, columns = np.ogrid[: shape_yx[0], : shape_yx[1]]
        inside: NDArray[np.bool_] = np.hypot(rows - self.y, columns - self.x) <= self.radius
        return inside

    def moved(self, dy: float, dx: float) -> Disc:
        """Return the disc moved by some pixels.

        Parameters
        ----------
        dy, dx : float
            Rows and columns.

        Returns
        -------
        Disc
        """
        return Disc(self.y + dy, self.x + dx, self.radius)

    def transposed(self) -> Disc:
        """Return the disc with row and column exchanged."""
        return Disc(self.x, self.y, self.radius)


SHAPE_YX = (72, 104)
DISCS = (Disc(20, 70, 9), Disc(50, 30, 11), Disc(53, 84, 8))
"""Far apart, of three sizes, and neither square nor symmetric in the frame."""


def image_of(
    discs: tuple[Disc, ...],
    shape_yx: tuple[int, int] = SHAPE_YX,
    dtype: Any = np.uint8,
    channels: int = 1,
) -> NDArray[Any]:
    """Return an image of bright discs on a dark, slightly uneven ground.

    Parameters
    ----------
    discs : tuple of Disc
        Parts outside the frame are cut off.
    shape_yx : tuple of int
        Height and width.
    dtype : dtype
        Integers are filled to their range, floats run from 0 to 1.
    channels : int
        All the same.

    Returns
    -------
    ndarray, shape (Y, X, C)
    """
    rows, columns = np.mgrid[: shape_yx[0], : shape_yx[1]].astype(np.float64)
    image_yx = np.full(shape_yx, BACKGROUND)
    for disc in discs:
        distance = np.hypot(rows - disc.y, columns - disc.x) - disc.radius
        edge_yx = 1 / (1 + np.exp(np.minimum(2.5 * (distance - 0.5), 50)))
        image_yx = np.maximum(image_yx, BACKGROUND + (OBJECT - BACKGROUND) * edge_yx)
    noise = np.random.default_rng(7).standard_normal(shape_yx)
    return _in_dtype(image_yx + TEXTURE * noise, dtype, channels)


def drifting_clip(
    shape_tyx: tuple[int, int, int] = (5, 72, 104),
    dtype: Any = np.uint8,
    channels: int = 1,
    drift_yx: tuple[float, float] = DRIFT_YX,
) -> NDArray[Any]:
    """Return a clip of a texture that drifts steadily.

    Parameters
    ----------
    shape_tyx : tuple of int
        Frames, height, width.
    dtype, channels
        As for `image_of`.
    drift_yx : tuple of float
        Rows and columns a frame. The texture is a sum of waves, so that parts of pixels are
        exact.

    Returns
    -------
    ndarray, shape (T, Y, X, C)
    """
    rng = np.random.default_rng(11)
    waves = rng.uniform(0.15, 0.55, (24, 2)) * rng.choice([-1, 1], (24, 2))
    phases = rng.uniform(0, 2 * np.pi, 24)
    rows, columns = np.mgrid[: shape_tyx[1], : shape_tyx[2]].astype(np.float64)
    frames = []
    for t in range(shape_tyx[0]):
        y, x = rows - t * drift_yx[0], columns - t * drift_yx[1]
        total = sum(
            np.sin(k[0] * y + k[1] * x + phase) for k, phase in zip(waves, phases, strict=True)
        )
        frames.append(0.5 + np.asarray(total) / 30)
    return np.stack([_in_dtype(frame, dtype, channels) for frame in frames])


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return the intersection over union of two masks.

    Parameters
    ----------
    a, b : ndarray of bool, shape (Y, X)
        Masks of one frame.

    Returns
    -------
    float
        1 where both are empty.
    """
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def _in_dtype(image_yx: NDArray[np.float64], dtype: Any, channels: int) -> NDArray[Any]:
    image_yxc = np.repeat(np.clip(image_yx, 0, 1)[:, :, None], channels, axis=2)
    wanted = np.dtype(dtype)
    if wanted.kind == "u":
        return np.rint(image_yxc * np.iinfo(wanted).max).astype(wanted)
    return image_yxc.astype(wanted)
