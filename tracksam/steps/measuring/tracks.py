"""Tracks: family, life and death, and what the cells' measures come to over a track."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.columns import channel_means
from tracksam.lineage import Lineage

Values = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
_DEAD_AREA = 0.6  # of the track's median
_MIN_ROWS_OF_A_DEATH = 4


def read_by_tracks(names: Iterable[str]) -> list[str]:
    """Return the names of the cell columns from which the track table is made.

    Parameters
    ----------
    names : iterable of str
        Names of columns that there are.

    Returns
    -------
    list of str
    """
    there = list(names)
    read = {"track_id", "frame", "touches_border", "area_px", "eccentricity"}
    read.update(channel_means(there))
    return [name for name in there if name in read]


def family(lineage: Lineage) -> Values:
    """Return who descends from whom.

    Parameters
    ----------
    lineage : Lineage
        N tracks.

    Returns
    -------
    dict of str to ndarray, shape (N,)
    """
    ids = lineage.track_ids.tolist()
    daughters, generation, parents = lineage.daughters_of(), lineage.generation(), lineage.parents
    sisters = _sisters(lineage)
    root: dict[int, int] = {}
    for track_id in sorted(ids, key=generation.__getitem__):
        root[track_id] = root[parents[track_id]] if track_id in parents else track_id
    sure = lineage.parent_confidence
    return {
        "track_id": np.array(ids, np.int64),
        "parent_id": np.array([parents.get(i, 0) for i in ids], np.int64),
        "root_id": np.array([root[i] for i in ids], np.int64),
        "sister_id": np.array([sisters.get(i, 0) for i in ids], np.int64),
        "generation": np.array([generation[i] for i in ids], np.int64),
        "n_daughters": np.array([len(daughters.get(i, ())) for i in ids], np.int64),
        "parent_confidence": np.array(
            [sure.get(i, 1.0) if i in parents else np.nan for i in ids], np.float64
        ),
    }


def _sisters(lineage: Lineage) -> dict[int, int]:
    """The other one of two daughters."""
    pairs = [pair for pair in lineage.daughters_of().values() if len(pair) == 2]
    return {child: other for pair in pairs for child, other in (pair, pair[::-1])}


def life(lineage: Lineage, n_frames: int, cells: Mapping[str, NDArray[Any]]) -> Values:
    """Return when tracks begin and end, and how.

    Parameters
    ----------
    lineage : Lineage
        N tracks.
    n_frames : int
        Number of frames of the movie.
    cells : mapping of str to ndarray
        Columns of the cell table.

    Returns
    -------
    dict of str to ndarray, shape (N,)
    """
    if not len(lineage):
        names = ("first_frame", "last_frame", "n_frames", "n_interpolated", "duration_frames")
        empty = {name: np.empty(0, np.int64) for name in names}
        return {**empty, "fate": np.empty(0, object), "cycle_frames": np.empty(0)} | {
            "min_confidence": np.empty(0),
            "min_mask_confidence": np.empty(0),
            "end_confidence": np.empty(0),
        }
    _, start, count = np.unique(lineage.track_id, return_index=True, return_counts=True)
    first, last = lineage.frame[start], lineage.frame[start + count - 1]
    return {
        "first_frame": first,
        "last_frame": last,
        "n_frames": count,
        "n_interpolated": np.add.reduceat(lineage.is_interpolated.astype(np.int64), start),
        "duration_frames": last - first,
        "fate": _fates(lineage, last, n_frames, cells),
        "cycle_frames": _cycles(lineage, first),
        "min_confidence": np.minimum.reduceat(lineage.confidence, start),
        "min_mask_confidence": np.fmin.reduceat(lineage.mask_confidence, start),
        "end_confidence": np.array(
            [lineage.end_confidence.get(i, np.nan) for i in lineage.track_id[start].tolist()]
        ),
    }


def _cycles(lineage: Lineage, first: NDArray[np.int64]) -> Floats:
    """Frames from birth to division; NaN unless both were seen."""
    begins = dict(zip(lineage.track_ids.tolist(), first.tolist(), strict=True))
    divisions = {i: of for i, of in lineage.daughters_of().items() if len(of) > 1}
    cycles = np.full(len(first), np.nan)
    for k, (track_id, begin) in enumerate(begins.items()):
        if track_id in divisions and lineage.parents.get(track_id) in divisions:
            cycles[k] = min(begins[daughter] for daughter in divisions[track_id]) - begin
    return cycles


def _fates(
    lineage: Lineage, last: NDArray[np.int64], n_frames: int, cells: Mapping[str, NDArray[Any]]
) -> NDArray[Any]:
    ids, daughters = lineage.track_ids, lineage.daughters_of()
    at_border, shrank = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    if "touches_border" in cells:
        track = np.searchsorted(ids, cells["track_id"])
        is_last = cells["frame"] == last[track]
        at_border[track[is_last & cells["touches_border"]]] = True
    if "area_px" in cells:
        shrank = _shrank(lineage, last, cells)
    fates = np.full(len(ids), "lost", object)
    fates[shrank] = "died"
    fates[at_border] = "left"
    fates[last >= n_frames - 1] = "end of movie"
    for k, track_id in enumerate(ids.tolist()):
        if track_id in daughters:
            fates[k] = "divided" if len(daughters[track_id]) > 1 else "continued"
    return fates


def _shrank(
    lineage: Lineage, last: NDArray[np.int64], cells: Mapping[str, NDArray[Any]]
) -> NDArray[np.bool_]:
    """Whether each track's last area is far below its median."""
    result = np.zeros(len(last), bool)
    order = np.lexsort((cells["frame"], cells["track_id"]))
    area, frame = cells["area_px"][order], cells["frame"][order]
    track, start, count = np.unique(cells["track_id"][order], return_index=True, return_counts=True)
    for k, a, n in zip(
        np.searchsorted(lineage.track_ids, track).tolist(),
        start.tolist(),
        count.tolist(),
        strict=True,
    ):
        if n >= _MIN_ROWS_OF_A_DEATH and frame[a + n - 1] == last[k]:
            result[k] = area[a + n - 1] <= _DEAD_AREA * np.median(area[a : a + n])
    return result


def means(lineage: Lineage, cells: Mapping[str, NDArray[Any]]) -> Values:
    """Return means and slopes of the cells' measures, and how unequal sisters are born.

    Parameters
    ----------
    lineage : Lineage
        N tracks.
    cells : mapping of str to ndarray
        Columns of the cell table; what is not there is not averaged.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        NaN for tracks without a row that was seen; slopes for those with one.
    """
    if "frame" not in cells:
        return {}
    kept = _seen(lineage, cells)
    track = np.searchsorted(lineage.track_ids, cells["track_id"][kept])
    frame = cells["frame"][kept].astype(np.float64)
    n = lineage.n_tracks
    values: Values = {}
    if "area_px" in cells:
        area = cells["area_px"][kept]
        mean, slope = _line(track, frame, area, n)
        values |= {"mean_area_px": mean, "area_slope_px2_per_frame": slope}
        values["birth_asymmetry"] = _asymmetry(lineage, track, frame, area)
    if "eccentricity" in cells:
        values["mean_eccentricity"] = _line(track, frame, cells["eccentricity"][kept], n)[0]
    for name in channel_means(cells):
        mean, slope = _line(track, frame, cells[name][kept], n)
        channel = name.removeprefix("mean_")
        values[f"mean_intensity_{channel}"] = mean
        values[f"intensity_slope_per_frame_{channel}"] = slope
    return values


def _seen(lineage: Lineage, cells: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Rows of cells that have a row in the lineage which was not filled in."""
    stride = 1 + int(max(lineage.frame.max(initial=0), cells["frame"].max(initial=0)))
    seen = ~lineage.is_interpolated
    known = lineage.track_id[seen] * stride + lineage.frame[seen]
    return np.flatnonzero(np.isin(cells["track_id"] * stride + cells["frame"], known))


def _line(
    track: NDArray[np.int64], frame: Floats, values: NDArray[Any], n: int
) -> tuple[Floats, Floats]:
    """Mean and slope over time of each track's values."""
    count = np.bincount(track, minlength=n)
    size = np.where(count > 0, count, np.nan)
    mean, middle = (np.bincount(track, part, n) / size for part in (values, frame))
    off = frame - middle[track]
    rise = np.bincount(track, off * (values - mean[track]), n)
    run = np.bincount(track, off**2, n)
    return mean, rise / np.where(run > 0, run, np.nan)


def _asymmetry(
    lineage: Lineage, track: NDArray[np.int64], frame: Floats, area: NDArray[Any]
) -> Floats:
    """Difference over sum of the areas in which sisters were first seen."""
    order = np.lexsort((frame, track))
    found, first = np.unique(track[order], return_index=True)
    born = np.full(lineage.n_tracks, np.nan)
    born[found] = area[order][first]
    sisters = _sisters(lineage)
    ids = lineage.track_ids.tolist()
    place = {track_id: k for k, track_id in enumerate(ids)}
    other = np.array([born[place[sisters[i]]] if i in sisters else np.nan for i in ids])
    asymmetry: Floats = (born - other) / (born + other)
    return asymmetry
