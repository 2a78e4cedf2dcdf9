"""Motility: how cells move, step by step and over whole tracks.

Gaps are never bridged in silence. A step across a gap is one step whose time is that of the gap;
turning angles take only steps from frame to frame; mean squared displacements take all pairs of
rows that are a lag apart, whatever lies between. Measures of whole tracks leave out rows that were
filled in, because their positions are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field
from tracksam.lineage import Lineage

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Values = dict[str, NDArray[Any]]
Measure = Callable[[Floats, Floats], Floats]

MIN_ROWS_OF_A_FIT = 10
MAX_LAG = 50


@attrs.frozen
class Trail:
    """What is remembered of every track to measure its next step.

    Parameters
    ----------
    track_id : array of int, shape (N,)
        Ascending.
    frame : array of int, shape (N,)
        Of the last row.
    yx, start_yx : array of float, shape (N, 2)
        Position in the last and in the first row.
    step_yx : array of float, shape (N, 2)
        The last step; NaN if there was none or it crossed a gap.
    path : array of float, shape (N,)
        Sum of all steps.
    """

    track_id: Ints = array_field(np.int64, None, factory=list)
    frame: Ints = array_field(np.int64, None, factory=list)
    yx: Floats = array_field(np.float64, None, 2, factory=list)
    start_yx: Floats = array_field(np.float64, None, 2, factory=list)
    step_yx: Floats = array_field(np.float64, None, 2, factory=list)
    path: Floats = array_field(np.float64, None, factory=list)


def with_motion(frames: Iterable[Mapping[str, NDArray[Any]]]) -> Iterator[Values]:
    """Yield measured frames with the columns of motion added, in pixels and frames.

    Parameters
    ----------
    frames : iterable of mappings
        What `measure_frame` gave, in the order of time; frames may be missing.

    Yields
    ------
    dict of str to ndarray
        The frame's columns, and `step_px`, `speed_px_per_frame`, `turning_angle_rad`, `path_px`
        and `displacement_px` of `tracksam.columns.CELL_COLUMNS`.
    """
    trail = Trail()
    for values in frames:
        yx = np.stack([values["y_px"], values["x_px"]], axis=1)
        motion, trail = moved(trail, values["track_id"], values["frame"], yx)
        yield {**values, **motion}


def moved(trail: Trail, track_id: Ints, frame: Ints, yx: Floats) -> tuple[Values, Trail]:
    """Return how the cells of one frame have moved, and the trail with that frame added.

    Parameters
    ----------
    trail : Trail
        Of the frames before.
    track_id : ndarray of int, shape (K,)
        Ascending.
    frame : ndarray of int, shape (K,)
        One number, K times.
    yx : ndarray of float, shape (K, 2)
        Centroids.

    Returns
    -------
    values : dict of str to ndarray, shape (K,)
        See `with_motion`.
    trail : Trail
    """
    if not len(trail.track_id):
        before = np.zeros(len(track_id), np.int64)
        known = np.zeros(len(track_id), bool)
        trail = Trail(track_id, frame, yx, yx, np.full(yx.shape, np.nan), np.zeros(len(yx)))
    else:
        found = np.searchsorted(trail.track_id, track_id)
        before = np.minimum(found, len(trail.track_id) - 1)
        known = trail.track_id[before] == track_id
    step_yx = np.where(known[:, None], yx - trail.yx[before], np.nan)
    elapsed = frame - trail.frame[before]
    step = np.hypot(step_yx[:, 0], step_yx[:, 1])
    path = np.where(known, trail.path[before] + step, 0.0)
    start_yx = np.where(known[:, None], trail.start_yx[before], yx)
    straight_on = np.where((elapsed == 1)[:, None], step_yx, np.nan)
    earlier = np.where(known[:, None], trail.step_yx[before], np.nan)
    speed = step / np.where(known, elapsed, np.nan)
    values = {
        "step_px": step,
        "speed_px_per_frame": speed,
        "turning_angle_rad": turning_angles(earlier, straight_on),
        "path_px": path,
        "displacement_px": np.hypot(*(yx - start_yx).T),
    }
    newest = Trail(track_id, frame, yx, start_yx, straight_on, path)
    return values, _joined(trail, newest)


def _joined(old: Trail, new: Trail) -> Trail:
    """The newest row of every track."""
    kept = ~np.isin(old.track_id, new.track_id)
    columns = {
        field.name: np.concatenate([getattr(old, field.name)[kept], getattr(new, field.name)])
        for field in attrs.fields(Trail)
    }
    order = np.argsort(columns["track_id"])
    return Trail(**{name: column[order] for name, column in columns.items()})


def turning_angles(before_yx: Floats, after_yx: Floats) -> Floats:
    """Return by how much the direction turns from one step to another.

    Parameters
    ----------
    before_yx, after_yx : ndarray of float, shape (N, 2)
        Steps in rows and columns.

    Returns
    -------
    ndarray of float64, shape (N,)
        Counter-clockwise as seen on the screen, -pi to pi. NaN where a step is NaN or zero.

    Examples
    --------
    >>> turning_angles(np.array([[0.0, 1.0]]), np.array([[-1.0, 0.0]]))  # right, then up
    array([1.57079633])
    """
    (y0, x0), (y1, x1) = before_yx.T, after_yx.T
    angle = np.arctan2(y0 * x1 - x0 * y1, y0 * y1 + x0 * x1)
    still = ((y0 == 0) & (x0 == 0)) | ((y1 == 0) & (x1 == 0))
    return np.where(still, np.nan, angle)


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


def track_motion(lineage: Lineage) -> Values:
    """Return how each track moves as a whole.

    Parameters
    ----------
    lineage : Lineage
        Rows that were filled in are left out.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        Columns of motion of `tracksam.columns.TRACK_COLUMNS`, in pixels and frames, by track id.
    """
    return {**_totals(lineage), **_turning(lineage), **fits(squared_displacements(lineage))}


def _totals(lineage: Lineage) -> Values:
    """Path, displacement, straightness and speeds."""
    seen = ~lineage.is_interpolated
    track_id, frame, yx = lineage.track_id[seen], lineage.frame[seen], lineage.yx[seen]
    track = np.searchsorted(lineage.track_ids, track_id)
    same = np.diff(track) == 0
    step = np.hypot(*np.diff(yx, axis=0)[same].T)
    elapsed, of = np.diff(frame)[same], track[1:][same]
    n = lineage.n_tracks
    path, duration = np.bincount(of, step, n), np.bincount(of, elapsed, n)
    displacement, fastest = np.full(n, np.nan), np.full(n, np.nan)
    np.fmax.at(fastest, of, step / elapsed)
    first, last = _first_and_last(track)
    displacement[track[first]] = np.hypot(*(yx[last] - yx[first]).T)
    return {
        "path_px": np.where(np.isnan(displacement), np.nan, path),
        "displacement_px": displacement,
        "straightness": displacement / np.where(path > 0, path, np.nan),
        "mean_speed_px_per_frame": path / np.where(duration > 0, duration, np.nan),
        "max_speed_px_per_frame": fastest,
    }


def _first_and_last(track: Ints) -> tuple[Ints, Ints]:
    """First and last row of each run of one number."""
    ends = np.flatnonzero(np.diff(track, append=-1) != 0)
    return np.concatenate([[0], ends[:-1] + 1])[: len(ends)], ends


def _turning(lineage: Lineage) -> Values:
    return {"direction_correlation": direction_cosines(lineage, max_lag=1).per_track[:, 0]}


def fits(msd: LagSums) -> Values:
    """Return what models of motion make of each track's mean squared displacement.

    Parameters
    ----------
    msd : LagSums
        Of `squared_displacements`.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        `diffusion_px2_per_frame` D: MSD = 4 D t; `alpha`: MSD ~ t^alpha; `persistence_frames` P
        and `persistent_speed_px_per_frame` S of Fürth's persistent walk,
        MSD = 2 S^2 P (t - P (1 - exp(-t/P))) (Fürth 1920). NaN for tracks with fewer than 10 rows,
        and where P is not resolved: shorter than a quarter of a frame or longer than the lags.

    Notes
    -----
    Each track's lags reach to a quarter of it (for Fürth's walk to a half), and at most to 50
    frames. Weights are the inverse variances of the mean squared displacement of a free walk, in
    which long lags weigh little (Michalet 2010).
    """
    lag = np.arange(1, msd.total.shape[1] + 1)
    span = (msd.count > 0).sum(axis=1) + 1
    mean, long = np.nan_to_num(msd.per_track), (msd.count[:, :1] + 1 >= MIN_ROWS_OF_A_FIT)
    used = long & (lag <= np.maximum(span // 4, 3)[:, None]) & (mean > 0)
    weight = np.where(used, msd.count / lag**3, 0)
    diffusion = _ratio((weight * mean * lag).sum(axis=1), 4 * (weight * lag**2).sum(axis=1))
    slope = _slope(np.log(lag), np.log(np.where(used, mean, 1)), weight * lag**2)
    usable = long & (lag <= np.maximum(span // 2, 3)[:, None]) & (mean > 0)
    persistence, speed = _persistent(mean, np.where(usable, msd.count / lag, 0))
    return {
        "diffusion_px2_per_frame": diffusion,
        "alpha": slope,
        "persistence_frames": persistence,
        "persistent_speed_px_per_frame": speed,
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
