"""Results as napari layer data: no viewer, no Qt, no files."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import tracksam
from tracksam.frames import FrameSource

LayerData = tuple[Any, dict[str, Any], str]
INTERVAL = "frame_interval_s"


class Frames(Protocol):
    """What `lazy` needs of a movie or of masks."""

    @property
    def source(self) -> FrameSource: ...

    def frame(self, frame: int) -> NDArray[Any]: ...


def lazy(movie: Frames) -> Any:
    """Return a dask array whose frames are read when they are shown."""
    import dask
    import dask.array

    read = dask.delayed(movie.frame, pure=True)
    frames = [
        dask.array.from_delayed(
            read(t), shape=movie.source.frame_shape, dtype=np.dtype(movie.source.dtype)
        )
        for t in range(movie.source.n_frames)
    ]
    return dask.array.stack(frames)


def where(pixel_size_um: float | None) -> dict[str, Any]:
    """Return scale and units of a layer of frames, rows and columns; none where not known."""
    if pixel_size_um is None:
        return {}
    return {"scale": (1.0, pixel_size_um, pixel_size_um), "units": ("pixel", "um", "um")}


def image_layers(stack: tracksam.Stack) -> list[LayerData]:
    """Return an Image layer for each channel, with what `image_looks` says."""
    image_tyxc = lazy(stack)
    return [(image_tyxc[..., i], look, "image") for i, look in enumerate(image_looks(stack))]


def image_looks(stack: tracksam.Stack) -> list[dict[str, Any]]:
    """Return name and scale of a layer for each channel, in micrometres where it is calibrated.

    The interval, for which napari has no place, is in the metadata as `INTERVAL`.
    """
    known = {"metadata": {INTERVAL: stack.frame_interval_s}, **where(stack.pixel_size_um)}
    single = stack.n_channels == 1
    names = [stack.name if single else f"{stack.name} {channel}" for channel in stack.channels]
    return [{"name": name, **known} for name in names]


def labels_layer(masks: tracksam.Masks, name: str, pixel_size_um: float | None = None) -> LayerData:
    """Return masks as a Labels layer."""
    return lazy(masks), {"name": f"{name} masks", **where(pixel_size_um)}, "labels"


def tracks_layer(
    lineage: tracksam.Lineage, name: str, pixel_size_um: float | None = None
) -> LayerData:
    """Return a lineage as a Tracks layer with mothers, confidences and generations."""
    metadata = {
        "name": f"{name} tracks",
        "graph": {daughter: [mother] for daughter, mother in lineage.parents.items()},
        "features": {
            "track_id": lineage.track_id,
            "confidence": lineage.confidence,
            "generation": generations(lineage),
        },
        "color_by": "track_id",
        **where(pixel_size_um),
    }
    return tracks_data(lineage), metadata, "tracks"


def tracks_data(lineage: tracksam.Lineage) -> NDArray[np.float64]:
    """Return the rows of a Tracks layer, shape (N, 4): id, frame, row, column."""
    return np.column_stack([lineage.track_id, lineage.frame, lineage.yx]).astype(np.float64)


def generations(lineage: tracksam.Lineage) -> NDArray[np.int64]:
    """Return the generation of the track of each row, shape (N,)."""
    generation = lineage.generation()
    return np.array([generation[track] for track in lineage.track_id.tolist()], np.int64)
