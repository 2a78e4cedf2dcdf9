"""Results as napari layer data: no viewer, no Qt, no files."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import tracksam
from tracksam.frames import FrameSource

LayerData = tuple[Any, dict[str, Any], str]


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


def image_layers(stack: tracksam.Stack) -> list[LayerData]:
    """Return an Image layer for each channel."""
    image_tyxc = lazy(stack)
    single = stack.n_channels == 1
    return [
        (
            image_tyxc[..., i],
            {"name": stack.name if single else f"{stack.name} {channel}"},
            "image",
        )
        for i, channel in enumerate(stack.channels)
    ]


def labels_layer(masks: tracksam.Masks, name: str) -> LayerData:
    """Return masks as a Labels layer."""
    return lazy(masks), {"name": f"{name} masks"}, "labels"


def tracks_layer(lineage: tracksam.Lineage, name: str) -> LayerData:
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
    }
    return tracks_data(lineage), metadata, "tracks"


def tracks_data(lineage: tracksam.Lineage) -> NDArray[np.float64]:
    """Return the rows of a Tracks layer, shape (N, 4): id, frame, row, column."""
    return np.column_stack([lineage.track_id, lineage.frame, lineage.yx]).astype(np.float64)


def generations(lineage: tracksam.Lineage) -> NDArray[np.int64]:
    """Return the generation of the track of each row, shape (N,)."""
    generation = lineage.generation()
    return np.array([generation[track] for track in lineage.track_id.tolist()], np.int64)
