"""Eight bit: frames of any type and number of channels, as models of natural images see them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.levels import Levels

LOW, HIGH = 1.0, 99.8
"""Percentiles of a frame that become 0 and 255."""
COLOURS = 3

Normal = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and deviation of colours, from 0 to 1."""
IMAGENET: Normal = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the images that most networks were trained on."""


def luminance(image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame as 8-bit luminance, dim parts lifted by a square root.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype. Channels are averaged.

    Returns
    -------
    ndarray of uint8, shape (Y, X)
        0 at the frame's 1st percentile, 255 at its 99.8th; all 0 where the frame is constant.
    """
    levels = Levels.of(image_yxc)
    if levels is None:
        image_yx = image_yxc.astype(np.float32).mean(axis=2)
        low, high = np.percentile(image_yx, [LOW, HIGH])
        return _stretched(image_yx, low, high)
    # The same, value by value.
    low, high = levels.percentiles([LOW, HIGH])
    table = _stretched(np.arange(len(levels.count), dtype=np.float32), low, high, levels.limits)
    return np.take(table, image_yxc[:, :, 0])


def colours(image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame as an 8-bit image of three colours.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype. Three channels of bytes are taken as they are; any other frame becomes grey, by
        `luminance`.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
    """
    if image_yxc.shape[2] == COLOURS and image_yxc.dtype == np.uint8:
        return image_yxc
    return np.repeat(luminance(image_yxc)[:, :, None], COLOURS, axis=2)


def _stretched(
    values: NDArray[np.float32],
    low: float,
    high: float,
    limits: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:
    """Return values from `low` to `high`, else from the lowest to the highest, as 0 to 255."""
    if high <= low:
        low, high = limits or (float(values.min()), float(values.max()))
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    share = np.clip((values - low) / (high - low), 0, 1)
    result: NDArray[np.uint8] = np.rint(np.sqrt(share) * 255).astype(np.uint8)
    return result
