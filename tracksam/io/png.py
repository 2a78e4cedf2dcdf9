"""PNG: pictures for people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracksam.io.atomic import whole_file


def write_png(path: Path, picture_yxc: NDArray[np.uint8]) -> None:
    """Write a picture, whole or not at all.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    picture_yxc : ndarray of uint8, shape (Y, X, 3)
        Red, green, blue.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    import cv2

    encoded = cv2.imencode(".png", np.ascontiguousarray(picture_yxc[..., ::-1]))[1]
    with whole_file(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
