"""Lags: sums over all pairs of rows of a track that are so many frames apart.

All tracks go through together, a lag at a time. Gaps need no care: only pairs of rows that are
there count, whatever lies between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field
from tracksam.columns import LAG_COLUMNS, Calibration, filled, present
from tracksam.lineage import Lineage

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Measure = Callable[[Floats, Floats], Floats]

MAX_LAG = 50


@attrs.frozen
class LagSums:
    """Sums over pairs of rows of one track that are a lag apart.

    Parameters
    ----------
    track_id : array of int, shape (N,)
        Ascending.
    total : array of float, shape (N, L)
        Sum of the quantity over all pairs; column 0 is the lag of 1 frame.
    count : array of int, shape (N, L)
        Number of pairs.
    """

    track_id: Ints = array_field(np.int64, None)
    total: Floats = array_field(np.float64, None, None)
    count: Ints = array_field(np.int64, None, None)

    @property
    def per_track(self) -> Floats:
        """Mean of each track at each lag, shape (N, L); NaN without a pair."""
        return self.total / np.where(self.count > 0, self.count, np.nan)

    @property
    def of_all(self) -> Floats:
        """Mean over all pairs of all tracks at each lag, shape (L,); NaN without a pair."""
        count = self.count.sum(axis=0)
        total: Floats = self.total.sum(axis=0)
        return total / np.where(count > 0, count, np.nan)


def squared_displacements(lineage: Lineage, max_lag: int = MAX_LAG) -> LagSums:
    """Return the squared displacements of every track, by lag: its MSD.

    Parameters
    ----------
    lineage : Lineage
        Rows that were filled in are left out.
    max_lag : int
        Longest lag in frames.

    Returns
    -------
    LagSums
        In square pixels; a row for every track of the lineage.

    Examples
    --------
    >>> lineage = Lineage([1, 1, 1], [0, 1, 3], [[0, 0], [0, 1], [0, 3]])
    >>> squared_displacements(lineage, max_lag=3).per_track
    array([[1., 4., 9.]])
    """
    seen = ~lineage.is_interpolated
    rows = _Rows.of(lineage.track_ids, lineage.track_id[seen], lineage.frame[seen])
    return rows.pairs(lineage.yx[seen], max_lag, _squared_distance)


def direction_cosines(lineage: Lineage, max_lag: int = MAX_LAG) -> LagSums:
    """Return the cosine between steps, by lag: the directional autocorrelation.

    Parameters
    ----------
    lineage : Lineage
        Rows that were filled in are left out, and steps across gaps.
    max_lag : int
        Longest lag in frames.

    Returns
    -------
    LagSums
        1: same direction, 0: none in common, -1: back. A row for every track of the lineage.
    """
    seen = ~lineage.is_interpolated
    track_id, frame, yx = lineage.track_id[seen], lineage.frame[seen], lineage.yx[seen]
    follows = (np.diff(track_id) == 0) & (np.diff(frame) == 1)
    step_yx = np.diff(yx, axis=0)[follows]
    length = np.hypot(*step_yx.T)
    moves = length > 0
    direction_yx = step_yx[moves] / length[moves, None]
    after = np.flatnonzero(follows)[moves] + 1
    rows = _Rows.of(lineage.track_ids, track_id[after], frame[after])
    return rows.pairs(direction_yx, max_lag, _cosine)


def lag_table(
    lineage: Lineage,
    calibration: Calibration | None = None,
    squared: LagSums | None = None,
) -> pd.DataFrame:
    """Return the table with a row for each track and lag.

    Parameters
    ----------
    lineage : Lineage
        Rows that were filled in are left out.
    calibration : Calibration, optional
        Default: not calibrated.
    squared : LagSums, optional
        What `squared_displacements` gives for this lineage, where it is known already.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.LAG_COLUMNS`, by track and lag; lags up to 50 frames for which
        the track has pairs.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    squared = squared_displacements(lineage) if squared is None else squared
    cosines = direction_cosines(lineage)
    track, lag = np.nonzero(squared.count)
    values = {
        "track_id": squared.track_id[track],
        "lag_frames": lag + 1,
        "n_pairs": squared.count[track, lag],
        "msd_px2": squared.per_track[track, lag],
        "direction_correlation": cosines.per_track[track, lag],
    }
    return pd.DataFrame(filled(present(LAG_COLUMNS, calibration), values, calibration))


def _squared_distance(a_yx: Floats, b_yx: Floats) -> Floats:
    total: Floats = ((b_yx - a_yx) ** 2).sum(axis=1)
    return total


def _cosine(a_yx: Floats, b_yx: Floats) -> Floats:
    total: Floats = (a_yx * b_yx).sum(axis=1)
    return total


@attrs.frozen(eq=False)
class _Rows:
    """Rows of all tracks, found again by track and frame in one search."""

    track_id: Ints
    track: Ints
    key: Ints
    stride: int

    @classmethod
    def of(cls, all_ids: Ints, track_id: Ints, frame: Ints) -> _Rows:
        track = np.searchsorted(all_ids, track_id)
        stride = int(frame.max(initial=0)) + 1
        # Twice the stride: a lag past the end of one track never meets the next one.
        return cls(all_ids, track, track * 2 * stride + frame, stride)

    def pairs(self, values: Floats, max_lag: int, measure: Measure) -> LagSums:
        n = len(self.track_id)
        total, count = np.zeros((n, max_lag)), np.zeros((n, max_lag), np.int64)
        for lag in range(1, min(max_lag, self.stride - 1) + 1):
            found = np.minimum(np.searchsorted(self.key, self.key + lag), len(self.key) - 1)
            a = np.flatnonzero(self.key[found] == self.key + lag)
            measured = measure(values[a], values[found[a]])
            total[:, lag - 1] = np.bincount(self.track[a], measured, minlength=n)
            count[:, lag - 1] = np.bincount(self.track[a], minlength=n)
        return LagSums(self.track_id, total, count)
