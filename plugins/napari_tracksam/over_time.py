"""Over time: movies and label images as arrays whose frames are made when they are shown."""

from __future__ import annotations

import threading
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam import Masks, Stack

MOST_SMALL = 65535
"""Highest label of an image of two bytes a pixel."""


class OverTime:
    """What napari needs of an array of shape (T, Y, X); children make a frame.

    dask would do, but takes 10 ms for each frame that is shown.

    Parameters
    ----------
    shape : tuple of int
        (T, Y, X).
    dtype : numpy dtype
        Of the frames.
    """

    def __init__(self, shape: tuple[int, int, int], dtype: Any) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.ndim = 3
        self.size = int(np.prod(shape))

    def frame(self, frame: int) -> NDArray[Any]:
        """Return one frame, shape (Y, X)."""
        raise NotImplementedError

    def __getitem__(self, index: Any) -> NDArray[Any]:
        index = index if isinstance(index, tuple) else (index,)
        first, *rest = index or (slice(None),)
        if isinstance(first, int | np.integer):
            return self.frame(int(first) % self.shape[0])[tuple(rest)]
        frames = range(self.shape[0])[first] if isinstance(first, slice) else np.atleast_1d(first)
        images = np.stack([self.frame(int(t)) for t in frames])
        return images[(slice(None), *rest)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype)

    def __len__(self) -> int:
        return self.shape[0]


class ChannelOverTime(OverTime):
    """One channel of a movie."""

    def __init__(self, movie: Stack, channel: int) -> None:
        super().__init__((movie.n_frames, *movie.shape_yx), movie.dtype)
        self._movie, self._channel = movie, channel

    def frame(self, frame: int) -> NDArray[Any]:
        """Return one frame, shape (Y, X)."""
        return self._movie.frame(frame)[..., self._channel]


class LabelsOverTime(OverTime):
    """Masks, and drafts of them while they are tracked.

    Parameters
    ----------
    masks : Masks
        What is shown.
    highest_id : int
        Of all labels. Up to 65535, napari gives the pixels to the graphics card as they are.

    Attributes
    ----------
    masks : Masks
        Can be replaced by masks of the same shape.
    """

    def __init__(self, masks: Masks, highest_id: int) -> None:
        dtype = np.uint16 if highest_id <= MOST_SMALL else np.int32
        super().__init__((masks.n_frames, *masks.shape_yx), dtype)
        self.masks = masks
        self._drafts: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def put_draft(self, frame: int, labels_yx: NDArray[Any]) -> None:
        """Show other labels in a frame, while it is tracked."""
        packed = zlib.compress(np.ascontiguousarray(labels_yx, "<i4").tobytes(), level=1)
        with self._lock:
            self._drafts[frame] = packed

    def clear_drafts(self) -> None:
        """Show the masks again."""
        with self._lock:
            self._drafts.clear()

    @property
    def n_drafts(self) -> int:
        """Number of frames of which a draft is shown."""
        return len(self._drafts)

    def frame(self, frame: int) -> NDArray[Any]:
        """Return what is shown of a frame, shape (Y, X)."""
        with self._lock:
            packed = self._drafts.get(frame)
        if packed is None:
            return np.asarray(self.masks.frame(frame), self.dtype)
        labels_yx = np.frombuffer(zlib.decompress(packed), "<i4").reshape(self.masks.shape_yx)
        return labels_yx.astype(self.dtype)


class OneFrame(OverTime):
    """A label image in one frame, and nothing in all others.

    Attributes
    ----------
    at : int
        The frame; -1: none.
    labels_yx : ndarray of uint8, shape (Y, X)
        What is in it.
    """

    def __init__(self, n_frames: int, shape_yx: tuple[int, int]) -> None:
        super().__init__((n_frames, *shape_yx), np.uint8)
        self.at = -1
        self.labels_yx = np.zeros(shape_yx, np.uint8)

    def frame(self, frame: int) -> NDArray[Any]:
        """Return the label image, or an empty one, shape (Y, X)."""
        return self.labels_yx if frame == self.at else np.zeros_like(self.labels_yx)
