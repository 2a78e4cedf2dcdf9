"""Sample movies for napari's File menu: those of a checkout, else simulated on the spot."""

from __future__ import annotations

from pathlib import Path

import tracksam
from napari_tracksam.layers import LayerData, image_layers

FOLDER = Path(tracksam.__file__).parents[1] / "sample_data"


def nuclei() -> list[LayerData]:
    """Return a movie of fluorescent nuclei that move and divide."""
    return image_layers(sample("nuclei", style="nuclei", form="nucleus"))


def phase() -> list[LayerData]:
    """Return a phase-contrast movie of spread cells."""
    return image_layers(sample("phase", style="phase", form="adherent"))


def sample(name: str, style: str, form: str) -> tracksam.Stack:
    """Return a sample movie, or a simulated one of its kind where the file is not there."""
    path = FOLDER / f"{name}.tif"
    if path.is_file():
        return tracksam.read_movie(path)
    from tracksam.simulate.movie import MovieSettings, movie

    return movie(MovieSettings(style=style, form=form)).stack
