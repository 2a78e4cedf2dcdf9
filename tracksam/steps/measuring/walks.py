"""Walks: what models of motion make of a track's mean squared displacement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.lags import LagSums

Floats = NDArray[np.float64]
Values = dict[str, NDArray[Any]]

MIN_ROWS = 10
TURNS_BY_CHANCE = 1.645
"""Standard deviations by which a free walk's mean cosine of turns passes zero once in twenty."""


def fits(msd: LagSums, turns: LagSums) -> Values:
    """Return what models of motion make of each track's mean squared displacement.

    Parameters
    ----------
    msd : LagSums
        Of `squared_displacements`.
    turns : LagSums
        Of `direction_cosines`; the lag of 1 frame is enough.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        `diffusion_px2_per_frame` D: MSD = 4 D t; `alpha`: MSD ~ t^alpha; `persistence_frames` P
        and `persistent_speed_px_per_frame` S of Fürth's persistent walk,
        MSD = 2 S^2 P (t - P (1 - exp(-t/P))) (Fürth 1920). NaN for tracks with fewer than 10 rows,
        and where P is not resolved: shorter than a quarter of a frame, longer than the lags, or of
        a track that turns as a free walk may.

    Notes
    -----
    Each track's lags reach to a quarter of it (for Fürth's walk to a half), and at most to 50
    frames. Weights are the inverse variances of the mean squared displacement of a free walk, in
    which long lags weigh little (Michalet 2010). A curve alone does not tell a persistent walk
    from a free one: a quarter of all free walks bend as if they persisted. So the turns must speak
    for it too. The cosine of a free walk's turn has mean 0 and variance 1/2.
    """
    lag = np.arange(1, msd.total.shape[1] + 1)
    span = (msd.count > 0).sum(axis=1) + 1
    mean, long = np.nan_to_num(msd.per_track), (msd.count[:, :1] + 1 >= MIN_ROWS)
    used = long & (lag <= np.maximum(span // 4, 3)[:, None]) & (mean > 0)
    weight = np.where(used, msd.count / lag**3, 0)
    diffusion = _ratio((weight * mean * lag).sum(axis=1), 4 * (weight * lag**2).sum(axis=1))
    slope = _slope(np.log(lag), np.log(np.where(used, mean, 1)), weight * lag**2)
    usable = long & (lag <= np.maximum(span // 2, 3)[:, None]) & (mean > 0)
    persistence, speed = _persistent(mean, np.where(usable, msd.count / lag, 0))
    persists = turns.total[:, 0] > TURNS_BY_CHANCE * np.sqrt(turns.count[:, 0] / 2)
    return {
        "diffusion_px2_per_frame": diffusion,
        "alpha": slope,
        "persistence_frames": np.where(persists, persistence, np.nan),
        "persistent_speed_px_per_frame": np.where(persists, speed, np.nan),
    }


def _ratio(above: Floats, below: Floats) -> Floats:
    return above / np.where(below > 0, below, np.nan)


def _slope(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Slope of a weighted line through each row of y."""
    total = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), np.nan)[:, None]
    off_x = x - (weight * x).sum(axis=1, keepdims=True) / total
    off_y = y - (weight * y).sum(axis=1, keepdims=True) / total
    return _ratio((weight * off_x * off_y).sum(axis=1), (weight * off_x**2).sum(axis=1))


def _persistent(mean: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Fit Fürth's walk: for each of many P the best S is known, and the best P is looked up."""
    lag = np.arange(1, mean.shape[1] + 1)
    tried = np.geomspace(0.25, 2 * mean.shape[1], 160)[:, None]
    curve = 2 * tried * (lag - tried * (1 - np.exp(-lag / tried)))
    relative = weight / np.where(weight > 0, mean, 1) ** 2
    with_data = (relative * mean) @ curve.T
    with_itself = relative @ (curve**2).T
    explained = with_data**2 / np.where(with_itself > 0, with_itself, np.nan)
    best = np.argmax(np.nan_to_num(explained, nan=-1.0), axis=1)
    longest = lag[-1] - np.argmax(weight[:, ::-1] > 0, axis=1)
    persistence = tried[best, 0]
    resolved = (best > 0) & (persistence < longest) & (weight.sum(axis=1) > 0)
    squared = (
        np.take_along_axis(with_data, best[:, None], 1)[:, 0]
        / np.take_along_axis(np.where(with_itself > 0, with_itself, np.nan), best[:, None], 1)[:, 0]
    )
    return (
        np.where(resolved, persistence, np.nan),
        np.where(resolved, np.sqrt(np.maximum(squared, 0)), np.nan),
    )
