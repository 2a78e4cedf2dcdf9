"""Normalise: any image as height above its background, in units of the background's spread."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.raster import Image, Mask, despeckled, resized, smoothed
from tracksam.errors import InvalidInputError

GRID = 64
"""The background is estimated on about this many cells along the longer side."""
CLIPPINGS, CLIP_AT = 8, 2.5
"""How often, and beyond how many spreads, what stands out is left out of the background."""
ONE_SIDED = 0.1
"""Share of the weaker polarity up to which an image counts as bright on dark or dark on bright."""
CLEAR = 4.0
"""Spreads from the background at which a pixel is certainly none of it."""


@attrs.frozen(eq=False)
class Normalised:
    """One frame without its background.

    Parameters
    ----------
    height_yx : ndarray of float32, shape (Y, X)
        Height above the background (0) in units of the background's spread. Objects are
        positive if `polarity` is 1 (dark objects were turned over).
    polarity : int
        1: objects stand out to one side. 0: to both sides (phase contrast, DIC, brightfield).
    """

    height_yx: Image
    polarity: int


def normalise(image_yxc: NDArray[Any], channel: int | None) -> Normalised:
    """Return a frame as height above its background.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype.
    channel : int or None
        The channel that shows the objects; None: the mean of all.

    Returns
    -------
    Normalised
        All 0 for a constant frame.

    Raises
    ------
    InvalidInputError
        There is no such channel.
    """
    image_yx = despeckled(_one_channel(image_yxc, channel))
    flat_yx = image_yx - _background(image_yx)
    middle, spread = mode_and_spread(flat_yx[::2, ::2].ravel())
    contrast = float(np.ptp(flat_yx))
    is_counted = image_yxc.dtype.kind in "iu"
    spread = max(spread, 0.5 if is_counted else 0.0, contrast * 1e-3)
    if contrast == 0 or spread == 0:
        return Normalised(np.zeros(image_yx.shape, np.float32), 1)
    height_yx = ((flat_yx - middle) / spread).astype(np.float32)
    return _turned(height_yx)


def _one_channel(image_yxc: NDArray[Any], channel: int | None) -> Image:
    if channel is None:
        mean_yx: Image = image_yxc.astype(np.float32).mean(axis=2, dtype=np.float32)
        return mean_yx
    if not 0 <= channel < image_yxc.shape[2]:
        raise InvalidInputError(
            f"channel {channel} is not in the image: it has {image_yxc.shape[2]} channels."
        )
    one_yx: Image = np.ascontiguousarray(image_yxc[:, :, channel], dtype=np.float32)
    return one_yx


def _background(image_yx: Image) -> Image:
    """Brightness of what is not an object: sigma-clipped trend and smoothing of a thumbnail."""
    step = max(1, round(max(image_yx.shape) / GRID))
    small_yx = resized(image_yx, tuple(max(1, n // step) for n in image_yx.shape))
    reach = max(small_yx.shape) / 4
    kept_yx = np.ones(small_yx.shape, bool)
    ground_yx = small_yx
    for _ in range(CLIPPINGS):
        trend_yx = _trend(small_yx, kept_yx)
        weight_yx = smoothed(kept_yx.astype(np.float32), reach) + np.float32(1e-6)
        rest_yx = np.where(kept_yx, small_yx - trend_yx, 0).astype(np.float32)
        ground_yx = trend_yx + smoothed(rest_yx, reach) / weight_yx
        residual_yx = small_yx - ground_yx
        middle = np.median(residual_yx[kept_yx])
        spread = 1.4826 * np.median(np.abs(residual_yx[kept_yx] - middle)) + 1e-9
        now_yx = np.abs(residual_yx - middle) < CLIP_AT * spread
        if np.array_equal(now_yx, kept_yx) or not now_yx.any():
            break
        kept_yx = now_yx
    return resized(ground_yx, image_yx.shape)


def _trend(image_yx: Image, kept_yx: Mask) -> Image:
    """The plane that fits best, in the least squares, to the pixels that are kept."""
    rows, columns = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in image_yx.shape)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    terms = np.stack([np.ones_like(y), y, x], axis=-1)
    weights, *_ = np.linalg.lstsq(terms[kept_yx], image_yx[kept_yx].astype(np.float64), rcond=None)
    return np.asarray(terms @ weights, np.float32)


def mode_and_spread(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return centre and standard deviation of most of the values, as of a normal law.

    Parameters
    ----------
    values : ndarray of float32, shape (N,)
        Background and objects mixed; the background is the densest quarter.

    Returns
    -------
    tuple of float
        Mean of that quarter, and the spread that its width implies.
    """
    ordered = np.sort(values)
    quarter = max(1, len(ordered) // 4)
    if quarter >= len(ordered):
        return float(ordered.mean()), 0.0
    widths = ordered[quarter:] - ordered[:-quarter]
    first = int(widths.argmin())
    # The middle quarter of a normal law is 0.637 standard deviations wide.
    return float(ordered[first : first + quarter].mean()), float(widths[first]) / 0.637


def _turned(height_yx: Image) -> Normalised:
    smooth_yx = smoothed(height_yx, 1.0)
    above = float(smooth_yx[smooth_yx > CLEAR].sum())
    below = float(-smooth_yx[smooth_yx < -CLEAR].sum())
    if above + below == 0 or below <= ONE_SIDED * (above + below):
        return Normalised(height_yx, 1)
    if above <= ONE_SIDED * (above + below):
        return Normalised(-height_yx, 1)
    return Normalised(height_yx, 0)
