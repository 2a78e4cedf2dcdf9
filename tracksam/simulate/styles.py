"""Styles of microscopy: what cells look like in each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.simulate.camera import Camera, photograph
from tracksam.simulate.canvas import Labels
from tracksam.simulate.clutter import clutter
from tracksam.simulate.fluorescence import Cytoplasm, Membrane, Nuclei, Stained
from tracksam.simulate.looks import Image, Look
from tracksam.simulate.material import Cells, Material
from tracksam.simulate.optics import blurred
from tracksam.simulate.rims import Rims
from tracksam.simulate.surroundings import Surroundings, fibres, surroundings
from tracksam.simulate.transmitted import Brightfield, Dic, Phase


class Style(Protocol):
    """One way of seeing cells, with its free parameters chosen."""

    def image(self, material: Material, around: Surroundings) -> Image:
        """Return the perfect image, shape (Y, X), as `Look.image` does.

        Parameters
        ----------
        material : Material
        around : Surroundings
        """
        ...


STYLES: Mapping[str, tuple[type[Look], ...]] = MappingProxyType(
    {
        "fluorescence": (Nuclei, Nuclei, Cytoplasm),
        "nuclei": (Nuclei,),
        "cytoplasm": (Cytoplasm,),
        "phase": (Phase,),
        "brightfield": (Brightfield,),
        "dic": (Dic,),
        "membrane": (Membrane,),
        "stained": (Stained,),
        "rims": (Rims,),
    }
)

WITH_FIBRES = ("phase", "dic", "brightfield")
WITH_CLUTTER = (*WITH_FIBRES, "rims")
WITH_DIM_CELLS = ("nuclei", "cytoplasm")


def random_style(name: str, rng: np.random.Generator, radius_px: float) -> Style:
    """Return a style with random parameters.

    Parameters
    ----------
    name : str
        A key of `STYLES`; some names stand for several styles, of which one is drawn.
    rng : Generator
    radius_px : float
        Typical radius of a cell, to which halos and edges are scaled.

    Returns
    -------
    Style

    Raises
    ------
    InvalidInputError
        There is no such style.
    """
    if name not in STYLES:
        raise InvalidInputError(f"the style must be one of {', '.join(STYLES)}; got {name!r}.")
    choices = STYLES[name]
    return choices[int(rng.integers(len(choices)))].random(rng, radius_px)


def render(
    labels_yx: Labels, style: str, rng: np.random.Generator, camera: Camera | None = None
) -> Image:
    """Return an image of the cells of a label image.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background. May be empty of cells.
    style : str
        A key of `STYLES`.
    rng : Generator
        Everything that is not in the labels is drawn from it.
    camera : Camera, optional
        Default: any.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Grey values, whole numbers from 0 to 2**bits - 1 of the camera.
    """
    cells = Cells.of_labels(labels_yx, rng)
    if style in WITH_DIM_CELLS and rng.random() < 0.25:
        cells = attrs.evolve(cells, brightness=cells.brightness * _dimming(len(cells), rng))
    radius = float(np.sqrt(np.median(cells.axes.prod(1)))) if len(cells) else 15.0
    look = random_style(style, rng, radius)
    around = surroundings((labels_yx.shape[0], labels_yx.shape[1]), radius, rng)
    if style in WITH_FIBRES and rng.random() < 0.4:
        threads = rng.uniform(0.1, 0.6) * fibres(labels_yx, radius, rng)
        around = attrs.evolve(around, debris_yx=around.debris_yx + blurred(threads, 0.5))
    if style in WITH_CLUTTER and rng.random() < 0.25:
        behind = clutter((labels_yx.shape[0], labels_yx.shape[1]), radius, rng)
        around = attrs.evolve(around, rings_yx=around.rings_yx + behind)
    image_yx = look.image(Material.of(labels_yx, cells), around)
    if camera is None:
        camera = Camera.random(rng, *_range(image_yx, rng))
    return photograph(image_yx, camera, rng)


def _dimming(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how much of its light each cell keeps: a few keep 3 to 30 %, the others all."""
    is_dim = rng.random(count) < rng.uniform(0.05, 0.4)
    return np.where(is_dim, np.exp(rng.uniform(np.log(0.03), np.log(0.3), count)), 1.0)


def _range(image_yx: Image, rng: np.random.Generator) -> tuple[float, float]:
    """Return the intensities between which a microscopist would set the exposure."""
    thinned = image_yx[::2, ::2]
    clipped = rng.choice([0.05, 0.3, 2.0])
    dark, bright = np.percentile(thinned, [clipped, 100 - clipped]).tolist()
    return dark, max(bright, dark + 0.05)
