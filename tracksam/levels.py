"""Levels: how many pixels of a frame have each value, from which much is told without sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

_MOST_BYTES = 2
"""Of a value, for values to be counted: there are no more than 65,536 then."""


@attrs.frozen(eq=False)
class Levels:
    """How many pixels of a frame have each value.

    Parameters
    ----------
    count : array of int, shape (V,)
        Pixels with the values 0 to V - 1; some have the last one.
    """

    count: NDArray[np.int64]

    @classmethod
    def of(cls, image_yxc: NDArray[Any]) -> Levels | None:
        """Return the levels of a frame of one channel of unsigned bytes or pairs of bytes.

        None for any other frame, and for one without pixels.
        """
        is_counted = image_yxc.dtype.kind == "u" and image_yxc.dtype.itemsize <= _MOST_BYTES
        if not is_counted or image_yxc.shape[2] != 1 or not image_yxc.size:
            return None
        return cls(np.bincount(image_yxc.ravel()))

    @property
    def limits(self) -> tuple[int, int]:
        """Lowest and highest value."""
        return int(np.flatnonzero(self.count)[0]), len(self.count) - 1

    @property
    def deviation(self) -> float:
        """Standard deviation."""
        # Not a product of matrices: its last bits depend on how many threads there are.
        value = np.arange(len(self.count))
        mean = (self.count * value).sum() / self.count.sum()
        return float(np.sqrt((self.count * (value - mean) ** 2).sum() / self.count.sum()))

    def percentiles(self, shares: Sequence[float]) -> NDArray[np.float64]:
        """Return percentiles, with straight lines between values as NumPy draws them.

        Parameters
        ----------
        shares : sequence of float
            0 to 100.
        """
        up_to = np.cumsum(self.count)
        place = (up_to[-1] - 1) * (np.asarray(shares, np.float64) / 100)
        before = np.floor(place)
        low = np.searchsorted(up_to, before, side="right")
        high = np.searchsorted(up_to, np.minimum(before + 1, up_to[-1] - 1), side="right")
        part = place - before
        between = low + (high - low) * part
        return np.asarray(np.where(part >= 0.5, high - (high - low) * (1 - part), between))
