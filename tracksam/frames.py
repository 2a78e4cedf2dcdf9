"""FrameSource: frames that are read one at a time, on demand."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError


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
