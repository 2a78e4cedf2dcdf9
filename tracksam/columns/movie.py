"""The columns of the tables by frame, by family, by track and lag, and of the movie."""

from __future__ import annotations

from tracksam.columns.declaration import Column, quantity

FRAME_COLUMNS: tuple[Column, ...] = (
    Column("frame", "int64", "Frame number, from 0.", "frame"),
    Column("time_min", "float64", "Time since frame 0.", "min", "time", "frame", time=1),
    Column("n_cells", "int64", "Number of cells."),
    Column("n_interpolated", "int64", "Number of those that were filled in."),
    Column("n_divisions", "int64", "Number of mothers whose daughters begin in this frame."),
    Column("n_new", "int64", "Number of tracks that begin here without a mother; 0 in frame 0."),
    Column(
        "n_ended",
        "int64",
        "Number of tracks without daughters with their last row here; 0 in the last frame.",
    ),
    Column("confluence", "float64", "Share of the frame that cells cover, 0 to 1."),
    Column("mean_confidence", "float64", "Mean confidence of the cells; empty without any."),
)

FAMILY_COLUMNS: tuple[Column, ...] = (
    Column("root_id", "int64", "The family's oldest track."),
    Column("n_tracks", "int64", "Number of tracks."),
    Column("n_divisions", "int64", "Number of tracks with two or more daughters."),
    Column("n_generations", "int64", "Highest generation, and 1."),
    Column("first_frame", "int64", "Frame of the family's first row.", "frame"),
    Column("last_frame", "int64", "Frame of the family's last row.", "frame"),
    Column("n_last", "int64", "Number of its cells in the movie's last frame."),
)

LAG_COLUMNS: tuple[Column, ...] = (
    Column("track_id", "int64", "The track."),
    *quantity("lag", "Time between the two rows of a pair.", time=1, dtype="int64"),
    Column("n_pairs", "int64", "Number of pairs of rows that are the lag apart."),
    Column("msd_px2", "float64", "Mean squared displacement over these pairs.", "px2"),
    Column(
        "msd_um2",
        "float64",
        "Mean squared displacement over these pairs.",
        "um2",
        "space",
        "msd_px2",
        length=2,
    ),
    Column(
        "direction_correlation",
        "float64",
        "Mean cosine between steps that are the lag apart: 1 same direction, 0 none in common, -1 "
        "back; empty without such steps.",
    ),
)

MOVIE_COLUMNS: tuple[Column, ...] = (
    Column("n_frames", "int64", "Number of frames.", "frame"),
    Column("n_tracks", "int64", "Number of tracks."),
    Column("n_families", "int64", "Number of tracks without a mother."),
    Column("n_first", "int64", "Number of cells in the first frame."),
    Column("n_last", "int64", "Number of cells in the last frame."),
    Column("n_divisions", "int64", "Number of divisions."),
    *quantity("division_rate", "Divisions per cell and time.", time=-1),
    *quantity(
        "doubling_time",
        "Time in which the number of cells doubles, from a line through its logarithm; empty if "
        "it does not grow. Cells that enter and leave count.",
        time=1,
    ),
    *quantity("median_cycle", "Median time from birth to division.", time=1),
    Column("first_confluence", "float64", "Share of the first frame that cells cover, 0 to 1."),
    Column("last_confluence", "float64", "Share of the last frame that cells cover, 0 to 1."),
    *quantity("mean_speed", "Mean of the tracks' mean speeds.", length=1, time=-1),
    *quantity("diffusion", "Median of the tracks' diffusion coefficients.", length=2, time=-1),
    Column("alpha", "float64", "Median of the tracks' powers of time in the mean displacement."),
    *quantity("persistence", "Median of the tracks' persistence times.", time=1),
)
