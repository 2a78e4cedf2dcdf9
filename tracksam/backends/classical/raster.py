"""Raster: OpenCV's and SciPy's calls on images, with exact types."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]
Window = tuple[slice, slice]


def despeckled(image_yx: Image) -> Image:
    """Return an image without single hot pixels: the median of 3 × 3.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Returned as it is where it is smaller than 3 × 3.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    import cv2

    if min(image_yx.shape) < 3:
        return image_yx
    return np.asarray(cv2.medianBlur(image_yx, 3), np.float32)


def smoothed(image_yx: Image, sigma: float) -> Image:
    """Return an image smoothed by a Gaussian.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Any image.
    sigma : float
        Standard deviation in pixels, above 0.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    import cv2

    return np.asarray(cv2.GaussianBlur(image_yx, (0, 0), sigma), np.float32)


def resized(image_yx: Image, shape: tuple[int, ...]) -> Image:
    """Return an image at another size: averaged where smaller, interpolated where larger.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Any image.
    shape : tuple of int
        Height and width.

    Returns
    -------
    ndarray of float32, of that shape
    """
    import cv2

    if image_yx.shape == shape:
        return image_yx
    shrinks = shape[0] * shape[1] < image_yx.size
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    size = (int(shape[1]), int(shape[0]))
    return np.asarray(cv2.resize(image_yx, size, interpolation=how), np.float32)


def label_boxes(labels_yx: Labels) -> Iterator[tuple[int, Window]]:
    """Yield each label that is there, ascending, and the rows and columns around it.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        0 is background.

    Yields
    ------
    (int, tuple of slice)
    """
    from scipy import ndimage

    boxes: list[tuple[slice, ...] | None] = list(ndimage.find_objects(labels_yx))
    for label, box in enumerate(boxes, start=1):
        if box is not None:
            yield label, (box[0], box[1])


def touches(box: Window, shape: tuple[int, ...]) -> bool:
    """Return whether a box lies at the border of an image.

    Parameters
    ----------
    box : tuple of slice
        Rows and columns.
    shape : tuple of int
        Of the image.

    Returns
    -------
    bool
    """
    return any(b.start == 0 or b.stop == n for b, n in zip(box, shape, strict=True))
