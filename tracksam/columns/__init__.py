"""The one schema of the tables: every column's name, type, unit and meaning, as data."""

from tracksam.columns.cells import CELL_COLUMNS, CELL_KIND_COLUMNS, channel_means
from tracksam.columns.declaration import (
    Calibration,
    Column,
    Feature,
    concrete,
    filled,
    present,
    quantity,
)
from tracksam.columns.installed import installed_features
from tracksam.columns.movie import FAMILY_COLUMNS, FRAME_COLUMNS, LAG_COLUMNS, MOVIE_COLUMNS
from tracksam.columns.tracks import TRACK_COLUMNS, TRACK_KIND_COLUMNS

__all__ = [
    "CELL_COLUMNS",
    "TRACK_COLUMNS",
    "CELL_KIND_COLUMNS",
    "TRACK_KIND_COLUMNS",
    "FRAME_COLUMNS",
    "FAMILY_COLUMNS",
    "LAG_COLUMNS",
    "MOVIE_COLUMNS",
    "Calibration",
    "Column",
    "Feature",
    "channel_means",
    "concrete",
    "filled",
    "installed_features",
    "present",
    "quantity",
]
