"""Stack: the movie and its calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.frames import (
    ArraySource,
    FrameSource,
    SourceView,
    Window,
    Windowed,
    read_part,
    sources_equal,
)
from tracksam.masks import Masks, Silhouettes


def _positive_or_none(instance: Any, attribute: Any, value: float | None) -> None:
    if value is not None and not (np.isfinite(value) and value > 0):
        raise InvalidInputError(f"{attribute.name} must be a positive number, got {value!r}.")


def _float_or_none(value: float | None) -> float | None:
    return None if value is None else float(value)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class MovieFile:
    """Where a movie was read from.

    Parameters
    ----------
    path : str
        Absolute; of a file, a folder, or a glob.
    axes : str, optional
        What the user said of its axes.
    """

    path: str
    axes: str | None = None


@attrs.frozen
class Stack:
    """A movie: frames of shape (Y, X, C) that are read on demand, and their calibration.

    Parameters
    ----------
    source : FrameSource
        Gives frames of shape (Y, X, C), all of one shape and dtype.
    channels : tuple of str
        A name for each channel; C names. Default: ``"channel 0"``, ``"channel 1"``, ...
    pixel_size_um : float, optional
        Side of a square pixel in micrometres. None: not known; tables are then in pixels only.
    frame_interval_s : float, optional
        Seconds from one frame to the next. None: not known.
    name : str
        What to call the movie in reports.
    file : MovieFile, optional
        Where it was read from; None: it was made in memory. Not compared.

    Raises
    ------
    InvalidInputError
        The source's frames are not (Y, X, C), the channel names do not fit, or a calibration
        value is not a positive number.

    Notes
    -----
    Two stacks are equal when their frames, names and calibration are; comparing reads frames.
    """

    source: FrameSource = attrs.field(
        eq=attrs.cmp_using(eq=sources_equal, require_same_type=False), repr=False
    )
    channels: tuple[str, ...] = attrs.field(converter=_names, factory=tuple)
    pixel_size_um: float | None = attrs.field(
        default=None, converter=_float_or_none, validator=_positive_or_none
    )
    frame_interval_s: float | None = attrs.field(
        default=None, converter=_float_or_none, validator=_positive_or_none
    )
    name: str = "movie"
    file: MovieFile | None = attrs.field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        if len(self.source.frame_shape) != 3 or 0 in self.source.frame_shape:
            raise InvalidInputError(
                f"frames of a Stack need shape (Y, X, C), got {self.source.frame_shape}."
            )
        if not self.channels:
            names = tuple(f"channel {i}" for i in range(self.n_channels))
            object.__setattr__(self, "channels", names)
        if len(self.channels) != self.n_channels:
            raise InvalidInputError(
                f"{self.n_channels} channels need {self.n_channels} names, got {self.channels}."
            )

    @classmethod
    def from_array(cls, array: Any, axes: str, **calibration: Any) -> Stack:
        """Return a Stack of an array whose axes are named.

        Parameters
        ----------
        array : ndarray, or zarr or dask array
            2-D + time, with or without channels. Lazy arrays stay lazy.
        axes : str
            A letter an axis of `array`: T, Y, X once each, C at most once, in the array's order.
            Never guessed.
        **calibration
            `channels`, `pixel_size_um`, `frame_interval_s`, `name` of `Stack`.

        Returns
        -------
        Stack

        Raises
        ------
        InvalidInputError
            The letters do not name the axes; a z axis was not picked or projected before.

        Examples
        --------
        >>> import numpy as np
        >>> Stack.from_array(np.zeros((2, 5, 7)), axes="TYX", pixel_size_um=0.5).shape_tyxc
        (2, 5, 7, 1)
        """
        array = array if hasattr(array, "ndim") else np.asarray(array)
        if len(axes) != array.ndim or sorted(axes) not in (sorted("TYX"), sorted("TCYX")):
            raise InvalidInputError(
                f"axes must name the {array.ndim} axes of the array with letters of 'TCYX', "
                f"each once and including T, Y and X; got {axes!r} for shape {array.shape}."
            )
        order = tuple(axes.index(letter) for letter in "TYXC" if letter in axes)
        moved = (
            array.transpose(order)
            if hasattr(array, "transpose")
            else _TransposedSource(array, order)
        )
        return cls(_ChannelsLast(ArraySource(moved)), **calibration)

    @classmethod
    def of_masks(
        cls,
        masks: Masks,
        pixel_size_um: float | None = None,
        frame_interval_s: float | None = None,
    ) -> Stack:
        """Return a movie of masks themselves, for pictures where their movie is not at hand.

        Parameters
        ----------
        masks : Masks
            Read frame by frame.
        pixel_size_um, frame_interval_s : float, optional
            Calibration.

        Returns
        -------
        Stack
            One channel of uint8: 255 inside masks, 0 outside.
        """
        return cls(Silhouettes(masks), ("masks",), pixel_size_um, frame_interval_s, "masks")

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.source.n_frames

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return self.source.frame_shape[2]

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width of a frame in pixels."""
        return self.source.frame_shape[0], self.source.frame_shape[1]

    @property
    def shape_tyxc(self) -> tuple[int, int, int, int]:
        """Frames, height, width, channels."""
        return (self.n_frames, *self.shape_yx, self.n_channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type of the frames."""
        return self.source.dtype

    def frame(self, frame: int) -> NDArray[Any]:
        """Return one frame.

        Parameters
        ----------
        frame : int
            0 <= frame < n_frames.

        Returns
        -------
        ndarray, shape (Y, X, C)
            In the movie's own dtype.

        Raises
        ------
        InvalidInputError
            There is no such frame, or it holds NaN or infinity.
        """
        if not 0 <= frame < self.n_frames:
            raise InvalidInputError(
                f"frame {frame} is not in the movie: it has frames 0 to {self.n_frames - 1}."
            )
        image_yxc = self.source.read(int(frame))
        if image_yxc.dtype.kind == "f" and not np.isfinite(image_yxc).all():
            raise InvalidInputError(
                f"frame {frame} of {self.name!r} holds NaN or infinite pixels; "
                "replace them before tracking."
            )
        return image_yxc

    def clip(self, frames: range) -> NDArray[Any]:
        """Return some frames as one array.

        Parameters
        ----------
        frames : range
            Frame numbers, in the order wanted (a negative step reverses time).

        Returns
        -------
        ndarray, shape (len(frames), Y, X, C)
        """
        return np.stack([self.frame(t) for t in frames])

    def only_channel(self, channel: int) -> Stack:
        """Return the same movie with one of its channels, 0 <= channel < n_channels."""
        return attrs.evolve(
            self,
            source=_OneChannel(self.source, channel),
            channels=(self.channels[channel],),
        )

    def windowed(self, window: Window) -> Stack:
        """Return the same part of every frame as a movie of its own.

        Parameters
        ----------
        window : tuple of slice
            Rows and columns, with a start and a stop inside the frame. Nothing else is read where
            the file allows it (OME-Zarr).

        Returns
        -------
        Stack
        """
        return attrs.evolve(self, source=Windowed(self.source, window))

    def until(self, n_frames: int) -> Stack:
        """Return the movie's first frames, 1 <= n_frames <= its number of frames."""
        return self.only_frames(range(n_frames))

    def only_frames(self, frames: range) -> Stack:
        """Return some of the movie's frames as a movie of its own, in the order of `frames`."""
        return attrs.evolve(self, source=_SomeFrames(self.source, frames))

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self.frame(t) for t in range(self.n_frames))

    def __len__(self) -> int:
        return self.n_frames


@attrs.frozen(eq=False)
class _ChannelsLast(SourceView):
    """A source of (Y, X) or (Y, X, C) frames seen as (Y, X, C)."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        shape = self.inner.frame_shape
        return shape if len(shape) == 3 else (*shape, 1)

    def read(self, frame: int) -> NDArray[Any]:
        return self.inner.read(frame).reshape(self.frame_shape)

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        part = read_part(self.inner, frame, window)
        return part.reshape(*part.shape[:2], self.frame_shape[2])


@attrs.frozen(eq=False)
class _SomeFrames(SourceView):
    """Some frames of a source."""

    frames: range

    @property
    def n_frames(self) -> int:
        return len(self.frames)

    def read(self, frame: int) -> NDArray[Any]:
        return self.inner.read(self.frames[frame])

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        return read_part(self.inner, self.frames[frame], window)


@attrs.frozen(eq=False)
class _OneChannel(SourceView):
    """One channel of a source of (Y, X, C) frames, as (Y, X, 1)."""

    channel: int

    @property
    def frame_shape(self) -> tuple[int, ...]:
        return (*self.inner.frame_shape[:2], 1)

    def read(self, frame: int) -> NDArray[Any]:
        return self.inner.read(frame)[..., [self.channel]]

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        return read_part(self.inner, frame, window)[..., [self.channel]]


@attrs.frozen(eq=False)
class _TransposedSource:
    """Frames of an array without `transpose` (zarr), moved to T, Y, X[, C] when read."""

    array: Any
    order: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.order)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape[i] for i in self.order)

    @property
    def dtype(self) -> Any:
        return self.array.dtype

    def __getitem__(self, wanted: int | tuple[int | slice, ...]) -> NDArray[Any]:
        index: list[Any] = [slice(None)] * self.ndim
        parts = wanted if isinstance(wanted, tuple) else (wanted,)
        for axis, part in zip(self.order, parts, strict=False):
            index[axis] = part
        rest = [axis for axis in range(self.ndim) if axis != self.order[0]]
        return np.asarray(self.array[tuple(index)]).transpose(
            [rest.index(a) for a in self.order[1:]]
        )
