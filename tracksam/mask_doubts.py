"""Doubtful masks: which ones the segmenter itself hardly believes, and what their size tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage

if TYPE_CHECKING:
    import pandas as pd

DOUBTFUL_SHARE = 0.5
"""A mask is doubtful below this share of the movie's median `Lineage.mask_confidence`.

Of a good segmenter's masks the median is near 1, so that these are the ones that it holds for
wrong rather than right. The bar is lower than that of links: a mask that is some pixels off spoils
a row, a wrong link all that comes after it. And it is a share, because some back ends give no mask
more than a half: where all are unsure, a list of all of them would not tell where to look.
"""

ODD_AREA = 1.5
"""An area this many times the track's median, or the median this many times it, is told."""

RAGGED = 0.05
"""A solidity this much below the track's median is told."""


@attrs.frozen
class MaskRun:
    """Doubtful masks of one track in frames that follow each other.

    Parameters
    ----------
    start, stop : int
        Its rows of the lineage are those from `start` to before `stop`.
    worst : int
        The row with the lowest confidence, the first of equals.
    """

    start: int
    stop: int
    worst: int


def mask_runs(lineage: Lineage) -> Iterator[MaskRun]:
    """Yield the places where masks are doubtful.

    Parameters
    ----------
    lineage : Lineage
        Masks that were filled in are not doubtful: the link that they bridge is.

    Yields
    ------
    MaskRun
        By track and frame. Each doubtful mask is in one; a faulty outline mostly stays for some
        frames, and is one thing to look at.

    Examples
    --------
    >>> lineage = Lineage([1] * 5, range(5), [[0, 0]] * 5, mask_confidence=[0.9, 0.4, 0.1, 1, 1])
    >>> list(mask_runs(lineage))
    [MaskRun(start=1, stop=3, worst=2)]
    """
    sure = lineage.mask_confidence
    judged = sure[~lineage.is_interpolated]
    if not len(judged):
        return
    rows = np.flatnonzero(np.nan_to_num(sure, nan=1.0) < DOUBTFUL_SHARE * np.median(judged))
    new_track = np.diff(lineage.track_id[rows]) != 0
    breaks = np.flatnonzero(new_track | (np.diff(lineage.frame[rows]) != 1)) + 1
    for run in np.split(rows, breaks):
        if len(run):
            worst = int(run[np.argmin(sure[run])])
            yield MaskRun(int(run[0]), int(run[-1]) + 1, worst)


@attrs.frozen(eq=False)
class MaskShapes:
    """Areas and outlines of masks; made by `of`.

    Parameters
    ----------
    track_id, frame : ndarray of int, shape (K,)
        Sorted by track and frame.
    area_px : ndarray of float, shape (K,)
        In pixels.
    touches_border : ndarray of bool, shape (K,)
        Whether the mask reaches the border of the frame.
    solidity : ndarray of float, shape (K,)
        Area over the area of the convex hull.
    """

    track_id: NDArray[np.int64]
    frame: NDArray[np.int64]
    area_px: NDArray[np.float64]
    touches_border: NDArray[np.bool_]
    solidity: NDArray[np.float64]

    @classmethod
    def of(cls, cells: pd.DataFrame) -> Self | None:
        """Return what a table of cells knows; None if it lacks a column of that name.

        Parameters
        ----------
        cells : pandas.DataFrame
            In any order of rows.
        """
        names = [field.name for field in attrs.fields(cls)]
        if not set(names) <= set(cells):
            return None
        ordered = cells[names].sort_values(["track_id", "frame"])
        return cls(*(ordered[name].to_numpy() for name in names))

    def told(self, track_id: int, frame: int) -> list[str]:
        """Return in words what is odd about a mask.

        Parameters
        ----------
        track_id, frame : int
            Which mask.

        Returns
        -------
        list of str
            Empty for a mask that is not in the table.
        """
        rows = self._rows(track_id)
        at = np.flatnonzero(self.frame[rows] == frame)
        if not len(at):
            return []
        row = rows.start + int(at[0])
        area, usual = float(self.area_px[row]), float(np.median(self.area_px[rows]))
        words = []
        if not usual / ODD_AREA < area < usual * ODD_AREA:
            words.append(f"its area is {area:.0f} px, the track's median {usual:.0f}")
        full, mostly = float(self.solidity[row]), float(np.median(self.solidity[rows]))
        if full < mostly - RAGGED:
            share, usually = f"{100 * full:.0f} %", f"{100 * mostly:.0f} %"
            words.append(f"it fills {share} of its convex hull, the track's median {usually}")
        if self.touches_border[row]:
            words.append("it reaches the border of the frame")
        return words

    def diameter_px(self, track_id: int) -> float:
        """Return the diameter of a circle with the track's median area; 0 for no track.

        Parameters
        ----------
        track_id : int
            Which track.
        """
        areas = self.area_px[self._rows(track_id)]
        return float(2 * np.sqrt(np.median(areas) / np.pi)) if len(areas) else 0.0

    def _rows(self, track_id: int) -> slice:
        start, stop = np.searchsorted(self.track_id, [track_id, track_id + 1])
        return slice(int(start), int(stop))
