"""Sample movies for napari's File menu: those of a checkout, else simulated on the spot."""

from __future__ import annotations

from pathlib import Path

import tracksam
from napari_tracksam.layers import LayerData, image_layers

FOLDER = Path(tracksam.__file__).parents[1] / "sample_data"


def nuclei() -> list[LayerData]:
    """Return a movie of fluorescent nuclei that move and divide."""
    return image_layers(movie("nuclei"))


def phase() -> list[LayerData]:
    """Return a phase-contrast movie of spread cells."""
    return image_layers(movie("phase"))


def movie(name: str) -> tracksam.Stack:
    """Return a sample movie; where its file is not there, the same movie simulated again."""
    path = FOLDER / f"{name}.tif"
    if path.is_file():
        return tracksam.read_movie(path)
    from tracksam.simulate.samples import sample

    return sample(name).stack
