"""Intensities of each channel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.shape import Values, second_moments

_N_RINGS = 4


def intensities(cells: FrameCells) -> Values:
    """Return what the grey values of each channel tell, apart from texture.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        Empty without an image.
    """
    values: Values = {}
    ring = _rings(cells) if cells.n_channels else np.empty(0, np.int64)
    for channel in range(cells.n_channels):
        pixels = cells.pixels(channel)
        found = {**_levels(cells, pixels, channel), **_radial(cells, pixels, ring)}
        values |= {f"{name}_c{channel}": column for name, column in found.items()}
    return values


def _levels(cells: FrameCells, pixels: NDArray[Any], channel: int) -> Values:
    if not len(cells):
        names = ("mean", "median", "sd", "min", "max", "total", "corrected_mean", "corrected_total")
        return {name: np.empty(0) for name in names}
    area = cells.area
    total = np.add.reduceat(pixels, cells.first_pixel, dtype=np.float64)
    mean = total / area
    squared = (pixels - np.repeat(mean, area)) ** 2
    ground = _background(cells, channel)
    return {
        "mean": mean,
        "median": _medians(cells, pixels),
        "sd": np.sqrt(np.add.reduceat(squared, cells.first_pixel) / area),
        "min": np.minimum.reduceat(pixels, cells.first_pixel),
        "max": np.maximum.reduceat(pixels, cells.first_pixel),
        "total": total,
        "corrected_mean": mean - ground,
        "corrected_total": total - ground * area,
    }


def _background(cells: FrameCells, channel: int) -> float:
    """Median of the pixels without a cell; NaN if there is none."""
    if cells.ground is not None:
        return cells.ground[channel]
    outside = cells.channel_yx(channel)[cells.labels_yx == 0]
    return float(np.median(outside)) if outside.size else np.nan


def _medians(cells: FrameCells, pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Median of each cell, by sorting all of them at once where the values allow it."""
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2:
        bits = 8 * pixels.dtype.itemsize
        # 32 bits, where they are enough for cell and value, are sorted twice as fast.
        key = np.dtype(np.uint32 if len(cells) < 2 ** (32 - bits) else np.uint64)
        cell = (np.arange(len(cells)) * 2**bits).astype(key)
        ordered = np.sort(np.repeat(cell, cells.area) | pixels) & key.type(2**bits - 1)
    else:
        ends = cells.first_pixel + cells.area
        ordered = np.concatenate(
            [np.sort(pixels[a:b]) for a, b in zip(cells.first_pixel, ends, strict=True)]
        )
    middle = np.stack([(cells.area - 1) // 2, cells.area // 2]) + cells.first_pixel
    low, high = ordered[middle].astype(np.float64)
    median: NDArray[np.float64] = (low + high) / 2
    return median


def _rings(cells: FrameCells) -> NDArray[np.int64]:
    """Ring of each pixel, cell by cell, numbered on from cell to cell.

    By its distance from the centroid in its cell's ellipse: Mahalanobis's in the cell's own second
    moments (with those of a pixel, so that a line has a width), halved. It is 1 on the rim.
    """
    length = cells.run_end - cells.run_first
    y, x, yy, xx, xy = (part[cells.run_cell] for part in second_moments(cells))
    yy, xx = yy + 1 / 12, xx + 1 / 12
    determinant = yy * xx - xy**2
    dy, first_dx = cells.run_row - y, cells.run_first - x
    # The squared distance is constant + (slope + curve dx) dx along a run.
    constant, slope, curve = (
        np.repeat(part, length)
        for part in (
            xx * dy**2 / determinant,
            -2 * xy * dy / determinant,
            yy / determinant,
        )
    )
    before = np.cumsum(length) - length
    dx = np.arange(len(cells.pixel_index)) + np.repeat(first_dx - before, length)
    squared = constant + (slope + curve * dx) * dx
    ring = np.repeat(cells.run_cell * _N_RINGS, length)
    for rim in range(1, _N_RINGS):
        ring += squared >= (2 * rim / _N_RINGS) ** 2 - 1e-9
    return ring


def _radial(cells: FrameCells, pixels: NDArray[Any], ring: NDArray[np.int64]) -> Values:
    """Mean of each ring over the mean of the cell."""
    n = len(cells) * _N_RINGS
    total = np.bincount(ring, pixels, minlength=n).reshape(-1, _N_RINGS)
    count = np.bincount(ring, minlength=n).reshape(-1, _N_RINGS)
    mean = (total.sum(axis=1) / np.maximum(cells.area, 1))[:, None]
    share = np.full(total.shape, np.nan)
    np.divide(total, count * mean, out=share, where=(count > 0) & (mean != 0))
    return {f"ring_{i + 1}": share[:, i] for i in range(_N_RINGS)}
