"""Reference: one object shown by its mask in one image, so that its like is found by features."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError


@attrs.frozen(eq=False)
class Reference:
    """One object in one image.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The image.
    mask_yx : ndarray of bool, shape (Y, X)
        The object's pixels.
    name : str
        What it is called.

    Raises
    ------
    InvalidInputError
        The mask is empty, or of another shape than the image.
    """

    image_yxc: NDArray[Any]
    mask_yx: NDArray[np.bool_]
    name: str = "like the reference"

    def __attrs_post_init__(self) -> None:
        if self.image_yxc.ndim != 3 or self.mask_yx.shape != self.image_yxc.shape[:2]:
            raise InvalidInputError(
                f"a reference mask must fit its image of shape {self.image_yxc.shape} (Y, X, C), "
                f"got a mask of shape {self.mask_yx.shape}."
            )
        if not self.mask_yx.any():
            raise InvalidInputError("the reference mask is empty; mark one object.")
