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
        "the border), died (shrank to 60 % of its median area or less, then vanished) or lost.",
    ),
    *quantity(
        "cycle",
        "Time from birth to division: from the first row to the daughters' first; empty if birth "
        "or division was not seen.",
        time=1,
    ),
    Column("min_confidence", "float64", "The lowest confidence of the track's rows."),
    Column(
        "min_mask_confidence",
        "float64",
        "The lowest confidence of the track's masks; empty where all were filled in.",
    ),
    Column(
        "end_confidence",
        "float64",
        "Probability that the cell is not seen any more after the last row; NaN at the end of the "
        "movie, with daughters, or where it is not known.",
    ),
)

_MOTION = (
    *quantity(
        "path", "Sum of all steps; rows that were filled in are left out, here and below.", 1
    ),
    *quantity("displacement", "Distance from the first row to the last.", length=1),
    Column("straightness", "float64", "Displacement over path, 0 to 1; empty without motion."),
    *quantity("mean_speed", "Path over the time it took; empty for one row.", 1, -1),
    *quantity("max_speed", "Fastest step; empty for one row.", length=1, time=-1),
    Column(
        "direction_correlation",
        "float64",
        "Mean cosine of the turning angle: 1 straight on, 0 at random, -1 back and forth.",
    ),
    *quantity(
        "diffusion",
        "Diffusion coefficient D of a free walk, from the mean squared displacement 4 D t; empty "
        "below 10 rows, as are the next three.",
        length=2,
        time=-1,
    ),
    Column(
        "alpha",
        "float64",
        "Power of time in the mean squared displacement: 1 free, above 1 directed, below confined.",
    ),
    *quantity(
        "persistence",
        "Persistence time of Fürth's walk; empty if the frames do not resolve it, or if "
        "the turns may be those of a free walk.",
        time=1,
    ),
    *quantity("persistent_speed", "Root mean square speed of Fürth's walk.", length=1, time=-1),
)

_MEANS = (
    *quantity("mean_area", "Mean area; rows that were filled in are left out, here and below.", 2),
    *quantity("area_slope", "Growth: slope of a line through the areas.", length=2, time=-1),
    Column("mean_eccentricity", "float64", "Mean eccentricity."),
    Column(
        "birth_asymmetry",
        "float64",
        "Difference of the sisters' areas at birth over their sum, this one's first; -1 to 1.",
    ),
    Column("mean_intensity_c{channel}", "float64", "Mean of the mean intensities.", "grey value"),
    Column(
        "intensity_slope_per_frame_c{channel}",
        "float64",
        "Slope of a line through the mean intensities.",
        "grey value/frame",
    ),
    Column(
        "intensity_slope_per_min_c{channel}",
        "float64",
        "Slope of a line through the mean intensities.",
        "grey value/min",
        needs="time",
        source="intensity_slope_per_frame_c{channel}",
        time=-1,
    ),
)

TRACK_KIND_COLUMNS: tuple[Column, ...] = (
    Column(
        "kind",
        "str",
        "Where examples or words were given: the kind that the track fits best; empty where none "
        "is likely enough (a descendant of one that fits).",
    ),
    Column("kind_probability", "float64", "How likely the track is of the kind that fits best."),
)
"""What is added where examples or words were given."""

TRACK_COLUMNS: tuple[Column, ...] = (*_FAMILY, *_LIFE, *_MOTION, *_MEANS)
