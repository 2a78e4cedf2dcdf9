"""Label images in one file or array: TIFF, OME-Zarr, .npy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io import npy, omezarr, tiff
from tracksam.io.axes import Index, LazyArray, OpenedMovie
from tracksam.io.calibration import pixel_size_um
from tracksam.masks import Masks
from tracksam.settings import ReadSettings

SUFFIXES = (*tiff.SUFFIXES, ".npy")


@attrs.frozen(eq=False)
class LazyLabels:
    """Label images of an array on disk, read frame by frame.

    Parameters
    ----------
    array : LazyArray
        Label images.
    axes : str
        A letter an axis: T, Y and X, and others of length 1.
    """

    array: LazyArray
    axes: str

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.array.shape[self.axes.index("T")])

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height and width."""
        return tuple(int(self.array.shape[self.axes.index(letter)]) for letter in "YX")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(self.array.dtype)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one label image, shape (Y, X)."""
        index: Index = tuple(
            frame if letter == "T" else slice(None) if letter in "YX" else 0 for letter in self.axes
        )
        part = np.asarray(self.array.read(index))
        return part if self.axes.index("Y") < self.axes.index("X") else part.T


def read_label_stack(path: str | Path, axes: str | None = None) -> tuple[Masks, Calibration]:
    """Open label images that lie in one file or array.

    Parameters
    ----------
    path : path-like
        A TIFF (``.tif``, ``.tiff``), an OME-Zarr image (a folder), or a ``.npy`` file.
    axes : str, optional
        A letter an axis, in place of what the file says; ``.npy`` needs it.

    Returns
    -------
    masks : Masks
        Lazy.
    calibration : Calibration

    Raises
    ------
    ReadError
        Nothing is there, or it is damaged.
    InvalidInputError
        There is no time, or there are planes or channels, or no whole numbers.
    """
    movie = _opened(Path(path), axes)
    longer = [
        letter
        for letter, n in zip(movie.axes, movie.array.shape, strict=True)
        if letter not in "TYX" and n != 1
    ]
    if not {*"TYX"} <= {*movie.axes} or longer:
        raise InvalidInputError(
            f"label images need the axes t, y and x; {path} has {movie.axes} with shape "
            f"{tuple(movie.array.shape)}."
        )
    pixel = pixel_size_um(movie.calibration, ReadSettings(), movie.name)
    calibration = Calibration(pixel, movie.calibration.frame_interval_s)
    return Masks(LazyLabels(movie.array, movie.axes)), calibration


def _opened(path: Path, axes: str | None) -> OpenedMovie:
    if omezarr.is_zarr(path):
        return omezarr.open_omezarr(path, axes)
    if not path.is_file():
        raise ReadError(f"there is no file or Zarr folder {path}; is the name right?")
    if path.suffix.lower() == ".npy":
        return npy.open_npy(path, axes)
    if path.suffix.lower() in tiff.SUFFIXES:
        return tiff.open_tiff(path, axes)
    raise ReadError(f"{path} is no stack of label images: known are {', '.join(SUFFIXES)}, .zarr.")
