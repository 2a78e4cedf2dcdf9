"""From a frame as the microscope wrote it to the colour image that these models were made for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError

_LOW, _HIGH = 0.1, 99.9
_SAMPLE_PX = 250_000


def to_rgb(image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame as an 8-bit colour image.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any real dtype. One channel becomes grey; two become red and green, with their mean as
        blue; of more than three the first three are taken.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        Three channels of 8 bits are a picture already and are returned as they are. All else is
        stretched channel by channel, from the 0.1th to the 99.9th percentile. Zeros where a
        channel is constant.

    Raises
    ------
    InvalidInputError
        Not three axes, or no pixels.
    """
    if image_yxc.ndim != 3 or 0 in image_yxc.shape:
        raise InvalidInputError(
            "a frame needs shape (Y, X, C) with at least one pixel and channel, "
            f"got {image_yxc.shape}."
        )
    if image_yxc.dtype == np.uint8 and image_yxc.shape[2] == 3:
        return np.ascontiguousarray(image_yxc)
    planes = [_stretched(image_yxc[:, :, c]) for c in range(min(3, image_yxc.shape[2]))]
    if len(planes) == 1:
        planes = planes * 3
    if len(planes) == 2:
        planes.append(np.asarray(np.mean(planes, axis=0), np.uint8))
    return np.stack(planes, axis=2)


def _stretched(plane_yx: NDArray[Any]) -> NDArray[np.uint8]:
    values = np.asarray(plane_yx, np.float32)
    finite_yx = np.isfinite(values)
    if not finite_yx.all():
        lowest = values[finite_yx].min() if finite_yx.any() else 0
        values = np.where(finite_yx, values, lowest)
    step = max(1, int(np.sqrt(values.size / _SAMPLE_PX)))
    low, high = np.percentile(values[::step, ::step], [_LOW, _HIGH])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    unit_yx = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(np.rint(unit_yx * 255), np.uint8)
