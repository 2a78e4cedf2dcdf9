"""Series: the lines and bars that the plots show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.report.colours import track_colours

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES = 200
MOST_BARS = 40
Floats = NDArray[np.float64]


@attrs.frozen(eq=False)
class Line:
    """A line of a plot. NaN breaks it; without a name it is not in the legend."""

    name: str
    x: Floats
    y: Floats
    colour: tuple[int, int, int]
    width: float = 1.5


@attrs.frozen(eq=False)
class Bars:
    """A histogram: N counts between N + 1 edges."""

    edges: Floats
    counts: Floats


@attrs.frozen(eq=False)
class Plot:
    """What one plot shows.

    Parameters
    ----------
    x_label, y_label : str
        Names of the axes, with units.
    lines : tuple of Line
        The most important last: it lies on top.
    bars : Bars, optional
        Instead of lines.
    note : str
        What is left out, or why there is nothing.
    """

    x_label: str
    y_label: str
    lines: tuple[Line, ...] = ()
    bars: Bars | None = None
    note: str = ""


GREY: tuple[int, int, int] = (140, 145, 150)


def time_axis(table: pd.DataFrame) -> tuple[str, str]:
    """Return the column that tells the time, and the name of its axis."""
    return ("time_min", "time (min)") if "time_min" in table else ("frame", "frame")


def over_time(cells: pd.DataFrame | None, feature: str, track_ids: Iterable[int]) -> Plot:
    """Return a feature over time for some tracks, on top of the median of all cells.

    Parameters
    ----------
    cells : DataFrame or None
        A row for each cell and frame.
    feature : str
        A column.
    track_ids : iterable of int
        The tracks, in their own colours; none: the median and quartiles alone.

    Returns
    -------
    Plot
        Lines break where frames are missing. At most 200 tracks, the first ones.
    """
    if cells is None or feature not in cells:
        return _nothing(feature)
    time, label = time_axis(cells)
    wanted = sorted(set(track_ids))
    lines = [*_quartiles(cells, time, feature)]
    chosen = cells[cells["track_id"].isin(wanted[:MOST_LINES])]
    for track_id, rows in chosen.groupby("track_id"):
        lines.append(_track_line(int(track_id), rows, time, feature))
    left_out = len(wanted) - MOST_LINES
    note = f"{left_out} more tracks are not drawn." if left_out > 0 else ""
    return Plot(label, feature, tuple(lines), note=note)


def _track_line(track_id: int, rows: pd.DataFrame, time: str, feature: str) -> Line:
    frame = rows["frame"].to_numpy()
    holes = np.flatnonzero(np.diff(frame) > 1) + 1
    x = np.insert(rows[time].to_numpy(float), holes, np.nan)
    y = np.insert(rows[feature].to_numpy(float), holes, np.nan)
    red, green, blue = track_colours(track_id)[0].tolist()
    return Line(f"track {track_id}", x, y, (red, green, blue), 2.0)


def _quartiles(cells: pd.DataFrame, time: str, feature: str) -> list[Line]:
    grouped = cells.groupby(time)[feature]
    quartiles = grouped.quantile([0.25, 0.75, 0.5]).unstack()
    x = quartiles.index.to_numpy(float)
    names = {0.25: "quartiles of all cells", 0.75: "", 0.5: "median of all cells"}
    return [
        Line(names[share], x, quartiles[share].to_numpy(float), GREY, 2.5 if share == 0.5 else 1.0)
        for share in (0.25, 0.75, 0.5)
    ]


def of_population(frames: pd.DataFrame | None, feature: str) -> Plot:
    """Return a figure of the whole population over time: number of cells, divisions, ..."""
    if frames is None or feature not in frames:
        return _nothing(feature)
    time, label = time_axis(frames)
    y = frames[feature].to_numpy(float)
    line = Line(feature, frames[time].to_numpy(float), y, (70, 160, 240), 2.0)
    return Plot(label, feature, (line,))


def distribution(cells: pd.DataFrame | None, feature: str, frame: int | None) -> Plot:
    """Return how a feature is distributed over the cells of one frame; None: of all frames."""
    if cells is None or feature not in cells:
        return _nothing(feature)
    values = cells[feature] if frame is None else cells.loc[cells["frame"] == frame, feature]
    finite = values.to_numpy(float)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return _nothing(feature)
    n_bars = int(np.clip(np.sqrt(len(finite)), 5, MOST_BARS))
    counts, edges = np.histogram(finite, bins=n_bars)
    return Plot(feature, "cells", bars=Bars(edges, counts.astype(float)))


def numeric_columns(table: pd.DataFrame | None) -> tuple[str, ...]:
    """Return the columns that can be plotted: numbers that are neither names nor times."""
    if table is None:
        return ()
    return tuple(
        str(name)
        for name in table.columns
        if table[name].dtype.kind in "fiub" and name not in ("track_id", "frame", "time_min")
    )


def _nothing(feature: str) -> Plot:
    return Plot("", feature, note="Nothing is measured yet: track first.")
