"""Colours of tracks: the same id has the same colour in every picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GOLDEN = (np.sqrt(5) - 1) / 2
_LIGHTNESS = (0.80, 0.72, 0.87)
_CHROMA = 0.145


def track_colours(track_id: ArrayLike) -> NDArray[np.uint8]:
    """Return a colour for each track, bright enough for dark images and vivid on light ones.

    Parameters
    ----------
    track_id : array_like of int, shape (N,)
        Ids of 0 or more.

    Returns
    -------
    ndarray of uint8, shape (N, 3)
        Red, green, blue. Hues of neighbouring ids are a golden angle apart, so that sisters
        differ; lightness takes three steps. In OKLCH, where equal steps look equal (Ottosson 2020).
    """
    ids = np.atleast_1d(np.asarray(track_id, np.int64))
    hue = 2 * np.pi * np.mod(ids * _GOLDEN, 1)
    lightness = np.take(_LIGHTNESS, ids % len(_LIGHTNESS))
    return _from_oklab(lightness, _CHROMA * np.cos(hue), _CHROMA * np.sin(hue))


def _from_oklab(
    lightness: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return sRGB of OKLab; colours that sRGB does not have are clipped."""
    roots = np.stack(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ],
        axis=-1,
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(roots**3 @ to_rgb.T, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rounded: NDArray[np.float64] = np.rint(curved * 255)
    return rounded.astype(np.uint8)
