"""All tables of a result at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracksam.columns import Calibration
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.stack import Stack
from tracksam.steps.measure import measure
from tracksam.steps.measuring.lags import lag_table
from tracksam.steps.measuring.population import family_table, frame_table, movie_table

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
    tables = measure(masks, stack, lineage, calibration=known)
    frames = frame_table(tables, masks.n_frames, masks.shape_yx, known)
    return {
        "cells": tables.cells,
        "tracks": tables.tracks,
        "frames": frames,
        "families": family_table(lineage, tables.tracks, masks.n_frames),
        "lags": lag_table(lineage, known),
        "movie": movie_table(frames, tables.tracks, known),
    }
