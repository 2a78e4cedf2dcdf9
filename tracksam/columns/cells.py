"""The columns of the table with a row for each cell in each frame."""

from __future__ import annotations

from tracksam.columns.declaration import Column, quantity

_IDENTITY = (
    Column("track_id", "int64", "The cell's track; the pixel value in the masks."),
    Column("frame", "int64", "Frame number, from 0.", "frame"),
    Column(
        "time_min",
        "float64",
        "Time since frame 0.",
        "min",
        "time",
        source="frame",
        time=1,
    ),
)

_PLACE = (
    *quantity("y", "Row of the centroid; 0 is the centre of the first pixel.", length=1),
    *quantity("x", "Column of the centroid; 0 is the centre of the first pixel.", length=1),
    Column("bbox_y0_px", "int64", "First row of the bounding box.", "px"),
    Column("bbox_x0_px", "int64", "First column of the bounding box.", "px"),
    Column("bbox_y1_px", "int64", "Row after the last one of the bounding box.", "px"),
    Column("bbox_x1_px", "int64", "Column after the last one of the bounding box.", "px"),
    Column("touches_border", "bool", "Whether the mask reaches the border of the frame."),
)

_SHAPE = (
    *quantity("area", "Area: the number of pixels times the area of one.", length=2, dtype="int64"),
    *quantity("perimeter", "Perimeter by Crofton's formula in four directions.", length=1),
    *quantity(
        "major_axis", "Major axis of the ellipse with the same second moments as the mask.", 1
    ),
    *quantity(
        "minor_axis", "Minor axis of the ellipse with the same second moments as the mask.", 1
    ),
    Column("eccentricity", "float64", "Eccentricity of that ellipse: 0 for a circle, below 1."),
    Column(
        "orientation_rad",
        "float64",
        "Angle from the row axis to the major axis, counter-clockwise, -pi/2 to pi/2.",
        "rad",
    ),
    *quantity("convex_area", "Area of the convex hull.", length=2, dtype="int64"),
    Column("solidity", "float64", "Area over the area of the convex hull: 1 if convex."),
)

_INTENSITY = (
    Column("mean_c{channel}", "float64", "Mean intensity in the channel.", "grey value"),
    Column("min_c{channel}", "float64", "Lowest intensity in the channel.", "grey value"),
    Column("max_c{channel}", "float64", "Highest intensity in the channel.", "grey value"),
)

_TRUST = (
    Column(
        "confidence",
        "float64",
        "Probability that the link from the row before is right; on a track's first row: that "
        "the cell begins there as said.",
    ),
    Column(
        "is_interpolated",
        "bool",
        "The cell was not seen in this frame; its mask was filled in across a gap.",
    ),
)

CELL_COLUMNS: tuple[Column, ...] = (*_IDENTITY, *_PLACE, *_SHAPE, *_INTENSITY, *_TRUST)
