"""OME-Zarr 0.4 and 0.5: the highest resolution of an image, read chunk by chunk.

The metadata are those of https://ngff.openmicroscopy.org: `multiscales` with axes, datasets and
coordinate transformations; under the key `ome` from version 0.5 on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.axes import Index, OpenedMovie
from tracksam.io.calibration import Calibration, length_um, time_s

# What zarr says of damaged metadata and chunks.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
)

_MARKERS = (".zgroup", ".zarray", ".zattrs", "zarr.json")


@attrs.frozen(eq=False)
class ZarrArray:
    """An array in a Zarr store; opened while it is read.

    Parameters
    ----------
    path : Path
        The array's folder.
    shape : tuple of int
        As its metadata have it.
    dtype : dtype
        As its metadata have it.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`; only its chunks are read."""
        array = _opened_array(self.path)
        try:
            return np.asarray(array[index])
        except _DAMAGE as error:
            raise ReadError(f"a chunk of {self.path} can not be read: {error}.") from error


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a Zarr group or array.

    Parameters
    ----------
    path : Path
        A folder.

    Returns
    -------
    bool
    """
    return path.is_dir() and any((path / marker).is_file() for marker in _MARKERS)


def open_omezarr(path: Path, axes: str | None = None) -> OpenedMovie:
    """Open an OME-Zarr image, or a plain Zarr array whose axes are given.

    Parameters
    ----------
    path : Path
        The folder of the image.
    axes : str, optional
        A letter an axis, in place of what the metadata say.

    Returns
    -------
    OpenedMovie

    Raises
    ------
    ReadError
        The metadata are damaged, or an array is missing.
    InvalidInputError
        The folder is no single image, or a plain array without axes.
    """
    import zarr

    try:
        node = zarr.open(path, mode="r")
    except _DAMAGE as error:
        raise ReadError(f"{path} can not be read as Zarr: {error}.") from error
    name = path.name.removesuffix(".zarr").removesuffix(".ome")
    if isinstance(node, zarr.Array):
        return _plain(path, node, axes, name)
    attributes: dict[str, Any] = dict(node.attrs)
    ome = attributes.get("ome", attributes)
    image = _multiscale(ome, path, sorted(part.name for part in path.iterdir() if part.is_dir()))
    try:
        dataset = image["datasets"][0]
        array = _opened_array(_inside(path, dataset["path"]))
        letters = "".join(_letter(axis) for axis in image["axes"])
        calibration = _calibration(image, dataset, ome)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ReadError(f"{path} has damaged OME-Zarr metadata: {error!r}.") from error
    lazy = ZarrArray(path / dataset["path"], array.shape, np.dtype(array.dtype))
    return OpenedMovie(lazy, letters if axes is None else axes.upper(), calibration, name)


def _inside(folder: Path, name: Any) -> Path:
    """A part of an image; one that lies elsewhere is refused."""
    part = folder / str(name)
    if not part.resolve().is_relative_to(folder.resolve()):
        raise ReadError(f"{folder} names a dataset outside itself: {name!r}.")
    return part


def _plain(path: Path, array: Any, axes: str | None, name: str) -> OpenedMovie:
    if axes is None:
        raise InvalidInputError(
            f"{path.name} is a Zarr array of shape {array.shape} without OME metadata: name its "
            "axes, for example axes='TYX'."
        )
    lazy = ZarrArray(path, array.shape, np.dtype(array.dtype))
    return OpenedMovie(lazy, axes.upper(), Calibration(), name)


def _multiscale(ome: Mapping[str, Any], path: Path, inside: Sequence[str]) -> Mapping[str, Any]:
    images = ome.get("multiscales")
    if isinstance(images, list) and images and isinstance(images[0], Mapping):
        return images[0]
    if "plate" in ome or "well" in ome or inside:
        listed = ", ".join(inside[:6])
        raise InvalidInputError(
            f"{path} is not one image but a collection ({listed}): name one of them, for example "
            f"{path / (min(inside, default='0'))}."
        )
    raise ReadError(f"{path} has no OME-Zarr metadata (multiscales); is it an image of 0.4 or 0.5?")


def _opened_array(path: Path) -> Any:
    import zarr

    try:
        return zarr.open_array(path, mode="r")
    except _DAMAGE as error:
        raise ReadError(f"{path} is no readable Zarr array: {error}.") from error


def _letter(axis: Any) -> str:
    name = axis["name"] if isinstance(axis, Mapping) else str(axis)
    return name.upper() if len(name) == 1 else {"time": "T", "channel": "C"}.get(name, "?")


def _calibration(
    image: Mapping[str, Any], dataset: Mapping[str, Any], ome: Mapping[str, Any]
) -> Calibration:
    axes = image["axes"]
    scale = [1.0] * len(axes)
    found = False
    for owner in (dataset, image):
        for transformation in owner.get("coordinateTransformations", ()):
            if transformation.get("type") == "scale":
                found = True
                factors = transformation["scale"]
                scale = [s * float(f) for s, f in zip(scale, factors, strict=True)]
    sizes = {
        _letter(axis): (step, axis.get("unit") if isinstance(axis, Mapping) else None)
        for axis, step in zip(axes, scale, strict=True)
        if found
    }
    y, x = (length_um(*sizes.get(letter, (None, None))) for letter in "YX")
    channels = ome.get("omero", {}).get("channels", ())
    return Calibration(
        None if y is None or x is None else (y, x),
        time_s(*sizes.get("T", (None, None))),
        tuple(str(channel.get("label", "")) for channel in channels),
    )
