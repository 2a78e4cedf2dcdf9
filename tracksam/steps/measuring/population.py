"""Populations: what the cells of a movie come to, frame by frame, by family and as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam.columns import (
    FAMILY_COLUMNS,
    FRAME_COLUMNS,
    MOVIE_COLUMNS,
    Calibration,
    filled,
    present,
)
from tracksam.lineage import Lineage
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd


def frame_table(
    tables: Tables,
    n_frames: int,
    shape_yx: tuple[int, int],
    calibration: Calibration | None = None,
) -> pd.DataFrame:
    """Return the table with a row for each frame.

    Parameters
    ----------
    tables : Tables
        Of cells and tracks.
    n_frames : int
        Number of frames of the movie; those without a cell have a row, too.
    shape_yx : tuple of int
        Height and width of a frame in pixels.
    calibration : Calibration, optional
        Default: not calibrated.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.FRAME_COLUMNS`.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    cells, tracks = tables.cells, tables.tracks
    frame = cells["frame"].to_numpy()
    count = np.bincount(frame, minlength=n_frames)
    is_new = (tracks["parent_id"] == 0) & (tracks["first_frame"] > 0)
    ends = (tracks["n_daughters"] == 0) & (tracks["last_frame"] < n_frames - 1)
    values = {
        "frame": np.arange(n_frames),
        "n_cells": count,
        "n_interpolated": np.bincount(frame, cells["is_interpolated"], n_frames),
        "n_divisions": _count(_division_frames(tracks), n_frames),
        "n_new": _count(tracks.loc[is_new, "first_frame"].to_numpy(), n_frames),
        "n_ended": _count(tracks.loc[ends, "last_frame"].to_numpy(), n_frames),
        "confluence": np.bincount(frame, cells["area_px"], n_frames) / np.prod(shape_yx),
        "mean_confidence": np.bincount(frame, cells["confidence"], n_frames)
        / np.where(count > 0, count, np.nan),
    }
    return pd.DataFrame(filled(present(FRAME_COLUMNS, calibration), values, calibration))


def _count(frame: NDArray[Any], n_frames: int) -> NDArray[np.int64]:
    return np.bincount(frame, minlength=n_frames)


def _division_frames(tracks: pd.DataFrame) -> NDArray[np.int64]:
    """First frame of the daughters of each mother of two or more."""
    mothers = tracks.loc[tracks["n_daughters"] > 1, "track_id"]
    born = tracks[tracks["parent_id"].isin(mothers)]
    return born.groupby("parent_id")["first_frame"].min().to_numpy(dtype=np.int64)


def family_table(lineage: Lineage, tracks: pd.DataFrame, n_frames: int) -> pd.DataFrame:
    """Return the table with a row for each family.

    Parameters
    ----------
    lineage : Lineage
        Tells which cells are there in the last frame.
    tracks : pandas.DataFrame
        What `track_table` returned.
    n_frames : int
        Number of frames of the movie.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.FAMILY_COLUMNS`, sorted by root.
    """
    import pandas as pd

    at_end = tracks["track_id"].isin(lineage.track_id[lineage.frame == n_frames - 1])
    grouped = tracks.assign(divides=tracks["n_daughters"] > 1, at_end=at_end).groupby("root_id")
    values = {
        "root_id": np.sort(tracks["root_id"].unique()),
        "n_tracks": grouped.size(),
        "n_divisions": grouped["divides"].sum(),
        "n_generations": grouped["generation"].max() + 1,
        "first_frame": grouped["first_frame"].min(),
        "last_frame": grouped["last_frame"].max(),
        "n_last": grouped["at_end"].sum(),
    }
    return pd.DataFrame(filled(present(FAMILY_COLUMNS, Calibration()), values, Calibration()))


def movie_table(
    frames: pd.DataFrame, tracks: pd.DataFrame, calibration: Calibration | None = None
) -> pd.DataFrame:
    """Return the table with one row for the movie.

    Parameters
    ----------
    frames : pandas.DataFrame
        What `frame_table` returned; at least one frame.
    tracks : pandas.DataFrame
        What `track_table` returned.
    calibration : Calibration, optional
        Default: not calibrated.

    Returns
    -------
    pandas.DataFrame
        Columns of `tracksam.columns.MOVIE_COLUMNS`.
    """
    import pandas as pd

    calibration = calibration or Calibration()
    count = frames["n_cells"].to_numpy()
    n_divisions = int((tracks["n_daughters"] > 1).sum())
    cell_frames = int(count[:-1].sum())
    values = {
        "n_frames": len(frames),
        "n_tracks": len(tracks),
        "n_families": int((tracks["parent_id"] == 0).sum()),
        "n_first": count[0],
        "n_last": count[-1],
        "n_divisions": n_divisions,
        "division_rate_per_frame": n_divisions / cell_frames if cell_frames else np.nan,
        "doubling_time_frames": _doubling_time(count),
        "median_cycle_frames": tracks["cycle_frames"].median(),
        "first_confluence": frames["confluence"].iloc[0],
        "last_confluence": frames["confluence"].iloc[-1],
        "mean_speed_px_per_frame": tracks["mean_speed_px_per_frame"].mean(),
        "diffusion_px2_per_frame": tracks["diffusion_px2_per_frame"].median(),
        "alpha": tracks["alpha"].median(),
        "persistence_frames": tracks["persistence_frames"].median(),
    }
    rows = {name: np.array([value]) for name, value in values.items()}
    return pd.DataFrame(filled(present(MOVIE_COLUMNS, calibration), rows, calibration))


def _doubling_time(count: NDArray[np.int64]) -> float:
    """Frames in which a count doubles; NaN if it does not grow."""
    frame = np.flatnonzero(count > 0)
    if len(frame) < 2:
        return np.nan
    slope = float(np.polyfit(frame, np.log2(count[frame]), 1)[0])
    return 1 / slope if slope > 1e-9 else np.nan
