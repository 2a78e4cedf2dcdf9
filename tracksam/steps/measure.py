"""Measure: what the masks of a frame tell about every cell, and a run about every track."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam.columns import (
    CELL_COLUMNS,
    TRACK_COLUMNS,
    Calibration,
    Feature,
    filled,
    present,
)
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.settings import MeasureSettings
from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.hull import convexity
from tracksam.steps.measuring.intensity import intensities
from tracksam.steps.measuring.shape import moments, outline, place

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, NDArray[Any]]
_SHAPES: tuple[Callable[[FrameCells], Values], ...] = (place, moments, outline, convexity)


def measure_frame(
    labels_yx: NDArray[Any],
    image_yxc: NDArray[Any] | None,
    frame: int,
    settings: MeasureSettings | None = None,
    calibration: Calibration | None = None,
    features: Sequence[Feature] = (),
) -> Values:
    """Return what is measured of every cell of one frame.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        The pixel value is the track id, 0 is background.
    image_yxc : ndarray, shape (Y, X, C), or None
        The frame's image; None: no intensities.
    frame : int
        Number of the frame.
    settings : MeasureSettings, optional
        What is measured.
    calibration : Calibration, optional
        Default: not calibrated; columns in pixels and frames only.
    features : sequence of Feature
        Measurements of others, after our own.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        Columns of `tracksam.columns.CELL_COLUMNS` (those of the masks and the image) by name, in
        order; a row for each of K labels, ascending. K may be 0.

    Raises
    ------
    InvalidInputError
        Labels or image have no fitting shape or dtype, or a feature does not give what it declares.

    Examples
    --------
    >>> labels_yx = np.zeros((5, 7), int)
    >>> labels_yx[1:3, 2:6] = 4
    >>> row = measure_frame(labels_yx, None, frame=0, calibration=Calibration(pixel_size_um=0.5))
    >>> row["track_id"], row["area_px"], row["area_um2"]
    (array([4]), array([8]), array([2.]))
    """
    settings = settings or MeasureSettings()
    calibration = calibration or Calibration()
    cells = FrameCells(labels_yx, image_yxc if settings.intensity else None)
    values: Values = {"track_id": cells.ids, "frame": np.full(len(cells), frame)}
    for measure in (*_SHAPES, intensities):
        values.update(measure(cells))
    for feature in features:
        values.update(_checked(feature, cells))
    declared = [*CELL_COLUMNS, *(column for feature in features for column in feature.columns)]
    return filled(present(declared, calibration, cells.n_channels), values, calibration)


def _checked(feature: Feature, cells: FrameCells) -> Values:
    """Return a feature's values if they are what it declares."""
    values = {name: np.asarray(column) for name, column in feature.measure(cells).items()}
    wanted = {c.name for c in present(feature.columns, Calibration(), cells.n_channels)}
    if set(values) != wanted:
        raise InvalidInputError(
            f"feature {feature.name!r} declares the columns {', '.join(sorted(wanted))}, but gave "
            f"{', '.join(sorted(values)) or 'none'}."
        )
    for name, column in values.items():
        if column.shape != (len(cells),):
            raise InvalidInputError(
                f"feature {feature.name!r} must give {len(cells)} values of {name}, one a cell; "
                f"got shape {column.shape}."
            )
    return values


def cell_table(
    frames: Iterable[Mapping[str, NDArray[Any]]],
    lineage: Lineage,
    calibration: Calibration | None = None,
    features: Sequence[Feature] = (),
) -> pd.DataFrame:
    """Return the table with a row for each cell in each frame.

    Parameters
    ----------
    frames : iterable of mappings
        What `measure_frame` gave for each frame, with the same settings and calibration.
    lineage : Lineage
        Gives confidence and is_interpolated; a mask without a row in it has confidence 1.
    calibration : Calibration, optional
        As given to `measure_frame`.
    features : sequence of Feature
        As given to `measure_frame`.

    Returns
    -------
    pandas.DataFrame
        Sorted by track and frame.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    declared = [*CELL_COLUMNS, *(column for feature in features for column in feature.columns)]
    parts = list(frames) or [{"track_id": np.empty(0, np.int64), "frame": np.empty(0, np.int64)}]
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((measured["frame"], measured["track_id"]))
    values = {name: column[order] for name, column in measured.items()}
    values.update(_trust(values["track_id"], values["frame"], lineage))
    n_channels = sum(name.startswith("mean_c") for name in values)
    return pd.DataFrame(filled(present(declared, calibration, n_channels), values, calibration))


def _trust(track_id: NDArray[Any], frame: NDArray[Any], lineage: Lineage) -> Values:
    """Return confidence and is_interpolated of rows that are sorted by track and frame."""
    confidence, interpolated = np.ones(len(track_id)), np.zeros(len(track_id), bool)
    if len(lineage) and len(track_id):
        n = 1 + max(int(frame.max()), int(lineage.frame.max()))
        keys, known = track_id * n + frame, lineage.track_id * n + lineage.frame
        found = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        matches = known[found] == keys
        confidence[matches] = lineage.confidence[found[matches]]
        interpolated[matches] = lineage.is_interpolated[found[matches]]
    return {"confidence": confidence, "is_interpolated": interpolated}


def track_table(
    lineage: Lineage,
    cells: pd.DataFrame,
    n_frames: int,
    calibration: Calibration | None = None,
) -> pd.DataFrame:
    """Return the table with a row for each track.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers.
    cells : pandas.DataFrame
        What `cell_table` returned; tells whether a track was last seen at the border.
    n_frames : int
        Number of frames of the movie.
    calibration : Calibration, optional
        Default: not calibrated.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.TRACK_COLUMNS`, sorted by track id.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    values = {**_family(lineage), **_life(lineage)}
    border = cells.loc[cells["touches_border"], ["track_id", "frame"]]
    at_border = set(zip(border["track_id"].tolist(), border["frame"].tolist(), strict=True))
    lasts = zip(values["track_id"].tolist(), values["last_frame"].tolist(), strict=True)
    values["fate"] = np.array(
        [
            _fate(n_daughters, last == n_frames - 1, (track_id, last) in at_border)
            for (track_id, last), n_daughters in zip(
                lasts, values["n_daughters"].tolist(), strict=True
            )
        ],
        dtype=object,
    )
    return pd.DataFrame(filled(present(TRACK_COLUMNS, calibration), values, calibration))


def _fate(n_daughters: int, ends_with_movie: bool, at_border: bool) -> str:
    if n_daughters:
        return "divided" if n_daughters > 1 else "continued"
    if ends_with_movie:
        return "end of movie"
    return "left" if at_border else "lost"


def _family(lineage: Lineage) -> Values:
    """Return who descends from whom."""
    ids = lineage.track_ids.tolist()
    daughters, generation, parents = lineage.daughters_of(), lineage.generation(), lineage.parents
    sisters = {
        child: other
        for pair in daughters.values()
        if len(pair) == 2
        for child, other in (pair, pair[::-1])
    }
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


def _life(lineage: Lineage) -> Values:
    """Return when tracks begin and end."""
    if not len(lineage):
        names = ("first_frame", "last_frame", "n_frames", "n_interpolated", "duration_frames")
        return {name: np.empty(0, np.int64) for name in (*names, "min_confidence")}
    _, start, count = np.unique(lineage.track_id, return_index=True, return_counts=True)
    first, last = lineage.frame[start], lineage.frame[start + count - 1]
    return {
        "first_frame": first,
        "last_frame": last,
        "n_frames": count,
        "n_interpolated": np.add.reduceat(lineage.is_interpolated.astype(np.int64), start),
        "duration_frames": last - first,
        "min_confidence": np.minimum.reduceat(lineage.confidence, start),
    }
