"""From a frame as the microscope wrote it to what the network sees.

Three views of one image: a global one (robust percentiles, which tells bright from dim), a local
one (background removed, local contrast, compressed), in which a dim cell beside a bright one is
as clear as its neighbour, and a deep one (logarithmic on either side of the median, in units of
how grey values spread about it), in which a cell with a hundredth of the others' light still
stands out. None depends on bit depth, offset or gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError

Image = NDArray[np.float32]

CHANNELS = 3
_LOCAL_WINDOW_PX = 97  # a little under four cells of canonical diameter
_LOCAL_FLOOR = 0.03  # of the global range: keeps empty, noisy ground quiet
_DEEP_FLOOR = 0.005  # of the global range: the finest step of grey that the deep view opens
_HOT_DEVIATIONS = 12.0
_SAMPLE_PX = 60_000


def grey(image_yxc: NDArray[Any], channel: int | None = None) -> Image:
    """Return one image plane of a frame.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any real dtype.
    channel : int, optional
        Which channel. Without it the mean of all channels, each brought to its own robust range.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        NaN and infinities become the smallest finite value.

    Raises
    ------
    InvalidInputError
        Not three axes, no pixels, or no such channel.
    """
    if image_yxc.ndim != 3 or 0 in image_yxc.shape:
        raise InvalidInputError(
            f"a frame needs shape (Y, X, C) with at least one pixel and channel, "
            f"got {image_yxc.shape}."
        )
    channels = image_yxc.shape[2]
    if channel is not None and not 0 <= channel < channels:
        raise InvalidInputError(
            f"channel {channel} is not in the frame: it has channels 0 to {channels - 1}."
        )
    if channel is not None or channels == 1:
        return _finite(image_yxc[:, :, channel or 0])
    planes = [_finite(image_yxc[:, :, c]) for c in range(channels)]
    mean_yx: Image = np.mean([_to_range(plane) for plane in planes], axis=0, dtype=np.float32)
    return mean_yx


def without_hot_pixels(image_yx: Image) -> Image:
    """Return the image with single pixels that stick out of their surroundings replaced.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Not changed.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        A pixel that is brighter than all of its eight neighbours, or darker than all, by more
        than 12 robust standard deviations of the local noise becomes the median of the nine.
    """
    import cv2

    median_yx: Any = cv2.medianBlur(image_yx, 3)
    noise = 1.4826 * float(np.median(_sampled(np.abs(image_yx - median_yx))))
    limit = _HOT_DEVIATIONS * max(noise, 1e-6 * float(np.ptp(image_yx)))
    above_yx = image_yx - cv2.dilate(image_yx, _RING)
    below_yx = cv2.erode(image_yx, _RING) - image_yx
    hot_yx = np.maximum(above_yx, below_yx) > limit
    return np.where(hot_yx, median_yx, image_yx) if hot_yx.any() else image_yx


def resized(image_yx: Image, shape_yx: tuple[int, int]) -> Image:
    """Return the image at another size: averaged when it shrinks, interpolated when it grows.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Returned itself if it has the size.
    shape_yx : tuple of int
        Wanted height and width.
    """
    import cv2

    if image_yx.shape == shape_yx:
        return image_yx
    shrinks = shape_yx[0] < image_yx.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    size = (shape_yx[1], shape_yx[0])
    return np.asarray(cv2.resize(image_yx, size, interpolation=method), np.float32)


def network_input(image_yx: Image) -> Image:
    """Return the three views of an image that the network takes.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        At the network's scale.

    Returns
    -------
    ndarray of float32, shape (3, Y, X)
        Global view, about -1 to 1; local view, about -2 to 2; deep view, -1 to 1. Zeros for a
        constant image.
    """
    import cv2

    unit_yx = _to_range(image_yx)
    window = (_LOCAL_WINDOW_PX, _LOCAL_WINDOW_PX)
    mean_yx: Any = cv2.blur(unit_yx, window, borderType=cv2.BORDER_REFLECT)
    centred_yx: Any = unit_yx - mean_yx
    variance_yx: Any = cv2.blur(centred_yx * centred_yx, window, borderType=cv2.BORDER_REFLECT)
    contrast_yx = np.sqrt(np.maximum(variance_yx, 0)) + np.float32(_LOCAL_FLOOR)
    local_yx = np.arcsinh(centred_yx / contrast_yx)
    if not unit_yx.any():
        return np.zeros((CHANNELS, *image_yx.shape), np.float32)
    return np.stack([2 * np.clip(unit_yx, -0.5, 1.5) - 1, local_yx, _deep(unit_yx)])


_RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def _deep(unit_yx: Image) -> Image:
    sample = _sampled(unit_yx)
    middle = np.median(sample)
    spread = 2 * np.median(np.abs(sample - middle))
    step = np.float32(max(spread, _DEEP_FLOOR))
    deep_yx = np.arcsinh((unit_yx - middle) / step) / np.arcsinh(1 / step)
    return np.asarray(np.clip(deep_yx, -1, 1), np.float32)


def _sampled(image_yx: Image) -> Image:
    step = max(1, int(np.sqrt(image_yx.size / _SAMPLE_PX)))
    return image_yx[::step, ::step]


def _finite(plane_yx: NDArray[Any]) -> Image:
    plane_yx = np.ascontiguousarray(plane_yx, np.float32)
    finite_yx = np.isfinite(plane_yx)
    if finite_yx.all():
        return plane_yx
    lowest = plane_yx[finite_yx].min() if finite_yx.any() else np.float32(0)
    return np.where(finite_yx, plane_yx, lowest).astype(np.float32)


def _to_range(image_yx: Image) -> Image:
    low, high = np.percentile(_sampled(image_yx), [0.5, 99.7])
    if _is_one_grey(low, high):
        low, high = float(image_yx.min()), float(image_yx.max())
    if _is_one_grey(low, high):
        return np.zeros_like(image_yx)
    return ((image_yx - np.float32(low)) / np.float32(high - low)).astype(np.float32)


def _is_one_grey(low: float, high: float) -> bool:
    """Return whether two grey values differ by no more than rounding does."""
    return high - low <= 1e-6 * max(abs(low), abs(high))
