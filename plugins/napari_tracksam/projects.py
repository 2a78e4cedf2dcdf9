"""Projects dropped on the viewer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from napari_tracksam.layers import LayerData, image_layers, labels_layer, tracks_layer
from napari_tracksam.opening import opened_project
from napari_tracksam.session import session_of
from tracksam.io.project import SUFFIX

NO_LAYERS: list[Any] = [(None,)]
"""What napari takes as: read, but there is no layer to add."""


def get_reader(path: str | Sequence[str]) -> Callable[[str], list[Any]] | None:
    """Return the reader of a project, or None where `path` is none."""
    if not isinstance(path, str) or Path(path).suffix != SUFFIX or not Path(path).is_dir():
        return None
    return read_project


def read_project(path: str | Sequence[str]) -> list[Any]:
    """Open a project in the session of the current viewer; without a viewer, return its layers.

    Raises
    ------
    ReadError
        There is none, it is damaged, or another viewer has it open.
    """
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        return project_layers(Path(str(path)))
    session_of(viewer).open_project(str(path))
    return NO_LAYERS


def project_layers(path: Path) -> list[LayerData]:
    """Return movie, masks and tracks of a project as they are now, to be looked at."""
    opened = opened_project(path)
    project = opened.project
    size, name = project.calibration[0], project.name
    layers = [] if opened.movie is None else image_layers(opened.movie)
    layers.append(labels_layer(project.curation.masks, name, size))
    if len(project.curation.lineage):
        layers.append(tracks_layer(project.curation.lineage, name, size))
    project.close()
    return layers
