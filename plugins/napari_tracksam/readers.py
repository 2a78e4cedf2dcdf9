"""Run folders, and results and truth of the Cell Tracking Challenge, as layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from napari_tracksam.layers import LayerData, labels_layer, tracks_layer
from tracksam import Lineage, Masks
from tracksam.errors import ReadError
from tracksam.io.ctc import TRACK_FILES, read_ctc
from tracksam.io.run import RunFolder

INSIDE = ("masks", "TRA")
"""Folders of masks in a run, and in the truth of the challenge."""
RUN_FILES = ("run.json", "cells.csv", "tracks.csv")
Reader = Callable[[str | Sequence[str]], list[LayerData]]


def get_reader(path: str | Sequence[str]) -> Reader | None:
    """Return the reader of a run folder, or None where `path` is none.

    A run folder is named by itself, by the folder of its masks, or by its table of tracks.
    """
    if not isinstance(path, str) or run_folder(Path(path)) is None:
        return None
    return read_run


def run_folder(path: Path) -> Path | None:
    """Return the run folder that a path stands for, or None."""
    if path.name in TRACK_FILES and path.is_file():
        path = path.parent
    if _has_tracks(path):
        return path.parent if path.name in INSIDE else path
    return path if any(_has_tracks(path / name) for name in INSIDE) else None


def _has_tracks(folder: Path) -> bool:
    return any((folder / name).is_file() for name in TRACK_FILES)


def read_run(path: str | Sequence[str]) -> list[LayerData]:
    """Return a run's masks, and its tracks where it has some."""
    folder = run_folder(Path(str(path)))
    if folder is None:
        raise ReadError(f"{path} is no run folder: it has no {' or '.join(TRACK_FILES)}.")
    masks, lineage, pixel_size_um = result(folder)
    layers = [labels_layer(masks, folder.name, pixel_size_um)]
    if len(lineage):
        layers.append(tracks_layer(lineage, folder.name, pixel_size_um))
    return layers


def result(folder: Path) -> tuple[Masks, Lineage, float | None]:
    """Return masks, lineage and pixel size of a run, or of any result in the challenge's form."""
    if all((folder / name).is_file() for name in RUN_FILES):
        run = RunFolder.open(folder)
        return run.masks, run.lineage, run.record.input.pixel_size_um
    return (*read_ctc(folder), None)
