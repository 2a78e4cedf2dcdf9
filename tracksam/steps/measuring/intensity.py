"""Intensities of each channel."""

from __future__ import annotations

import numpy as np

from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.shape import Values


def intensities(cells: FrameCells) -> Values:
    """Return mean, lowest and highest intensity of each channel.

    Parameters
    ----------
    cells : FrameCells
        K cells with an image.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        Empty without an image.
    """
    values: Values = {}
    if cells.image_yxc is None:
        return values
    for channel in range(cells.n_channels):
        mean = lowest = highest = np.empty(0)
        if len(cells):
            pixels = cells.pixels(channel)
            mean = np.add.reduceat(pixels, cells.first_pixel, dtype=np.float64) / cells.area
            lowest = np.minimum.reduceat(pixels, cells.first_pixel)
            highest = np.maximum.reduceat(pixels, cells.first_pixel)
        values |= {
            f"mean_c{channel}": mean,
            f"min_c{channel}": lowest,
            f"max_c{channel}": highest,
        }
    return values
