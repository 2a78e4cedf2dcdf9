"""Changes of label images that can be taken back: whole tracks renamed, pixels painted."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.frames import FrameSource
from tracksam.masks import Masks

Labels = NDArray[np.int32]


def _names(pairs: Mapping[Any, Any]) -> Mapping[int, int]:
    return MappingProxyType({int(old): int(new) for old, new in pairs.items()})


def _pair(values: Iterable[int]) -> tuple[int, int]:
    first, second = values
    return int(first), int(second)


@attrs.frozen
class Renaming:
    """Labels that get other values, in a run of frames.

    Parameters
    ----------
    new_id : mapping of int to int
        Old value to new value, all at once, one-to-one. A negative value hides the pixels: they
        count as background and can be named again.
    first, last : int
        Frames, both included. No new value lies in any of them, unless it is an old one too.
    """

    new_id: Mapping[int, int] = attrs.field(converter=_names)
    first: int
    last: int

    def __attrs_post_init__(self) -> None:
        if len(set(self.new_id.values())) != len(self.new_id):
            raise InvalidInputError(f"a renaming must be one-to-one, got {dict(self.new_id)}.")

    def inverse(self) -> Renaming:
        """Return the renaming that takes this one back."""
        return Renaming({new: old for old, new in self.new_id.items()}, self.first, self.last)

    def touches(self, frame: int) -> bool:
        """Return whether a frame is changed."""
        return self.first <= frame <= self.last

    def apply(self, labels_yx: Labels) -> None:
        """Rename in a label image of one of the frames, in place."""
        found = [(labels_yx == old, new) for old, new in self.new_id.items()]
        for mask, new in found:
            labels_yx[mask] = new


@attrs.frozen
class Painting:
    """A window of one frame, before and after.

    Parameters
    ----------
    frame : int
        Which frame.
    start_yx : tuple of int
        First row and column of the window.
    shape_yx : tuple of int
        Its size.
    before, after : bytes
        Its labels, compressed.
    """

    frame: int
    start_yx: tuple[int, int] = attrs.field(converter=_pair)
    shape_yx: tuple[int, int] = attrs.field(converter=_pair)
    before: bytes = attrs.field(repr=False)
    after: bytes = attrs.field(repr=False)

    @classmethod
    def between(cls, frame: int, before_yx: NDArray[Any], after_yx: NDArray[Any]) -> Self | None:
        """Return what differs between two label images of a frame; None if nothing does.

        Parameters
        ----------
        frame : int
            Which frame.
        before_yx, after_yx : ndarray of int, shape (Y, X)
            Whole frames.
        """
        differs = np.asarray(before_yx != after_yx)
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if not len(rows):
            return None
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        shape = before_yx[window].shape
        return cls(
            int(frame),
            (int(rows[0]), int(columns[0])),
            (int(shape[0]), int(shape[1])),
            _packed(before_yx[window]),
            _packed(after_yx[window]),
        )

    def inverse(self) -> Painting:
        """Return the painting that takes this one back."""
        return attrs.evolve(self, before=self.after, after=self.before)

    def touches(self, frame: int) -> bool:
        """Return whether a frame is changed."""
        return frame == self.frame

    def apply(self, labels_yx: Labels) -> None:
        """Paint into the label image of the frame, in place."""
        (y, x), (height, width) = self.start_yx, self.shape_yx
        values = np.frombuffer(zlib.decompress(self.after), "<i4").reshape(self.shape_yx)
        labels_yx[y : y + height, x : x + width] = values


def _packed(labels_yx: NDArray[Any]) -> bytes:
    return zlib.compress(np.ascontiguousarray(labels_yx, "<i4").tobytes(), level=1)


PixelChange = Renaming | Painting


@attrs.frozen(eq=False)
class EditedLabels:
    """Label images after changes, which are made when a frame is read.

    Parameters
    ----------
    base : FrameSource
        Label images before.
    changes : tuple of Renaming or Painting
        In order.
    """

    base: FrameSource
    changes: tuple[PixelChange, ...]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.base.n_frames

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.base.frame_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type: int32."""
        return np.dtype(np.int32)

    def read_hidden(self, frame: int) -> Labels:
        """Return a label image in which hidden pixels are negative, shape (Y, X)."""
        labels_yx = np.array(read_hidden(self.base, frame), np.int32)
        for change in self.changes:
            if change.touches(frame):
                change.apply(labels_yx)
        return labels_yx

    def read(self, frame: int) -> Labels:
        """Return a label image, shape (Y, X)."""
        return np.maximum(self.read_hidden(frame), 0)


def read_hidden(source: FrameSource, frame: int) -> Labels:
    """Return a label image to edit: where a source knows hidden pixels, they are negative.

    Parameters
    ----------
    source : FrameSource
        Of label images.
    frame : int
        Which frame.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Not to be written to.
    """
    read = getattr(source, "read_hidden", source.read)
    return np.asarray(read(frame), np.int32)


@attrs.frozen
class NoLabels:
    """Label images without a label.

    Parameters
    ----------
    n_frames : int
        How many.
    frame_shape : tuple of int
        Height and width.
    """

    n_frames: int
    frame_shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type: int32."""
        return np.dtype(np.int32)

    def read(self, frame: int) -> Labels:
        """Return an empty label image; `frame` is any."""
        return np.zeros(self.frame_shape, np.int32)


def edited(masks: Masks, changes: Iterable[PixelChange]) -> Masks:
    """Return masks after changes.

    Parameters
    ----------
    masks : Masks
        Before. Read only when the result is.
    changes : iterable of Renaming or Painting
        In order.

    Returns
    -------
    Masks
    """
    changes = tuple(changes)
    if not changes:
        return masks
    source = masks.source
    if isinstance(source, EditedLabels):
        return Masks(EditedLabels(source.base, (*source.changes, *changes)))
    return Masks(EditedLabels(source, changes))
