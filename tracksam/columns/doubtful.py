"""The columns of the table with a row for each doubtful place."""

from __future__ import annotations

from tracksam.columns.declaration import Column

DOUBT_COLUMNS: tuple[Column, ...] = (
    Column("frame", "int64", "Frame number, from 0.", "frame"),
    Column("y_px", "float64", "Row of the cell's centroid.", "px"),
    Column("x_px", "float64", "Column of the cell's centroid.", "px"),
    Column("track_id", "int64", "The track."),
    Column("kind", "str", "What is doubtful: link, birth, start, end or mask."),
    Column("reason", "str", "The same in words, and what speaks against it."),
    Column("probability", "float64", "Probability that it is right; the lowest comes first."),
)
