"""Rule: what one whole object looks like."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALLEST, LARGEST = 0.6, 1.5
"""Diameters between which a piece is of typical size, in typical diameters."""
SIZE_TOLERANCE = 0.35
"""Fall-off beyond those, in units of the logarithm of the diameter."""
CUT_OFF = 0.3
"""How much a small size counts against a piece that the border of the frame cuts."""


@attrs.frozen
class Rule:
    """What one whole object looks like.

    Parameters
    ----------
    least_solidity, full_solidity : float
        Share of its convex hull at which a piece can not be one object, and at which it well may.
    shrinkage_cost : float
        What is lost by choosing pieces of a piece: their share of its area, to this power.
    trust : float
        Share of clear pieces of perfect quality that are right, measured on labelled stills.
    """

    least_solidity: float
    full_solidity: float
    shrinkage_cost: float
    trust: float

    def quality(
        self,
        solidity: ArrayLike,
        area_px: ArrayLike,
        on_border: ArrayLike,
        diameter_px: float | None,
    ) -> NDArray[np.float64]:
        """Return how much pieces look like one whole object each, 0 to 1.

        Parameters
        ----------
        solidity, area_px, on_border : array_like, shape (N,)
            Of each piece. Pieces at the border of the frame may be small.
        diameter_px : float or None
            Typical diameter; None: any size is as good.

        Returns
        -------
        ndarray of float64, shape (N,)
            1 for a convex piece of typical size.
        """
        reach = self.full_solidity - self.least_solidity
        convex = np.clip((np.asarray(solidity) - self.least_solidity) / reach, 0, 1)
        if diameter_px is None:
            return np.asarray(convex, np.float64)
        logs = np.log(diameters(area_px) / diameter_px)
        too_small = np.maximum(np.log(SMALLEST) - logs, 0)
        too_large = np.maximum(logs - np.log(LARGEST), 0)
        off = too_large + np.where(on_border, CUT_OFF, 1.0) * too_small
        return np.asarray(convex * np.exp(-0.5 * (off / SIZE_TOLERANCE) ** 2), np.float64)


NUCLEI = Rule(least_solidity=0.75, full_solidity=0.95, shrinkage_cost=0.25, trust=1.0)
"""Smooth convex bodies: what stands out to one side."""
BODIES = Rule(least_solidity=0.5, full_solidity=0.85, shrinkage_cost=1.0, trust=0.5)
"""Textured bodies with corners and processes: what stands out to both sides."""


def diameters(area_px: ArrayLike) -> NDArray[np.float64]:
    """Return the diameters of discs of given areas.

    Parameters
    ----------
    area_px : array_like
        Areas.

    Returns
    -------
    ndarray of float64
        Of the same shape.
    """
    return np.asarray(2 * np.sqrt(np.asarray(area_px, np.float64) / np.pi))
