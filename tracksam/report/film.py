"""The film: every frame with outlines, tails and ids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.frame import FrameLook, frame_picture
from tracksam.stack import Stack


def overlay_frames(
    stack: Stack, masks: Masks, lineage: Lineage, longer_side_px: int = 960
) -> Iterator[NDArray[np.uint8]]:
    """Yield the movie as pictures, one at a time.

    Parameters
    ----------
    stack : Stack
        The movie.
    masks : Masks
        At most as many frames as the movie; the film ends with them.
    lineage : Lineage
        Gives the tails.
    longer_side_px : int
        Of the pictures. Both sides are even, as video wants them.

    Yields
    ------
    ndarray of uint8, shape (height, width, 3)
        Red, green, blue.
    """
    scale = longer_side_px / max(stack.shape_yx)
    height, width = (max(2, round(n * scale / 2) * 2) for n in stack.shape_yx)
    look = FrameLook(scale, line_px=max(2.0, longer_side_px / 500), text_px=longer_side_px / 90)
    for frame, labels_yx in enumerate(masks):
        picture = frame_picture(stack.frame(frame), labels_yx, lineage, frame, look)
        yield fitted(picture, (height, width))


def fitted(picture_yxc: NDArray[np.uint8], shape_yx: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture cut, or continued by its last row and column, to a size.

    Parameters
    ----------
    picture_yxc : ndarray of uint8, shape (Y, X, 3)
        The picture.
    shape_yx : tuple of int
        Height and width wanted.

    Returns
    -------
    ndarray of uint8, shape (*shape_yx, 3)
    """
    cut = picture_yxc[: shape_yx[0], : shape_yx[1]]
    missing = [(0, want - have) for want, have in zip(shape_yx, cut.shape, strict=False)]
    return np.pad(cut, [*missing, (0, 0)], mode="edge")
