"""FrameSource: frames that are read one at a time, on demand."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError

Window = tuple[slice, slice]
"""Rows and columns of a frame."""


@runtime_checkable
class FrameSource(Protocol):
    """A movie on disk or in memory, read frame by frame.

    Attributes
    ----------
    n_frames : int
        Number of frames, at least 1.
    frame_shape : tuple of int
        Shape of one frame: ``(Y, X, C)`` for images, ``(Y, X)`` for label images.
    dtype : dtype
        Of every frame.
    """

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        ...

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        ...

    def read(self, frame: int) -> NDArray[Any]:
        """Return frame number `frame`, counted from 0."""
        ...


@attrs.frozen(eq=False)
class ArraySource:
    """Frames of an array in memory, or of any array-like with NumPy indexing (zarr, dask).

    Parameters
    ----------
    array : array_like of shape (T, Y, X) or (T, Y, X, C)
        Indexed by frame only when a frame is read.
    """

    array: Any

    def __attrs_post_init__(self) -> None:
        if self.array.ndim not in (3, 4) or self.array.shape[0] == 0:
            raise InvalidInputError(
                f"frames need shape (T, Y, X) or (T, Y, X, C) with T >= 1, got {self.array.shape}."
            )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.array.shape[0])

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return tuple(int(n) for n in self.array.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        dtype: np.dtype[Any] = np.dtype(self.array.dtype)
        return dtype

    def read(self, frame: int) -> NDArray[Any]:
        """Return one frame as a NumPy array."""
        return np.asarray(self.array[frame])

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of one frame as a NumPy array."""
        return np.asarray(self.array[(frame, *window)])


@attrs.frozen(eq=False)
class SourceView:
    """The frames of another source; what is derived from it says what is different.

    Parameters
    ----------
    inner : FrameSource
        Read when a frame is read.
    """

    inner: FrameSource

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.inner.n_frames

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return self.inner.frame_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return self.inner.dtype

    def read(self, frame: int) -> NDArray[Any]:
        """Return frame number `frame`, counted from 0."""
        return self.inner.read(frame)


@runtime_checkable
class ReadsParts(Protocol):
    """A source that reads a part of a frame without the rest; most do not."""

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of a frame.

        Parameters
        ----------
        frame : int
            0 <= frame < n_frames.
        window : tuple of slice
            Rows and columns, inside the frame.

        Returns
        -------
        ndarray, shape (rows, columns) or (rows, columns, C)
        """
        ...


def read_part(source: FrameSource, frame: int, window: Window) -> NDArray[Any]:
    """Return a part of a frame; only that part is read where the source can do so.

    Parameters
    ----------
    source : FrameSource
        Of images or label images.
    frame : int
        0 <= frame < n_frames.
    window : tuple of slice
        Rows and columns, inside the frame.

    Returns
    -------
    ndarray, shape (rows, columns) or (rows, columns, C)
    """
    if isinstance(source, ReadsParts):
        return source.read_part(frame, window)
    return source.read(frame)[window]


@attrs.frozen(eq=False)
class Windowed(SourceView):
    """The same part of every frame of a source.

    Parameters
    ----------
    window : tuple of slice
        Rows and columns, with a start and a stop inside the frame.
    """

    window: Window

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of the part."""
        sides = tuple(int(side.stop - side.start) for side in self.window)
        return (*sides, *self.inner.frame_shape[2:])

    def read(self, frame: int) -> NDArray[Any]:
        """Return the part of frame number `frame`."""
        return read_part(self.inner, frame, self.window)

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of the part of frame number `frame`."""
        (top, left), (rows, columns) = (side.start for side in self.window), window
        inside = (
            slice(top + rows.start, top + rows.stop),
            slice(left + columns.start, left + columns.stop),
        )
        return read_part(self.inner, frame, inside)


def sources_equal(a: FrameSource, b: FrameSource) -> bool:
    """Return whether two sources hold the same frames.

    Parameters
    ----------
    a, b : FrameSource
        Read in full, one frame at a time, unless their shapes already differ.

    Returns
    -------
    bool
    """
    if a is b:
        return True
    if (a.n_frames, a.frame_shape, a.dtype) != (b.n_frames, b.frame_shape, b.dtype):
        return False
    return all(np.array_equal(a.read(t), b.read(t)) for t in range(a.n_frames))


@attrs.frozen(eq=False)
class Thinned(SourceView):
    """Every so many pixels of a source's frames, read some rows at a time.

    Parameters
    ----------
    step : int
        One row and one column of so many are kept, the first ones.
    rows_at_once : int
        Rows of the frame that are in memory together.
    """

    step: int
    rows_at_once: int

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of the thinned frame."""
        height, width = self.inner.frame_shape[:2]
        return (-(-height // self.step), -(-width // self.step), *self.inner.frame_shape[2:])

    def read(self, frame: int) -> NDArray[Any]:
        """Return the thinned frame number `frame`."""
        height, width = self.inner.frame_shape[:2]
        rows = max(self.step, self.rows_at_once - self.rows_at_once % self.step)
        parts = [
            read_part(self.inner, frame, (slice(top, min(top + rows, height)), slice(0, width)))
            for top in range(0, height, rows)
        ]
        return np.concatenate([part[:: self.step, :: self.step] for part in parts])
