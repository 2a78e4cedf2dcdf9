"""Label images as OME-Zarr 0.5, with the tracks beside them as GEFF.

The folder is one multiscale image of labels (axes t, y, x; pixel values are track ids). See
https://ngff.openmicroscopy.org/0.5 .
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError
from tracksam.io.axes import Index, LazyArray
from tracksam.io.calibration import pixel_size_um
from tracksam.io.geff import write_geff_group
from tracksam.io.omezarr import open_omezarr
from tracksam.io.whole_folder import whole_folder
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.settings import ReadSettings

TRACKS = "tracks"
_LEVEL = "0"
_CHUNK = 1024


@attrs.frozen(eq=False)
class ZarrLabels:
    """Label images in a Zarr array, read frame by frame.

    Parameters
    ----------
    array : LazyArray
        Label images.
    axes : str
        A letter an axis: T, Y and X, and others of length 1.
    """

    array: LazyArray
    axes: str

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.array.shape[self.axes.index("T")])

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height and width."""
        return tuple(int(self.array.shape[self.axes.index(letter)]) for letter in "YX")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(self.array.dtype)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one label image, shape (Y, X)."""
        index: Index = tuple(
            frame if letter == "T" else slice(None) if letter in "YX" else 0 for letter in self.axes
        )
        part = np.asarray(self.array.read(index))
        return part if self.axes.index("Y") < self.axes.index("X") else part.T


def write_omezarr_labels(
    masks: Masks,
    path: str | Path,
    calibration: Calibration | None = None,
    lineage: Lineage | None = None,
) -> None:
    """Write label images, and the lineage if there is one.

    Parameters
    ----------
    masks : Masks
        Read one frame at a time.
    path : path-like
        Folder, usually with the ending ``.zarr``. Must not exist, or be empty.
    calibration : Calibration, optional
        Default: not calibrated.
    lineage : Lineage, optional
        Becomes a GEFF in the group ``tracks``, which needs the extra ``geff``.

    Raises
    ------
    WriteError
        The folder holds files, or can not be written.
    """
    import zarr

    calibration = calibration or Calibration()
    highest = max((int(labels_yx.max(initial=0)) for labels_yx in masks), default=0)
    shape = (masks.n_frames, *masks.shape_yx)
    with whole_folder(Path(path)) as building:
        group = zarr.create_group(store=str(building), zarr_format=3)
        group.attrs["ome"] = _metadata(calibration, Path(path).stem)
        array = group.create_array(
            _LEVEL,
            shape=shape,
            chunks=(1, min(shape[1], _CHUNK), min(shape[2], _CHUNK)),
            dtype=np.dtype(np.uint16 if highest <= 65_535 else np.uint32),
            dimension_names=("t", "y", "x"),
        )
        for frame, labels_yx in enumerate(masks):
            array[frame] = labels_yx
        if lineage is not None:
            write_geff_group(lineage, building / TRACKS, calibration, f"../{_LEVEL}")


def _metadata(calibration: Calibration, name: str) -> dict[str, Any]:
    pixel, interval = calibration.pixel_size_um, calibration.frame_interval_s
    space = {} if pixel is None else {"unit": "micrometer"}
    time = {} if interval is None else {"unit": "second"}
    axes = [{"name": "t", "type": "time", **time}]
    axes += [{"name": letter, "type": "space", **space} for letter in "yx"]
    scale = [1.0 if interval is None else interval, *[1.0 if pixel is None else pixel] * 2]
    dataset = {
        "path": _LEVEL,
        "coordinateTransformations": [{"type": "scale", "scale": scale}],
    }
    return {
        "version": "0.5",
        "multiscales": [{"name": name, "axes": axes, "datasets": [dataset]}],
        "image-label": {},
    }


def read_omezarr_labels(path: str | Path) -> tuple[Masks, Calibration]:
    """Open label images.

    Parameters
    ----------
    path : path-like
        An OME-Zarr image of whole numbers with axes t, y, x, and others of length 1.

    Returns
    -------
    masks : Masks
        Lazy.
    calibration : Calibration

    Raises
    ------
    ReadError
        Nothing is there, or it is damaged.
    InvalidInputError
        The image has no time, planes or channels, or no whole numbers.
    """
    movie = open_omezarr(Path(path))
    longer = [
        letter
        for letter, n in zip(movie.axes, movie.array.shape, strict=True)
        if letter not in "TYX" and n != 1
    ]
    if not {*"TYX"} <= {*movie.axes} or longer:
        raise InvalidInputError(
            f"label images need the axes t, y and x; {path} has {movie.axes} with shape "
            f"{tuple(movie.array.shape)}."
        )
    pixel = pixel_size_um(movie.calibration, ReadSettings(), movie.name)
    calibration = Calibration(pixel, movie.calibration.frame_interval_s)
    return Masks(ZarrLabels(movie.array, movie.axes)), calibration
