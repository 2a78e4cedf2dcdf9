"""Label images as OME-Zarr 0.5, with the tracks beside them as GEFF.

The folder is one multiscale image of labels (axes t, y, x; pixel values are track ids). See
https://ngff.openmicroscopy.org/0.5 .
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tracksam.columns import Calibration
from tracksam.io.geff import write_geff_group
from tracksam.io.whole_folder import whole_folder
from tracksam.lineage import Lineage
from tracksam.masks import Masks

TRACKS = "tracks"
_LEVEL = "0"
_CHUNK = 1024


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
