"""Films: pictures as mp4 or animated GIF."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, WriteError
from tracksam.io.atomic import whole_file

SUFFIXES = (".mp4", ".gif")


def write_film(
    pictures: Iterable[NDArray[np.uint8]], path: str | Path, frames_per_second: float = 8
) -> None:
    """Write pictures as a film.

    Parameters
    ----------
    pictures : iterable of ndarray of uint8, shape (Y, X, 3)
        Red, green, blue; all of one size, at least one. Written as they come.
    path : path-like
        Ends in ``.mp4`` or ``.gif``; an existing file is replaced.
    frames_per_second : float
        Above 0.

    Raises
    ------
    InvalidInputError
        Another ending, or no picture.
    WriteError
        The file can not be written.
    """
    path = Path(path)
    pictures = iter(pictures)
    first = next(pictures, None)
    if path.suffix.lower() not in SUFFIXES or first is None or not frames_per_second > 0:
        raise InvalidInputError(
            f"a film needs an ending of {', '.join(SUFFIXES)}, a picture, and a rate above 0; got "
            f"{path.name}, {'none' if first is None else 'some'}, {frames_per_second}."
        )
    with whole_file(path) as temporary:
        if path.suffix.lower() == ".gif":
            _write_gif(chain([first], pictures), temporary, frames_per_second)
        else:
            _write_mp4(first, pictures, temporary, frames_per_second)


def _write_mp4(
    first: NDArray[np.uint8], rest: Iterable[NDArray[np.uint8]], path: Path, rate: float
) -> None:
    import cv2

    height, width = first.shape[:2]
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), code, rate, (width, height))
    if not writer.isOpened():
        raise WriteError(f"{path} can not be written as mp4: OpenCV has no encoder; write a .gif.")
    try:
        for picture in chain([first], rest):
            writer.write(np.ascontiguousarray(picture[..., ::-1]))
    finally:
        writer.release()


def _write_gif(pictures: Iterable[NDArray[np.uint8]], path: Path, rate: float) -> None:
    from PIL import Image

    # A palette for each frame keeps the colours of the tracks apart; no dithering, no flicker.
    frames = (
        Image.fromarray(picture).quantize(
            colors=256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        for picture in pictures
    )
    first = next(frames)
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=frames,
        duration=round(1000 / rate),
        loop=0,
        optimize=False,
    )
