"""Sample movies for napari's File menu: those of a checkout, else simulated on the spot."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import tracksam
from napari_tracksam.layers import LayerData, image_layers, labels_layer, tracks_layer

FOLDER = Path(tracksam.__file__).parents[1] / "sample_data"


def nuclei() -> list[LayerData]:
    """Return a movie of fluorescent nuclei that move and divide."""
    return image_layers(movie("nuclei"))


def phase() -> list[LayerData]:
    """Return a phase-contrast movie of spread cells."""
    return image_layers(movie("phase"))


def simulated(style: str) -> list[LayerData]:
    """Return a movie simulated in a style of ours, with its true masks and tracks."""
    from tracksam.simulate.movie import MovieSettings
    from tracksam.simulate.movie import movie as simulated_movie

    made = simulated_movie(MovieSettings(style=style))
    size = made.stack.pixel_size_um
    return [
        *image_layers(made.stack),
        labels_layer(made.masks, "true", size),
        tracks_layer(made.lineage, "true", size),
    ]


fluorescence = partial(simulated, "fluorescence")
cytoplasm = partial(simulated, "cytoplasm")
membrane = partial(simulated, "membrane")
brightfield = partial(simulated, "brightfield")
dic = partial(simulated, "dic")
stained = partial(simulated, "stained")
rims = partial(simulated, "rims")
simulated_nuclei = partial(simulated, "nuclei")
simulated_phase = partial(simulated, "phase")


def movie(name: str) -> tracksam.Stack:
    """Return a sample movie; where its file is not there, the same movie simulated again."""
    path = FOLDER / f"{name}.tif"
    if path.is_file():
        return tracksam.read_movie(path)
    from tracksam.simulate.samples import sample

    return sample(name).stack
