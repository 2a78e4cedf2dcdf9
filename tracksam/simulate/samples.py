"""The two sample movies that come with the source, and the clicks that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from tracksam.errors import InvalidInputError
from tracksam.prompts import Prompts
from tracksam.simulate.fluorescence import Nuclei
from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie
from tracksam.simulate.styles import Style
from tracksam.simulate.transmitted import Body, Phase

_NUCLEI = MovieSettings(
    style="nuclei",
    form="nucleus",
    n_frames=24,
    n_cells=16,
    diameter_px=22.0,
    seed=6,
    speed_px=1.2,
    division_rate=0.012,
    noise=0.004,
    uneven_light=0.15,
    dirt=0.3,
    bits=12,
    pixel_size_um=0.65,
    frame_interval_s=600.0,
)
_PHASE = MovieSettings(
    style="phase",
    form="adherent",
    n_frames=20,
    n_cells=11,
    diameter_px=40.0,
    seed=15,
    speed_px=1.5,
    division_rate=0.012,
    shape_change=0.05,
    noise=0.007,
    uneven_light=0.12,
    dirt=0.6,
    bits=8,
    pixel_size_um=1.3,
    frame_interval_s=900.0,
)
_PHASE_BODY = Body(
    lamella=0.3,
    hump=0.35,
    ball=4.5,
    texture=0.15,
    granules=0.25,
    vesicles=0.2,
    nucleus=0.06,
    nucleoli=0.25,
    ruffle=0.08,
    slope=0.12,
    grain=0.8,
)
_MOVIES: Mapping[str, tuple[MovieSettings, Style]] = MappingProxyType(
    {
        "nuclei": (_NUCLEI, Nuclei(chromatin=0.22, nucleoli=0.4, blur_px=0.8, background=0.04)),
        "phase": (_PHASE, Phase(_PHASE_BODY, halo_px=7.0, ring=0.5)),
    }
)

SAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "nuclei": "fluorescent nuclei that move, divide, enter and leave",
        "phase": "adherent cells in phase contrast that crawl, round up and divide",
    }
)


def sample(name: str) -> SimulatedMovie:
    """Return a sample movie.

    Parameters
    ----------
    name : str
        A key of `SAMPLES`.

    Returns
    -------
    SimulatedMovie

    Raises
    ------
    InvalidInputError
        There is no such sample.
    """
    if name not in SAMPLES:
        raise InvalidInputError(f"the sample must be one of {', '.join(SAMPLES)}; got {name!r}.")
    settings, look = _MOVIES[name]
    return movie(settings, look)


def clicks(made: SimulatedMovie, n: int = 5) -> Prompts:
    """Return one click inside each of the largest cells of frame 0.

    Parameters
    ----------
    made : SimulatedMovie
    n : int
        How many cells; fewer where the frame shows fewer.

    Returns
    -------
    Prompts
        Positive points on whole pixels, inside their masks, numbered by track id.
    """
    labels_yx = made.masks.frame(0)
    area = np.bincount(labels_yx.ravel())
    area[0] = 0
    largest = [i for i in np.argsort(-area, kind="stable")[:n].tolist() if area[i] > 0]
    places = []
    for track_id in sorted(largest):
        pixels = np.argwhere(labels_yx == track_id)
        distance = ((pixels - pixels.mean(0)) ** 2).sum(1)
        places.append(pixels[np.argmin(distance)])
    return Prompts(
        object_id=np.array(sorted(largest), np.int64),
        frame=np.zeros(len(places), np.int64),
        yx=np.array(places, float).reshape(-1, 2),
    )
