"""Motility: how cells move, step by step and over whole tracks.

Gaps are never bridged in silence. A step across a gap is one step whose time is that of the gap;
turning angles take only steps from frame to frame; mean squared displacements take all pairs of
rows that are a lag apart, whatever lies between. Measures of whole tracks leave out rows that were
filled in, because their positions are made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field
from tracksam.lineage import Lineage
from tracksam.steps.measuring.lags import LagSums, direction_cosines, squared_displacements
from tracksam.steps.measuring.walks import fits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Values = dict[str, NDArray[Any]]


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


def track_motion(lineage: Lineage, squared: LagSums | None = None) -> Values:
    """Return how each track moves as a whole.

    Parameters
    ----------
    lineage : Lineage
        Rows that were filled in are left out.
    squared : LagSums, optional
        What `squared_displacements` gives for this lineage, where it is known already.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        Columns of motion of `tracksam.columns.TRACK_COLUMNS`, in pixels and frames, by track id.
    """
    turns = direction_cosines(lineage, max_lag=1)
    return {
        **_totals(lineage),
        "direction_correlation": turns.per_track[:, 0],
        **fits(squared_displacements(lineage) if squared is None else squared, turns),
    }


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
