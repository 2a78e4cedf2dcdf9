"""What all styles of microscopy have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.material import Material
from tracksam.simulate.surroundings import Surroundings

Image = NDArray[np.float32]


class Look(ABC):
    """One way of seeing cells, with its free parameters chosen."""

    @classmethod
    def random(cls, rng: np.random.Generator, radius_px: float) -> Self:
        """Return the look with parameters as they vary between microscopes and cell types.

        Parameters
        ----------
        rng : Generator
        radius_px : float
            Typical radius of a cell.
        """
        return cls._drawn(rng, radius_px)

    def image(self, material: Material, around: Surroundings) -> Image:
        """Return the perfect image.

        Parameters
        ----------
        material : Material
            The cells.
        around : Surroundings
            What is no cell.

        Returns
        -------
        ndarray of float32, shape (Y, X)
            1 is a typical cell where cells shine, the background where light passes through them.
        """
        return self._seen(material, around)

    @classmethod
    @abstractmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self: ...

    @abstractmethod
    def _seen(self, material: Material, around: Surroundings) -> Image: ...


def or_usual(rng: np.random.Generator, usual: float, low: float, high: float) -> float:
    """Return the usual value, or as often one between two bounds.

    Parameters
    ----------
    rng : Generator
    usual, low, high : float
        The value, and the bounds.
    """
    return float(rng.choice([usual, rng.uniform(low, high)]))
