"""Image layers as movies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from napari_tracksam.layers import INTERVAL
from tracksam import Stack, read_movie
from tracksam.errors import InvalidInputError, TracksamError

SPACE_NAMES = ("z", "depth", "plane")


@attrs.frozen(eq=False)
class LayerFrames:
    """Frames of image layers, a channel each; read when they are asked for.

    Parameters
    ----------
    arrays : tuple of array-like
        Each of shape (T, Y, X), or one of (T, Y, X, C) of colours. NumPy, dask or zarr.
    """

    arrays: tuple[Any, ...]

    @property
    def n_frames(self) -> int:
        return int(self.arrays[0].shape[0])

    @property
    def frame_shape(self) -> tuple[int, ...]:
        first = self.arrays[0]
        n_channels = int(first.shape[3]) if first.ndim == 4 else len(self.arrays)
        return int(first.shape[1]), int(first.shape[2]), n_channels

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(*[np.dtype(array.dtype) for array in self.arrays])

    def read(self, frame: int) -> NDArray[Any]:
        images = [np.asarray(array[frame]) for array in self.arrays]
        if images[0].ndim == 3:
            return images[0]
        return np.stack(images, axis=-1).astype(self.dtype, copy=False)


def stack_of(layers: tuple[Any, ...]) -> Stack:
    """Return the movie that image layers show.

    Parameters
    ----------
    layers : tuple of napari.layers.Image
        2-D + time, time first; one a channel, all of one shape. Colours (RGB) are channels.

    Returns
    -------
    Stack
        Calibrated where all layers have one pixel size in micrometres. Lazy data stay lazy.

    Raises
    ------
    InvalidInputError
        The layers have other axes, or differ in shape.
    """
    arrays = tuple(_frames_of(layer) for layer in layers)
    shapes = {tuple(array.shape[:3]) for array in arrays}
    if len(shapes) != 1:
        raise InvalidInputError(f"the channels must have one shape, got {sorted(shapes)}.")
    name = layers[0].name
    names = tuple(layer.name for layer in layers) if len(layers) > 1 else ()
    source = LayerFrames(arrays)
    channels = names if len(names) == source.frame_shape[2] else ()
    return Stack(
        source,
        channels,
        pixel_size_um=pixel_size_um(layers[0]),
        frame_interval_s=layers[0].metadata.get(INTERVAL),
        name=name,
    )


def channels_beside(layer: Any, layers: Iterable[Any]) -> tuple[Any, ...]:
    """Return the other image layers that can be channels of a layer's movie: of the same shape."""
    shape = tuple(layer.data.shape) if not layer.multiscale else None
    return tuple(
        other
        for other in layers
        if other is not layer and not other.multiscale and tuple(other.data.shape) == shape
    )


def _frames_of(layer: Any) -> Any:
    array = layer.data[0] if layer.multiscale else layer.data
    n_axes = array.ndim - bool(layer.rgb)
    first = str(layer.axis_labels[0]).lower() if layer.axis_labels else ""
    if n_axes != 3:
        raise InvalidInputError(
            f"layer {layer.name!r} has {n_axes} axes of shape {tuple(array.shape)}; a movie has "
            "three: time, row, column. Split channels or planes into layers of their own "
            "(right-click the layer > Split Stack)."
        )
    if first in SPACE_NAMES:
        raise InvalidInputError(
            f"the first axis of layer {layer.name!r} is {first!r}, not time; cells are followed "
            "through time: project or pick a plane first."
        )
    return array


def pixel_size_um(layer: Any) -> float | None:
    """Return the side of a layer's pixels in micrometres, if it says so in a unit of length."""
    scale, units = tuple(layer.scale)[-2:], [str(unit) for unit in layer.units[-2:]]
    factors = {"micrometer": 1.0, "micron": 1.0, "nanometer": 1e-3, "millimeter": 1e3}
    if units[0] != units[1] or units[0] not in factors or not np.isclose(scale[0], scale[1]):
        return None
    return float(scale[1]) * factors[units[0]]


def path_of(layers: tuple[Any, ...], stack: Stack) -> Path | None:
    """Return the file from which `read_movie` reads the same movie; None where there is none.

    Parameters
    ----------
    layers : tuple of napari.layers.Image
        What napari knows of their source is looked at.
    stack : Stack
        The movie; its first frame is compared.
    """
    path = layers[0].source.path
    if path is None or layers[0].source.sample is not None:
        return None
    try:
        known = read_movie(path)
        same = known.shape_tyxc == stack.shape_tyxc and known.dtype == stack.dtype
        same = same and np.array_equal(known.frame(0), stack.frame(0))
    except TracksamError:
        return None
    return Path(path) if same else None


def labels_of(layer: Any, frame: int, shape_yx: tuple[int, int]) -> NDArray[Any]:
    """Return the label image of a Labels layer in a frame.

    Parameters
    ----------
    layer : napari.layers.Labels
        2-D + time, or one frame.
    frame : int
        Which frame.
    shape_yx : tuple of int
        Of the movie.

    Raises
    ------
    InvalidInputError
        Its frames have another shape.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    labels_yx = np.asarray(data[frame] if data.ndim == 3 else data)
    if labels_yx.shape != shape_yx:
        raise InvalidInputError(
            f"layer {layer.name!r} has frames of {labels_yx.shape}, but the movie has {shape_yx}."
        )
    return labels_yx
