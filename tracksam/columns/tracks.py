"""The columns of the table with a row for each track."""

from __future__ import annotations

from tracksam.columns.declaration import Column, quantity

_FAMILY = (
    Column("track_id", "int64", "The track; the pixel value in the masks."),
    Column("parent_id", "int64", "The mother's track; 0: not known."),
    Column("root_id", "int64", "The oldest known ancestor; the track itself without a mother."),
    Column("sister_id", "int64", "The other daughter of the same mother; 0: none, or several."),
    Column("generation", "int64", "0 without a known mother, else the mother's and 1."),
    Column("n_daughters", "int64", "Number of daughters."),
    Column(
        "parent_confidence",
        "float64",
        "Probability that the mother is right; NaN without a mother.",
    ),
)

_LIFE = (
    Column("first_frame", "int64", "Frame of the first row.", "frame"),
    Column("last_frame", "int64", "Frame of the last row.", "frame"),
    Column("n_frames", "int64", "Number of frames in which the track has a row.", "frame"),
    Column("n_interpolated", "int64", "Number of those that were filled in.", "frame"),
    *quantity(
        "duration",
        "Time from the first row to the last, with gaps; 0 for one row.",
        time=1,
        dtype="int64",
    ),
    Column(
        "fate",
        "str",
        "How the track ends: divided, continued (one daughter), end of movie, left (last seen at "
        "the border) or lost.",
    ),
    Column("min_confidence", "float64", "The lowest confidence of the track's rows."),
)

TRACK_COLUMNS: tuple[Column, ...] = (*_FAMILY, *_LIFE)
