"""Label images in files: TIFF, or PNG as the masks of video data sets are."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.frames import SourceView, Window, read_part
from tracksam.io import tiff
from tracksam.io.label_tiles import read_label_part
from tracksam.io.numbered import in_frame_order, numbered

_PICTURE_SUFFIXES = (".png",)

# What Pillow says of a damaged file, or of one that claims too many pixels.
_PNG_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Warning)


@attrs.frozen(eq=False)
class LabelFiles:
    """Label images, a file a frame, read on demand.

    Parameters
    ----------
    paths : tuple of Path
        In the order of frames.
    frame_shape : tuple of int
        Height and width of each.
    dtype : dtype
        The widest of all files; narrower images are widened.
    first_number : int
        Number in the first file's name.
    """

    paths: tuple[Path, ...]
    frame_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    first_number: int = 0

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.paths)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one label image, shape (Y, X)."""
        return read_label_image(self.paths[frame]).astype(self.dtype, copy=False)

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of one label image; of a TIFF in tiles nothing else is read."""
        path = self.paths[frame]
        if path.suffix.lower() in _PICTURE_SUFFIXES:
            return self.read(frame)[window]
        return read_label_part(path, window).astype(self.dtype, copy=False)


def open_labels(folder: Path, pattern: str = "*") -> LabelFiles:
    """Open a folder of numbered label images; their headers are read.

    Parameters
    ----------
    folder : Path
        Where they lie.
    pattern : str
        Which of its files are meant.

    Returns
    -------
    LabelFiles

    Raises
    ------
    ReadError
        There is none, one is damaged, or one is missing between others.
    InvalidInputError
        They differ in shape, or hold no whole numbers.
    """
    frames = label_files(folder, pattern)
    paths = in_frame_order(frames.values(), str(folder))
    forms = [_form(path) for path in paths]
    shape = forms[0][0]
    for path, (other, dtype) in zip(paths, forms, strict=True):
        if other != shape or len(other) != 2 or dtype.kind not in "iu":
            raise InvalidInputError(
                f"label images need one shape (Y, X) and whole numbers; {paths[0].name} has "
                f"{shape}, {path.name} has {other} and type {dtype}."
            )
    widest = np.result_type(*{dtype for _, dtype in forms}).newbyteorder("=")
    return LabelFiles(paths, shape, np.dtype(widest), min(frames))


def label_files(folder: Path, pattern: str = "*") -> dict[int, Path]:
    """Return the label images of a folder by their numbers, which may have holes.

    Parameters
    ----------
    folder : Path
        Of TIFF or PNG files.
    pattern : str
        Which of its files are meant.

    Returns
    -------
    dict of int to Path
        Ascending.

    Raises
    ------
    ReadError
        There is none.
    InvalidInputError
        The names differ in more than one number.
    """
    known = (*tiff.SUFFIXES, *_PICTURE_SUFFIXES)
    files = [
        path
        for path in folder.glob(pattern)
        if path.suffix.lower() in known and path.is_file() and not path.name.startswith(".")
    ]
    if not files:
        raise ReadError(f"{folder} holds no label images ({pattern}: {', '.join(known)}).")
    return {number: path for path, number in sorted(numbered(files, str(folder)), key=_by_number)}


def _by_number(pair: tuple[Path, int]) -> int:
    return pair[1]


def read_label_image(path: Path) -> NDArray[Any]:
    """Read one label image.

    Parameters
    ----------
    path : Path
        A TIFF, or a PNG: with a palette, its pixel values are the labels, not the colours.

    Returns
    -------
    ndarray of int, shape (Y, X)

    Raises
    ------
    ReadError
        The file is damaged.
    """
    if path.suffix.lower() in _PICTURE_SUFFIXES:
        return _read_png(path)
    movie = tiff.open_tiff(path)
    return np.asarray(movie.array.read((slice(None),) * len(movie.axes)))


def centroids_yx(
    labels_yx: NDArray[Any], *, skip: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the labels of an image, ascending, and the mean position of each one's pixels.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background.
    skip : bool
        True: positions are NaN.

    Returns
    -------
    labels : ndarray of int64, shape (K,)
    yx : ndarray of float64, shape (K, 2)
        Row and column in pixels.
    """
    rows, columns = np.nonzero(labels_yx)
    values, inverse, counts = np.unique(
        labels_yx[rows, columns], return_inverse=True, return_counts=True
    )
    if skip:
        return values.astype(np.int64), np.full((len(values), 2), np.nan)
    sums = [np.bincount(inverse, weights=axis, minlength=len(values)) for axis in (rows, columns)]
    return values.astype(np.int64), np.stack(sums, axis=1) / counts[:, None]


def _form(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if path.suffix.lower() in _PICTURE_SUFFIXES:
        image = _read_png(path)
        return image.shape, image.dtype
    array = tiff.open_tiff(path).array
    return array.shape, np.dtype(array.dtype)


def _read_png(path: Path) -> NDArray[Any]:
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            values = np.asarray(image)
    except _PNG_DAMAGE as error:
        raise ReadError(f"{path} can not be read: {error}; write it again.") from error
    return values.astype(np.uint16) if values.dtype == np.int32 else values


def replaced(labels_yx: NDArray[Any], new: Mapping[int, int]) -> NDArray[Any]:
    """Return a label image with some values replaced, all at once.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background.
    new : mapping of int to int
        Old value to new one; what is not named stays.

    Returns
    -------
    ndarray of int, shape (Y, X)
        The same array where nothing changes; wider than it where a new value needs that.
    """
    if not new:
        return labels_yx
    values = np.unique(labels_yx)
    renamed = np.array([new.get(value, value) for value in values.tolist()], np.int64)
    if np.array_equal(renamed, values):
        return labels_yx
    fits = renamed.max() <= np.iinfo(labels_yx.dtype).max
    result_yx = labels_yx.astype(labels_yx.dtype if fits else np.int64)
    inside = labels_yx != 0
    result_yx[inside] = renamed[np.searchsorted(values, labels_yx[inside])]
    return result_yx


@attrs.frozen(eq=False)
class RenamedLabels(SourceView):
    """Label images with some values replaced when they are read.

    Parameters
    ----------
    inner : FrameSource
        Label images of shape (Y, X).
    names : dict of int to int
        Old value to new one; smaller or equal values, so that the dtype stays.
    """

    names: dict[int, int]

    def read(self, frame: int) -> NDArray[Any]:
        """Return one label image, shape (Y, X)."""
        return replaced(self.inner.read(frame), self.names)

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of one label image."""
        return replaced(read_part(self.inner, frame, window), self.names)
