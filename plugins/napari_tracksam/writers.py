"""File > Save: layers as a run folder, a CTC folder, or a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_tracksam.movies import LayerFrames
from tracksam import Curation, Lineage, Masks, Project, Settings, Stack
from tracksam.errors import InvalidInputError
from tracksam.io.ctc import write_ctc as written_ctc
from tracksam.io.project import SUFFIX
from tracksam.io.rows import lineage_of_masks
from tracksam.pipeline.export import Result
from tracksam.pipeline.export import write_run as written_run

Layers = list[tuple[Any, dict[str, Any], str]]


def write_ctc(path: str, layers: Layers) -> list[str]:
    """Write a Labels layer, and a Tracks layer where there is one, as a CTC folder."""
    masks, lineage = result_of(layers)
    written_ctc(masks, lineage, Path(path))
    return [path]


def write_run(path: str, layers: Layers) -> list[str]:
    """Write image, Labels and Tracks layers as a run folder, with all measurements."""
    masks, lineage = result_of(layers)
    written_run(Result(movie_of(layers), Curation(lineage, masks), Settings()), Path(path))
    return [path]


def write_project(path: str, layers: Layers) -> list[str]:
    """Write image, Labels and Tracks layers as a project, to be corrected later."""
    masks, lineage = result_of(layers)
    stack = movie_of(layers)
    folder = Path(path) if path.endswith(SUFFIX) else Path(path + SUFFIX)
    with Project.create(folder, stack) as project:
        project.keep_movie(stack)
        project.fill(masks, lineage, "Save layers as a project")
    return [str(folder)]


def result_of(layers: Layers) -> tuple[Masks, Lineage]:
    """Return masks and tracks of layers.

    Raises
    ------
    InvalidInputError
        There is not one Labels layer, it is not 2-D + time, or the Tracks do not fit it.
    """
    found = [(data, look) for data, look, kind in layers if kind == "labels"]
    if len(found) != 1 or np.ndim(found[0][0]) != 3:
        raise InvalidInputError("select one Labels layer of three axes: time, row, column.")
    masks = Masks.from_array(found[0][0])
    tracks = [(data, look) for data, look, kind in layers if kind == "tracks"]
    lineage = _lineage(*tracks[0]) if tracks else lineage_of_masks(masks)
    for frame, labels_yx in enumerate(masks):
        there = np.unique(labels_yx[labels_yx > 0]).tolist()
        if there != sorted(lineage.track_id[lineage.frame == frame].tolist()):
            raise InvalidInputError(
                f"the Tracks layer does not fit the Labels layer: in frame {frame} they have "
                "different ids; select the two that belong together."
            )
    return masks, lineage


def movie_of(layers: Layers) -> Stack:
    """Return the movie of image layers, one a channel.

    Raises
    ------
    InvalidInputError
        There is none, or it is not 2-D + time.
    """
    found = [(data, look) for data, look, kind in layers if kind == "image"]
    shapes = {np.shape(data) for data, _ in found}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise InvalidInputError(
            f"select image layers of one shape (time, row, column); got {sorted(shapes)}."
        )
    scale, units = found[0][1].get("scale", (1, 1, 1)), found[0][1].get("units", ())
    in_um = [str(unit) for unit in units][-2:] == ["micrometer"] * 2
    size = float(scale[-1]) if in_um and scale[-1] == scale[-2] else None
    source = LayerFrames(tuple(data for data, _ in found))
    names = tuple(str(look["name"]) for _, look in found)
    return Stack(source, names, pixel_size_um=size, name=names[0])


def _lineage(rows: NDArray[Any], look: dict[str, Any]) -> Lineage:
    rows = np.asarray(rows)
    if rows.shape[1] != 4:
        raise InvalidInputError(f"Tracks of 2-D + time have four columns, got {rows.shape[1]}.")
    parents = {int(c): [int(p) for p in np.atleast_1d(m)] for c, m in look.get("graph", {}).items()}
    merged = [child for child, mothers in parents.items() if len(mothers) != 1]
    if merged:
        raise InvalidInputError(f"track {merged[0]} has several mothers; cells do not merge.")
    return Lineage(
        rows[:, 0],
        rows[:, 1],
        rows[:, 2:],
        parents={child: mothers[0] for child, mothers in parents.items()},
    )
