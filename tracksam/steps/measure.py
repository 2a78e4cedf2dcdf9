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
    channel_means,
    filled,
    present,
)
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.settings import MeasureSettings
from tracksam.stack import Stack
from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.hull import convexity
from tracksam.steps.measuring.intensity import intensities
from tracksam.steps.measuring.lags import LagSums
from tracksam.steps.measuring.neighbours import crowding, touching
from tracksam.steps.measuring.shape import moments, outline, place
from tracksam.steps.measuring.texture import textures
from tracksam.steps.measuring.tracks import family, life, means, read_by_tracks
from tracksam.steps.motility import track_motion, with_motion
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, NDArray[Any]]
_MEASURES: tuple[Callable[[FrameCells], Values], ...] = (
    place,
    moments,
    outline,
    convexity,
    touching,
    crowding,
    intensities,
    textures,
)


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
    values = {**cell_values(cells, features), "frame": np.full(len(cells), frame)}
    declared = [*CELL_COLUMNS, *(column for feature in features for column in feature.columns)]
    return filled(present(declared, calibration, cells.n_channels), values, calibration)


def cell_values(cells: FrameCells, features: Sequence[Feature] = ()) -> Values:
    """Return all measurements of cells, in pixels.

    Parameters
    ----------
    cells : FrameCells
        K cells of a frame, or of a part of one.
    features : sequence of Feature
        Measurements of others, after our own.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        A row for each label, ascending.

    Raises
    ------
    InvalidInputError
        A feature does not give what it declares.
    """
    values: Values = {"track_id": cells.ids}
    for measure in _MEASURES:
        values.update(measure(cells))
    for feature in features:
        values.update(_checked(feature, cells))
    return values


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
        Gives confidence, mask_confidence and is_interpolated; a mask without a row in it has
        confidence 1.
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
    n_channels = len(channel_means(values))
    return pd.DataFrame(filled(present(declared, calibration, n_channels), values, calibration))


def _trust(track_id: NDArray[Any], frame: NDArray[Any], lineage: Lineage) -> Values:
    """Return confidences and is_interpolated of rows that are sorted by track and frame."""
    confidence, interpolated = np.ones(len(track_id)), np.zeros(len(track_id), bool)
    of_mask = np.ones(len(track_id))
    if len(lineage) and len(track_id):
        n = 1 + max(int(frame.max()), int(lineage.frame.max()))
        keys, known = track_id * n + frame, lineage.track_id * n + lineage.frame
        found = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        matches = known[found] == keys
        confidence[matches] = lineage.confidence[found[matches]]
        interpolated[matches] = lineage.is_interpolated[found[matches]]
        of_mask[matches] = lineage.mask_confidence[found[matches]]
    return {
        "confidence": confidence,
        "mask_confidence": of_mask,
        "is_interpolated": interpolated,
    }


def track_table(
    lineage: Lineage,
    cells: pd.DataFrame,
    n_frames: int,
    calibration: Calibration | None = None,
    squared: LagSums | None = None,
) -> pd.DataFrame:
    """Return the table with a row for each track.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers.
    cells : pandas.DataFrame
        What `cell_table` returned, or those of its columns that `read_by_tracks` names, in any
        order of rows. Without ``touches_border`` no track is said to have left; what follows from
        other columns that are missing is left out.
    n_frames : int
        Number of frames of the movie.
    calibration : Calibration, optional
        Default: not calibrated.
    squared : LagSums, optional
        What `squared_displacements` gives for this lineage, where it is known already.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.TRACK_COLUMNS`, sorted by track id.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    columns = {name: cells[name].to_numpy() for name in read_by_tracks(map(str, cells))}
    values = {
        **family(lineage),
        **life(lineage, n_frames, columns),
        **track_motion(lineage, squared),
        **means(lineage, columns),
    }
    n_channels = len(channel_means(columns))
    declared = present(TRACK_COLUMNS, calibration, n_channels)
    return pd.DataFrame(filled(declared, values, calibration))


def measure(
    masks: Masks,
    stack: Stack | None = None,
    lineage: Lineage | None = None,
    settings: MeasureSettings | None = None,
    calibration: Calibration | None = None,
) -> Tables:
    """Return the tables of masks that are there already.

    Parameters
    ----------
    masks : Masks
        The pixel value is the track id.
    stack : Stack, optional
        The movie, for intensities and calibration; None: shapes only.
    lineage : Lineage, optional
        Mothers and confidences; default: every id is a track without a mother.
    settings : MeasureSettings, optional
        What is measured.
    calibration : Calibration, optional
        Default: the movie's.

    Returns
    -------
    Tables

    Raises
    ------
    InvalidInputError
        Masks and movie differ in frames or size.
    """
    cells, lineage = measure_cells(masks, stack, lineage, settings, calibration)
    return Tables(cells, track_table(lineage, cells, masks.n_frames, _known(stack, calibration)))


def measure_cells(
    masks: Masks,
    stack: Stack | None = None,
    lineage: Lineage | None = None,
    settings: MeasureSettings | None = None,
    calibration: Calibration | None = None,
) -> tuple[pd.DataFrame, Lineage]:
    """Return the table of cells of masks that are there already, and their tracks.

    Parameters
    ----------
    masks, stack, lineage, settings, calibration
        As for `measure`.

    Returns
    -------
    pandas.DataFrame, Lineage
        The lineage is the given one, or what the ids say.

    Raises
    ------
    InvalidInputError
        Masks and movie differ in frames or size.
    """
    if stack is not None and (stack.n_frames, stack.shape_yx) != (masks.n_frames, masks.shape_yx):
        raise InvalidInputError(
            f"masks of {masks.n_frames} frames of {masks.shape_yx} pixels need a movie of the "
            f"same size, got {stack.n_frames} frames of {stack.shape_yx}."
        )
    calibration = _known(stack, calibration)
    measured = (
        measure_frame(
            labels_yx, None if stack is None else stack.frame(t), t, settings, calibration
        )
        for t, labels_yx in enumerate(masks)
    )
    frames = list(with_motion(measured))
    lineage = lineage or lineage_of(frames)
    return cell_table(frames, lineage, calibration), lineage


def _known(stack: Stack | None, calibration: Calibration | None) -> Calibration:
    """What is given, else what the movie says."""
    if calibration is None:
        return Calibration() if stack is None else Calibration.of(stack)
    return calibration


def lineage_of(frames: Sequence[Mapping[str, NDArray[Any]]]) -> Lineage:
    """Return the tracks of measured frames, without mothers.

    Parameters
    ----------
    frames : sequence of mappings
        What `measure_frame` gave.

    Returns
    -------
    Lineage
    """
    if not frames:
        return Lineage()
    track_id, frame, y, x = (
        np.concatenate([values[name] for values in frames])
        for name in ("track_id", "frame", "y_px", "x_px")
    )
    return Lineage(track_id, frame, np.stack([y, x], axis=1))
