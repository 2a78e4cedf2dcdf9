"""Grain: how coarse and how strong the pattern inside a region is, and whether its spots shine."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells

SIGMAS_PX = (0.7, 1.4, 2.8, 5.6)
"""Deviations of the Gaussians between which patterns are told apart."""


def grains(cells: FrameCells, channel: int, above: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return strength and skewness of each region's pattern at three scales.

    Parameters
    ----------
    cells : FrameCells
        K regions with an image.
    channel : int
        Whose intensities are taken.
    above : ndarray of float, shape (K,)
        What counts as the light of each region, more than 0; patterns are shares of it.

    Returns
    -------
    ndarray of float64, shape (K, 6)
        Logarithm of the root mean square of the difference of two Gaussians, for three pairs,
        then the skewness of each: above 0 for bright spots, below for dark ones.
    """
    import cv2

    flat_yx: Any = _relative(cells, channel, above)
    blurred: list[Any] = [cv2.GaussianBlur(flat_yx, (0, 0), sigma) for sigma in SIGMAS_PX]
    strength, skewness = [], []
    for finer, coarser in pairwise(blurred):
        band = np.ravel(finer - coarser)[cells.pixel_index].astype(np.float64)
        mean, square, cube = (_mean(cells, band**power) for power in (1, 2, 3))
        variance = np.maximum(square - mean**2, 1e-12)
        third = cube - 3 * mean * square + 2 * mean**3
        strength.append(0.5 * np.log2(variance + 1e-5))
        skewness.append(np.clip(third / variance**1.5, -3, 3))
    return np.stack([*strength, *skewness], axis=1)


def _relative(cells: FrameCells, channel: int, above: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return each pixel's deviation from its region's mean, over its light; 0 outside."""
    pixels = cells.pixels(channel).astype(np.float64)
    mean = np.repeat(_mean(cells, pixels), cells.area)
    flat = np.zeros(cells.labels_yx.size, np.float32)
    flat[cells.pixel_index] = (pixels - mean) / np.repeat(above, cells.area)
    return flat.reshape(cells.labels_yx.shape)


def _mean(cells: FrameCells, per_pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(cells):
        return np.empty(0)
    return np.asarray(np.add.reduceat(per_pixel, cells.first_pixel) / cells.area)
