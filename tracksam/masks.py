"""Masks: label images over time, read lazily."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.frames import ArraySource, FrameSource, sources_equal


@attrs.frozen
class Masks:
    """Label images over time: the pixel value is the track id, 0 is background, no overlap.

    Parameters
    ----------
    source : FrameSource
        Gives label images of shape (Y, X) and an integer dtype.

    Raises
    ------
    InvalidInputError
        The frames are not two-dimensional, or not of integers.
    """

    source: FrameSource = attrs.field(
        eq=attrs.cmp_using(eq=sources_equal, require_same_type=False), repr=False
    )

    def __attrs_post_init__(self) -> None:
        if len(self.source.frame_shape) != 2:
            raise InvalidInputError(
                f"label images need shape (Y, X), got {self.source.frame_shape}."
            )
        if np.dtype(self.source.dtype).kind not in "iu":
            raise InvalidInputError(
                f"label images need an integer dtype, got {self.source.dtype}: ids never come "
                "from floats."
            )

    @classmethod
    def from_array(cls, labels_tyx: Any) -> Masks:
        """Return Masks of label images in memory (or a lazy array), shape (T, Y, X)."""
        return cls(ArraySource(labels_tyx))

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.source.n_frames

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width of a frame in pixels."""
        return self.source.frame_shape[0], self.source.frame_shape[1]

    def frame(self, frame: int) -> NDArray[Any]:
        """Return the label image of one frame, shape (Y, X)."""
        if not 0 <= frame < self.n_frames:
            raise InvalidInputError(
                f"frame {frame} is not in the masks: they have frames 0 to {self.n_frames - 1}."
            )
        return self.source.read(int(frame))

    def to_array(self) -> NDArray[Any]:
        """Return all label images as one array in memory, shape (T, Y, X)."""
        return np.stack(list(self))

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self.frame(t) for t in range(self.n_frames))

    def __len__(self) -> int:
        return self.n_frames


@attrs.frozen(eq=False)
class Silhouettes:
    """Frames of shape (Y, X, 1) and uint8 in which a pixel is 255 inside a mask, else 0.

    Parameters
    ----------
    masks : Masks
        Whose silhouettes.
    """

    masks: Masks

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.masks.n_frames

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return (*self.masks.shape_yx, 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(np.uint8)

    def read(self, frame: int) -> NDArray[Any]:
        """Return frame number `frame`."""
        return np.where(self.masks.frame(frame) > 0, 255, 0).astype(np.uint8)[..., None]
