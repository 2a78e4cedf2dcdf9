"""The columns of the table with a row for each cell in each frame."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
    *quantity("equivalent_diameter", "Diameter of the circle with the same area.", length=1),
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
    *quantity("feret_max", "Longest distance between two points of the convex hull.", length=1),
    *quantity("feret_min", "Width of the convex hull where it is narrowest.", length=1),
    Column("form_factor", "float64", "4 pi area / perimeter squared: about 1 for a circle."),
    Column("extent", "float64", "Area over the area of the bounding box."),
    Column("euler_number", "int64", "Number of parts (joined at corners too) minus holes."),
)

_NEIGHBOURS = (
    Column("n_neighbours", "int64", "Number of cells with which the cell shares pixel edges."),
    Column(
        "touching_share",
        "float64",
        "Share of the edges of the outline at which another cell begins; the frame's border does "
        "not count as outline, and without any other outline it is 0.",
    ),
    *quantity(
        "nearest", "Distance to the nearest other centroid; empty if there is no other cell.", 1
    ),
    *quantity(
        "density",
        "Cells per area around this one: 6 over the circle that reaches the sixth nearest "
        "centroid; empty with fewer than 7 cells in the frame. Too low near the border, beyond "
        "which no cells are known.",
        length=-2,
    ),
)

_MOTION = (
    *quantity(
        "step",
        "Distance from the track's row before; empty on its first row. Across a gap: the whole "
        "distance.",
        length=1,
    ),
    *quantity("speed", "That distance over the time it took.", length=1, time=-1),
    Column(
        "turning_angle_rad",
        "float64",
        "Change of direction from the step before to this one, counter-clockwise, -pi to pi; empty "
        "on the first two rows, at a gap and where the cell did not move.",
        "rad",
    ),
    *quantity("path", "Sum of all steps since the track's first row.", length=1),
    *quantity("displacement", "Distance from the track's first row.", length=1),
)

_INTENSITY = (
    Column("mean_c{channel}", "float64", "Mean intensity in the channel.", "grey value"),
    Column("median_c{channel}", "float64", "Median intensity in the channel.", "grey value"),
    Column(
        "sd_c{channel}", "float64", "Standard deviation of the cell's intensities.", "grey value"
    ),
    Column("min_c{channel}", "float64", "Lowest intensity in the channel.", "grey value"),
    Column("max_c{channel}", "float64", "Highest intensity in the channel.", "grey value"),
    Column("total_c{channel}", "float64", "Sum of the cell's intensities.", "grey value"),
    Column(
        "corrected_mean_c{channel}",
        "float64",
        "Mean intensity minus the background: the median of all pixels of the frame without a "
        "cell; empty if there is none.",
        "grey value",
    ),
    Column(
        "corrected_total_c{channel}",
        "float64",
        "Sum of the cell's intensities, each minus that background.",
        "grey value",
    ),
    *(
        Column(
            f"ring_{ring}_c{{channel}}",
            "float64",
            f"Mean intensity in ring {ring} of 4, from the centre to the rim of the ellipse with "
            "the same second moments, over the cell's mean; empty if the ring has no pixel or the "
            "mean is 0.",
        )
        for ring in (1, 2, 3, 4)
    ),
)

_TEXTURE = (
    Column(
        "texture_contrast_c{channel}",
        "float64",
        "Haralick contrast: mean squared difference of neighbouring pixels, in eighths of the "
        "cell's own range. This and the other textures are empty if no two pixels touch.",
    ),
    Column(
        "texture_homogeneity_c{channel}",
        "float64",
        "Haralick homogeneity (inverse difference moment), 0 to 1.",
    ),
    Column(
        "texture_energy_c{channel}",
        "float64",
        "Root of Haralick's angular second moment, 0 to 1: 1 if all pixels are alike.",
    ),
    Column(
        "texture_correlation_c{channel}",
        "float64",
        "Haralick correlation of neighbouring pixels, -1 to 1; 1 if all pixels are alike.",
    ),
    Column(
        "texture_entropy_c{channel}",
        "float64",
        "Haralick entropy of pairs of neighbouring pixels.",
        "bit",
    ),
)

_TRUST = (
    Column(
        "confidence",
        "float64",
        "Probability that the link from the row before is right; on a track's first row: that "
        "the cell begins there as said.",
    ),
    Column(
        "mask_confidence",
        "float64",
        "Probability that the mask is a good one of one cell, as the back end that drew it says; "
        "1 where a person drew or gave it, NaN where it was filled in.",
    ),
    Column(
        "is_interpolated",
        "bool",
        "The cell was not seen in this frame; its mask was filled in across a gap.",
    ),
)

CELL_COLUMNS: tuple[Column, ...] = (
    *_IDENTITY,
    *_PLACE,
    *_SHAPE,
    *_NEIGHBOURS,
    *_MOTION,
    *_INTENSITY,
    *_TEXTURE,
    *_TRUST,
)


CELL_KIND_COLUMNS: tuple[Column, ...] = (
    Column(
        "kind",
        "str",
        "Where examples or words were given: the kind that the cell's track fits best; empty "
        "where none is likely enough.",
    ),
)
"""What is added where examples or words were given."""


def channel_means(names: Iterable[object]) -> list[str]:
    """Return the columns of mean intensities among others: one for each measured channel.

    Parameters
    ----------
    names : iterable
        Names of columns.

    Returns
    -------
    list of str

    Examples
    --------
    >>> channel_means(["frame", "mean_c0", "mean_curvature", "mean_c1"])
    ['mean_c0', 'mean_c1']
    """
    return [str(name) for name in names if re.fullmatch(r"mean_c\d+", str(name))]
