"""From named axes to frames: which axis is time, which plane of z, what the channels are."""

from __future__ import annotations

from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError, SettingsError
from tracksam.frames import Window
from tracksam.io.atomic import size_text
from tracksam.io.calibration import Calibration
from tracksam.settings import ReadSettings

Index = tuple[int | slice, ...]

MAX_FRAME_BYTES = 16 * 2**30
"""A header that claims a larger frame is believed to be damaged."""

_KNOWN = "TCZYXS"
_SAMPLE_NAMES = {2: ("grey", "alpha"), 3: ("red", "green", "blue")}
_SAMPLE_NAMES[4] = (*_SAMPLE_NAMES[3], "alpha")


class LazyArray(Protocol):
    """An array on disk. It opens its file when it is read, and closes it again."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        ...

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`: an integer or a slice for each axis."""
        ...


@attrs.frozen
class OpenedMovie:
    """What a format's reader knows of a file before any pixel is read.

    Parameters
    ----------
    array : LazyArray
        The pixels.
    axes : str
        A letter an axis: T, C, Z, Y, X, and S for the colours of a pixel.
    calibration : Calibration
        What the metadata say.
    name : str
        What to call the movie.
    """

    array: LazyArray
    axes: str
    calibration: Calibration
    name: str

    def __attrs_post_init__(self) -> None:
        if len(self.axes) != len(self.array.shape):
            raise InvalidInputError(
                f"axes must name the {len(self.array.shape)} axes of {self.name} (shape "
                f"{self.array.shape}), a letter of TCZYX each; got {self.axes!r}."
            )


@attrs.frozen(eq=False)
class AxesSource:
    """Frames of shape (Y, X, C) of a lazy array with named axes.

    Parameters
    ----------
    array : LazyArray
        The pixels.
    axes : str
        A letter an axis of `array`. Y and X are there; axes other than T, C, S, Y, X have length 1
        or are z.
    z : int or None
        Plane of z; None for the maximum over z.
    """

    array: LazyArray
    axes: str
    z: int | None = 0

    @property
    def n_frames(self) -> int:
        """Number of frames; 1 without a time axis."""
        return self._length("T")

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height, width, channels."""
        return self._length("Y"), self._length("X"), self._length("C") * self._length("S")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type, in the machine's byte order."""
        return np.dtype(self.array.dtype).newbyteorder("=")

    def read(self, frame: int) -> NDArray[Any]:
        """Return one frame, shape (Y, X, C)."""
        return self.read_part(frame, (slice(None), slice(None)))

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of one frame, shape (rows, columns, C)."""
        places: dict[str, int | slice] = {"T": frame, "Z": self.z or 0}
        places |= {"Y": window[0], "X": window[1]}
        index: list[int | slice] = []
        left = ""
        for letter in self.axes:
            kept = letter in "YX" or (letter in "CS" and self._length(letter) > 1)
            if kept or (letter == "Z" and self.z is None):
                index.append(places[letter] if letter in "YX" else slice(None))
                left += letter
            else:
                index.append(places.get(letter, 0))
        part = self.array.read(tuple(index))
        if "Z" in left:
            part = part.max(axis=left.index("Z"))
            left = left.replace("Z", "")
        moved = part.transpose([left.index(letter) for letter in "YXCS" if letter in left])
        frames_yxc = moved.reshape(*moved.shape[:2], self.frame_shape[2])
        return np.ascontiguousarray(frames_yxc, dtype=self.dtype)

    def _length(self, letter: str) -> int:
        return int(self.array.shape[self.axes.index(letter)]) if letter in self.axes else 1


def source_of(movie: OpenedMovie, settings: ReadSettings) -> AxesSource:
    """Return the frames of an opened movie, with z picked or projected as the user chose.

    Parameters
    ----------
    movie : OpenedMovie
        What was opened.
    settings : ReadSettings
        `z` and `channel` are looked at.

    Returns
    -------
    AxesSource

    Raises
    ------
    InvalidInputError
        An axis is unknown, missing, twice there or empty; z has planes and nothing was chosen;
        the pixels are not numbers that an image may have.
    ReadError
        One frame would not fit into any memory.
    """
    _check_letters(movie)
    _check_pixels(movie)
    source = AxesSource(movie.array, movie.axes, _chosen_z(movie, settings))
    n_channels = source.frame_shape[2]
    if settings.channel is not None and settings.channel >= n_channels:
        raise InvalidInputError(
            f"{movie.name} has {n_channels} channel(s), numbered from 0; "
            f"got read.channel = {settings.channel}."
        )
    return source


def channel_names(movie: OpenedMovie, n_channels: int) -> tuple[str, ...]:
    """Return the names of a movie's channels.

    Parameters
    ----------
    movie : OpenedMovie
        Its metadata may name them.
    n_channels : int
        How many names are needed.

    Returns
    -------
    tuple of str
        Of the metadata, or red, green, blue for colour images, or empty where nothing is known.
    """
    names = movie.calibration.channels
    if len(names) == n_channels and len(set(names)) == n_channels:
        return names
    if "S" in movie.axes and movie.array.shape[movie.axes.index("S")] == n_channels > 1:
        return _SAMPLE_NAMES.get(n_channels, ())
    return ()


def _check_letters(movie: OpenedMovie) -> None:
    axes, shape = movie.axes, movie.array.shape
    long = {letter for letter, n in zip(axes, shape, strict=True) if n != 1}
    if 0 in shape:
        what = "zero frames" if shape[axes.index("T") if "T" in axes else 0] == 0 else "no pixels"
        raise InvalidInputError(f"{movie.name} holds {what}: axes {axes}, shape {shape}.")
    if "Y" not in axes or "X" not in axes:
        raise InvalidInputError(
            f"{movie.name} has axes {axes!r}, but Y and X are needed; name the axes of its shape "
            f"{shape} yourself, for example axes='TYX'."
        )
    unknown = "".join(sorted(long - set(_KNOWN)))
    if unknown or len(set(axes)) != len(axes):
        raise InvalidInputError(
            f"{movie.name} has axes {axes!r} of shape {shape}: each of T, C, Z, Y, X may be there "
            f"once, and nothing else; name them yourself, for example axes='TCYX'."
        )
    if {"C", "S"} <= long:
        raise InvalidInputError(
            f"{movie.name} has channels of colour images (axes {axes!r}, shape {shape}); save the "
            "channels as grey images."
        )


def _check_pixels(movie: OpenedMovie) -> None:
    dtype = np.dtype(movie.array.dtype)
    if dtype.kind not in "uif":
        raise InvalidInputError(
            f"{movie.name} has pixels of type {dtype}; images need whole or decimal numbers. "
            "Convert it, for example to uint8."
        )
    per_frame = [n for a, n in zip(movie.axes, movie.array.shape, strict=True) if a not in "TZ"]
    n_bytes = dtype.itemsize * int(np.prod(per_frame, dtype=object))
    if n_bytes > MAX_FRAME_BYTES:
        raise ReadError(
            f"{movie.name} claims frames of {size_text(n_bytes)} (axes {movie.axes}, shape "
            f"{movie.array.shape}); at most {size_text(MAX_FRAME_BYTES)} are read. Is its header "
            "damaged?"
        )


def _chosen_z(movie: OpenedMovie, settings: ReadSettings) -> int | None:
    wanted = settings.z
    n = movie.array.shape[movie.axes.index("Z")] if "Z" in movie.axes else 1
    if wanted not in ("refuse", "max") and not wanted.isdecimal():
        raise SettingsError(f"read.z must be a plane's number, 'max' or 'refuse'; got {wanted!r}.")
    if wanted.isdecimal() and int(wanted) >= n:
        raise InvalidInputError(
            f"{movie.name} has {n} plane(s) of z, numbered from 0; got read.z = {wanted}."
        )
    if n > 1 and wanted == "refuse":
        raise InvalidInputError(
            f"{movie.name} has {n} planes of z (axes {movie.axes}, shape {movie.array.shape}): set "
            f"read.z to a plane from 0 to {n - 1}, or to 'max' for the maximum projection"
            + ("." if "T" in movie.axes else "; or, if the planes are frames, name the axes: ")
            + ("" if "T" in movie.axes else f"axes={movie.axes.replace('Z', 'T')!r}.")
        )
    return None if n > 1 and wanted == "max" else int(wanted) if wanted.isdecimal() else 0
