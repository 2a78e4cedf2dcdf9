"""Texture: Haralick's measures of how neighbouring pixels go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.shape import Values

N_LEVELS = 8
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def textures(cells: FrameCells) -> Values:
    """Return five of Haralick's measures of each channel.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        Empty without an image. From pairs of pixels of one cell that are neighbours in any of
        the eight directions (Haralick, Shanmugam and Dinstein 1973).
    """
    values: Values = {}
    for channel in range(cells.n_channels):
        found = haralick(cooccurrences(cells, channel))
        values |= {f"texture_{name}_c{channel}": column for name, column in found.items()}
    return values


def cooccurrences(cells: FrameCells, channel: int) -> NDArray[np.int64]:
    """Return how often two grey levels are neighbours in a cell.

    Parameters
    ----------
    cells : FrameCells
        K cells with an image.
    channel : int
        Whose intensities are taken.

    Returns
    -------
    ndarray of int64, shape (K, 8, 8)
        Symmetric. Levels divide each cell's own range from lowest to highest in eight, so that
        texture does not change with brightness or gain.
    """
    height, width = cells.labels_yx.shape
    # Level and cell of every pixel; a rim of background keeps rows apart.
    cell_yx = np.full((height + 1, width + 1), -1, np.int32)
    level_yx = np.zeros(cell_yx.shape, np.uint8)
    cell = np.repeat(np.arange(len(cells), dtype=np.int32), cells.area)
    index = cells.pixel_index + cells.pixel_index // width
    np.put(cell_yx, index, cell)
    np.put(level_yx, index, _levels(cells, channel))
    flat_cell, flat_level = cell_yx.ravel(), level_yx.ravel()
    counts = np.zeros(len(cells) * N_LEVELS**2, np.int64)
    own = cell.astype(np.int64) * N_LEVELS**2 + flat_level[index].astype(np.int64) * N_LEVELS
    for down, right in _NEIGHBOURS:
        other = index + down * (width + 1) + right
        same = flat_cell[other] == cell
        counts += np.bincount(own[same] + flat_level[other[same]], minlength=len(counts))
    pairs = counts.reshape(-1, N_LEVELS, N_LEVELS)
    return pairs + pairs.transpose(0, 2, 1)


def _levels(cells: FrameCells, channel: int) -> NDArray[np.uint8]:
    """Level of every pixel, cell by cell, 0 to 7."""
    pixels = cells.pixels(channel).astype(np.float32)
    if not len(cells):
        return np.empty(0, np.uint8)
    low = np.minimum.reduceat(pixels, cells.first_pixel)
    span = np.maximum.reduceat(pixels, cells.first_pixel) - low
    gain = np.where(span > 0, N_LEVELS / np.where(span > 0, span, 1), 0).astype(np.float32)
    level = (pixels - np.repeat(low, cells.area)) * np.repeat(gain, cells.area)
    top: NDArray[np.float32] = np.minimum(level, N_LEVELS - 1)
    return top.astype(np.uint8)


def haralick(pairs: NDArray[np.int64]) -> Values:
    """Return contrast, homogeneity, energy, correlation and entropy.

    Parameters
    ----------
    pairs : ndarray of int, shape (K, L, L)
        Symmetric counts of neighbouring levels.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        As `skimage.feature.graycoprops`; entropy in bits. NaN without a pair.
    """
    total = pairs.sum(axis=(1, 2))
    share = pairs / np.where(total > 0, total, np.nan)[:, None, None]
    i, j = np.indices(pairs.shape[1:])
    mean = (share * i).sum(axis=(1, 2))
    off = i - mean[:, None, None]
    spread = (share * off**2).sum(axis=(1, 2))
    together = (share * off * (j - mean[:, None, None])).sum(axis=(1, 2))
    alike = spread <= 1e-12
    correlation = np.where(alike, 1, together / np.where(alike, 1, spread))
    logarithm = np.log2(share, out=np.zeros_like(share), where=share > 0)
    return {
        "contrast": (share * (i - j) ** 2).sum(axis=(1, 2)),
        "homogeneity": (share / (1 + (i - j) ** 2)).sum(axis=(1, 2)),
        "energy": np.sqrt((share**2).sum(axis=(1, 2))),
        "correlation": np.where(total > 0, correlation, np.nan),
        "entropy": -(share * logarithm).sum(axis=(1, 2)),
    }
