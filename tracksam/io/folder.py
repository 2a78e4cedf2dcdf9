"""A folder or glob of numbered images: one file a frame."""

from __future__ import annotations

import struct
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io import tiff
from tracksam.io.axes import Index, LazyArray, OpenedMovie
from tracksam.io.calibration import Calibration
from tracksam.io.numbered import in_frame_order

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
SUFFIXES = (*tiff.SUFFIXES, *PICTURE_SUFFIXES)

# How much of a file's end is searched for the mark that a PNG or JPEG is whole.
_TAIL_BYTES = 4096
_END_MARKS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}


@attrs.frozen(eq=False)
class PictureFile:
    """A PNG, JPEG or BMP file.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        (Y, X), or (Y, X, S) in the order red, green, blue, alpha.
    dtype : dtype
        Element type.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`; the whole file is decoded."""
        image = decoded_picture(self.path)
        if image.shape != self.shape or image.dtype != self.dtype:
            raise ReadError(
                f"{self.path} has shape {image.shape} and type {image.dtype}; the first frame has "
                f"{self.shape} and {self.dtype}. All frames must be alike."
            )
        return image[index]


@attrs.frozen(eq=False)
class StackedFiles:
    """Files of one form as one array; the first axis runs over the files.

    Parameters
    ----------
    files : tuple of LazyArray
        At least one; all of one shape and dtype.
    """

    files: tuple[LazyArray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of files, then the shape of one."""
        return (len(self.files), *self.files[0].shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type of every file."""
        return self.files[0].dtype

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`; only its files are opened."""
        if isinstance(index[0], int):
            return self.files[index[0]].read(index[1:])
        return np.stack([file.read(index[1:]) for file in self.files[index[0]]])


def decoded_picture(path: Path) -> NDArray[Any]:
    """Return the pixels of a PNG, JPEG or BMP file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray, shape (Y, X) or (Y, X, S)
        S in the order red, green, blue, alpha, or grey, alpha. Palettes are resolved to colours.

    Raises
    ------
    ReadError
        The file can not be decoded.
    """
    # Not OpenCV: it writes its complaints to the terminal.
    import imagecodecs

    decoders = {".png": imagecodecs.png_decode, ".bmp": imagecodecs.bmp_decode}
    decode = decoders.get(path.suffix.lower(), imagecodecs.jpeg8_decode)
    try:
        return np.ascontiguousarray(decode(path.read_bytes()))
    except (OSError, ValueError, RuntimeError) as error:
        raise ReadError(f"{path} can not be decoded: {error}; is it damaged?") from error


def open_folder(folder: Path, axes: str | None = None) -> OpenedMovie:
    """Open a folder of numbered images.

    Parameters
    ----------
    folder : Path
        Its images of the most frequent kind are the frames.
    axes : str, optional
        Letters for the axes of the whole movie, T first.

    Returns
    -------
    OpenedMovie

    Raises
    ------
    ReadError, InvalidInputError
        As `open_files`; also where the folder holds no images.
    """
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    images = [path for path in entries if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not images:
        inside = sorted(path.name for path in entries if path.is_dir())
        hint = (
            f"it holds the folders {', '.join(inside[:6])}: name one"
            if inside
            else (f"known kinds are {', '.join(SUFFIXES)}")
        )
        raise ReadError(f"{folder} holds no frames; {hint}.")
    kind = Counter(path.suffix.lower() for path in images).most_common(1)[0][0]
    frames = [path for path in images if path.suffix.lower() == kind]
    # A Cell Tracking Challenge movie is a folder 01 or 02 in the folder of its data set.
    name = f"{folder.resolve().parent.name}/{folder.name}" if folder.name.isdigit() else folder.name
    return open_files(frames, str(folder), name, axes)


def open_files(
    paths: Sequence[Path], where: str, name: str, axes: str | None = None
) -> OpenedMovie:
    """Open numbered images as one movie, a frame a file.

    Parameters
    ----------
    paths : sequence of Path
        The files, in any order.
    where : str
        What to call their folder or glob in messages.
    name : str
        What to call the movie.
    axes : str, optional
        Letters for the axes of the whole movie, T first.

    Returns
    -------
    OpenedMovie

    Raises
    ------
    ReadError
        A file is damaged or truncated, or a number is missing.
    InvalidInputError
        The files differ in shape or type; a file has a time axis of its own.
    """
    files = in_frame_order(paths, where)
    first = _opened_file(files[0])
    if "T" in first.axes and first.array.shape[first.axes.index("T")] > 1:
        raise InvalidInputError(
            f"{where} holds {len(files)} files, and each has a time axis of its own "
            f"({files[0].name}: axes {first.axes}, shape {first.array.shape}); read one of them."
        )
    arrays = [first.array]
    for path in files[1:]:
        arrays.append(_opened_file(path).array)
        _check_alike(arrays[0], arrays[-1], files[0], path)
    # A file's own T has length 1 here; the letter is given to the files.
    named = "T" + first.axes.replace("T", "Q")
    return OpenedMovie(
        StackedFiles(tuple(arrays)),
        named if axes is None else axes.upper(),
        attrs.evolve(first.calibration, frame_interval_s=None),
        name,
    )


def _check_alike(first: LazyArray, other: LazyArray, first_path: Path, path: Path) -> None:
    if (first.shape, first.dtype) == (other.shape, other.dtype):
        return
    raise InvalidInputError(
        f"the frames differ: {first_path.name} has shape {first.shape} and type {first.dtype}, "
        f"{path.name} has {other.shape} and {other.dtype}; make all alike."
    )


def _opened_file(path: Path) -> OpenedMovie:
    if path.suffix.lower() in tiff.SUFFIXES:
        if path.stat().st_size == 0:
            raise ReadError(f"{path} is empty (0 bytes).")
        return tiff.open_tiff(path)
    return open_picture(path)


def open_picture(path: Path) -> OpenedMovie:
    """Open a PNG, JPEG or BMP file: its header and its end are read.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    OpenedMovie
        Axes YX or YXS.

    Raises
    ------
    ReadError
        The file is damaged, or ends too early.
    """
    shape, dtype = _picture_form(path)
    mark = _END_MARKS.get(path.suffix.lower(), b"")
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL_BYTES, 0))
        if mark not in file.read():
            raise ReadError(
                f"{path} is truncated: it has {size} bytes and no end; copy or write it again."
            )
    array = PictureFile(path, shape, dtype)
    return OpenedMovie(array, "YXS"[: len(shape)], Calibration(), path.stem)


def _picture_form(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype as `decoded_picture` will give them, from the header alone."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                (width, height), mode = image.size, image.mode
                bits = _png_bits(path)
    except UnidentifiedImageError as error:
        raise ReadError(f"{path} is damaged, or no image; write it again.") from error
    except Image.DecompressionBombError as error:
        raise ReadError(f"{path} claims too many pixels: {error}") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise ReadError(f"{path} can not be read: {error}; write it again.") from error
    if mode == "CMYK":
        raise InvalidInputError(
            f"{path} has printing colours (CMYK); save it with red, green, blue."
        )
    samples = {"RGB": 3, "P": 3, "RGBA": 4, "LA": 2, "PA": 4}.get(mode, 1)
    dtype = np.dtype(np.uint16 if bits == 16 else np.uint8)
    return (height, width) if samples == 1 else (height, width, samples), dtype


def _png_bits(path: Path) -> int:
    """Return the bit depth of a PNG (byte 24 of the file); 8 for other kinds."""
    with path.open("rb") as file:
        head = file.read(25)
    return head[24] if len(head) == 25 and head.startswith(b"\x89PNG") else 8
