"""Synthetic movies with complete truth: the source of samples, tests and training images."""

from tracksam.simulate.backward import backward
from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie
from tracksam.simulate.samples import SAMPLES, sample
from tracksam.simulate.situations import SITUATIONS, situation
from tracksam.simulate.stills import still
from tracksam.simulate.styles import STYLES

__all__ = [
    "SAMPLES",
    "SITUATIONS",
    "STYLES",
    "MovieSettings",
    "SimulatedMovie",
    "backward",
    "movie",
    "sample",
    "situation",
    "still",
]
