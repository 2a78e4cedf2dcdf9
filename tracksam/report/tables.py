"""All tables of a result at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracksam.columns import Calibration
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.stack import Stack
from tracksam.steps.measure import measure_cells, track_table
from tracksam.steps.measuring.lags import lag_table, squared_displacements
from tracksam.steps.measuring.population import family_table, frame_table, movie_table
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd


def all_tables(
    masks: Masks, stack: Stack | None, lineage: Lineage, calibration: Calibration
) -> dict[str, pd.DataFrame]:
    """Return the tables of cells, tracks, frames, families, lags and the movie.

    Parameters
    ----------
    masks : Masks
        The pixel value is the track id.
    stack : Stack, optional
        The movie, whose calibration is taken; None: shapes only.
    lineage : Lineage
        Tracks and mothers.
    calibration : Calibration
        Where there is no movie.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the name of the file in which each is written.
    """
    known = calibration if stack is None else Calibration.of(stack)
    cells, _ = measure_cells(masks, stack, lineage, calibration=known)
    squared = squared_displacements(lineage)
    tracks = track_table(lineage, cells, masks.n_frames, known, squared)
    frames = frame_table(Tables(cells, tracks), masks.n_frames, masks.shape_yx, known)
    return {
        "cells": cells,
        "tracks": tracks,
        "frames": frames,
        "families": family_table(lineage, tracks, masks.n_frames),
        "lags": lag_table(lineage, known, squared),
        "movie": movie_table(frames, tracks, known),
    }
