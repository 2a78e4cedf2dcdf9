"""What stands in the report: figures, charts, tables, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from tracksam.columns import CELL_COLUMNS, Calibration, channel_means, concrete
from tracksam.lineage import Lineage
from tracksam.record import RunRecord
from tracksam.report.chart import Series, histogram, line_chart, number
from tracksam.report.clock import clock
from tracksam.stack import Stack
from tracksam.steps.measuring.lags import direction_cosines, squared_displacements

if TYPE_CHECKING:
    import pandas as pd

# Of each quantity, the first column that the table has is shown.
_FIGURES = (
    (("n_tracks", "tracks"),),
    (("n_families", "families"),),
    (("n_divisions", "divisions"),),
    (("n_first", "cells in the first frame"),),
    (("n_last", "cells in the last frame"),),
    (("doubling_time_min", "min to double"), ("doubling_time_frames", "frames to double")),
    (
        ("median_cycle_min", "min from birth to division"),
        ("median_cycle_frames", "frames from birth to division"),
    ),
    (
        ("mean_speed_um_per_min", "µm/min mean speed"),
        ("mean_speed_px_per_frame", "px/frame mean speed"),
    ),
)
_LONG_MIN = 120
"""From this many minutes on, durations are shown in hours."""

_DISTRIBUTIONS = (
    ("area_um2", "area_px"),
    ("eccentricity",),
    ("solidity",),
    ("nearest_um", "nearest_px"),
)
_SPEEDS = ("speed_um_per_min", "speed_px_per_frame")
_PRETTY = {"px2": "px²", "um2": "µm²", "um": "µm", "um/min": "µm/min"}


def figures(movie: pd.Series[Any]) -> Iterator[str]:
    """Yield the numbers to see first.

    Parameters
    ----------
    movie : pandas.Series
        The row of the movie's table.

    Yields
    ------
    str
    """
    for choices in _FIGURES:
        name, words = next(choice for choice in choices if choice[0] in movie)
        value = float(movie[name])
        if words.startswith("min ") and value >= _LONG_MIN:
            value, words = value / 60, words.replace("min", "h", 1)
        yield f'<div class="figure"><b>{number(value)}</b><span>{escape(words)}</span></div>'


def counts(frames: pd.DataFrame, stack: Stack) -> Iterator[str]:
    """Yield charts of the population over time.

    Parameters
    ----------
    frames : pandas.DataFrame
        The table of frames.
    stack : Stack
        Gives the unit of time.

    Yields
    ------
    str
    """
    per_frame, unit = clock(stack)
    time = frames["frame"].to_numpy() * per_frame
    label = "frame" if unit == "frame" else f"time ({unit})"
    of = {str(name): frames[name].to_numpy(np.float64) for name in frames}
    changes = [("n_divisions", "divisions", "a"), ("n_new", "new", "c"), ("n_ended", "ended", "b")]
    for y_label, series in (
        ("cells", [Series(time, of["n_cells"])]),
        ("tracks", [Series(time, of[name], words, css) for name, words, css in changes]),
        ("confluence", [Series(time, of["confluence"])]),
        ("mean confidence", [Series(time, of["mean_confidence"])]),
    ):
        yield line_chart(series, label, y_label)


def distributions(cells: pd.DataFrame) -> Iterator[str]:
    """Yield histograms of size, shape, crowding and intensity.

    Parameters
    ----------
    cells : pandas.DataFrame
        The table of cells.

    Yields
    ------
    str
    """
    names = [next((n for n in choices if n in cells), "") for choices in _DISTRIBUTIONS]
    names += channel_means(cells)
    for name in filter(None, names):
        yield histogram(cells[name].to_numpy(), label_of(name))


def label_of(name: str) -> str:
    """Return a column's name as an axis has it: in words, with the unit.

    Parameters
    ----------
    name : str
        Of a column of the cell table.

    Returns
    -------
    str

    Examples
    --------
    >>> label_of("area_um2"), label_of("mean_c0")
    ('area (µm²)', 'mean c0 (grey value)')
    """
    channel = int(name.rsplit("_c", 1)[1]) if name.rsplit("_c", 1)[-1].isdigit() else 0
    unit = next(c.unit for c in concrete(CELL_COLUMNS, channel + 1) if c.name == name)
    words = name
    for suffix in ("_um_per_min", "_px_per_frame", "_um2", "_um", "_px", "_min", "_frames"):
        words = words.removesuffix(suffix)
    words = words.replace("_", " ")
    return f"{words} ({_PRETTY.get(unit, unit)})" if unit else words


def motion(lineage: Lineage, cells: pd.DataFrame, stack: Stack) -> Iterator[str]:
    """Yield charts of speed, mean squared displacement and directional autocorrelation.

    Parameters
    ----------
    lineage : Lineage
        Positions.
    cells : pandas.DataFrame
        The table of cells.
    stack : Stack
        Gives the units.

    Yields
    ------
    str
    """
    speed = next((name for name in _SPEEDS if name in cells), None)
    if speed is not None:
        yield histogram(cells[speed].to_numpy(), label_of(speed), "steps")
    per_frame, unit = clock(stack)
    max_lag = int(np.clip(stack.n_frames // 2, 1, 50))
    lag = np.arange(1, max_lag + 1, dtype=np.float64) * per_frame
    pixel = stack.pixel_size_um
    msd = squared_displacements(lineage, max_lag).of_all * (1.0 if pixel is None else pixel**2)
    label = f"lag ({'frames' if unit == 'frame' else unit})"
    name = f"mean squared displacement ({'px²' if pixel is None else 'µm²'})"
    free = msd[0] * lag / lag[0]
    lines = [Series(lag, msd, "measured"), Series(lag, free, "free walk", "b dashed")]
    yield line_chart(lines, label, name, is_log=True)
    cosines = direction_cosines(lineage, max_lag).of_all
    yield line_chart([Series(lag, cosines)], label, "directional autocorrelation")


def motion_note(movie: pd.Series[Any]) -> str:
    """Return what the models of motion say, in a sentence.

    Parameters
    ----------
    movie : pandas.Series
        The row of the movie's table.

    Returns
    -------
    str
    """
    calibrated = "diffusion_um2_per_min" in movie
    diffusion = movie["diffusion_um2_per_min" if calibrated else "diffusion_px2_per_frame"]
    unit = "µm²/min" if calibrated else "px²/frame"
    persistence = movie.get("persistence_min", movie["persistence_frames"])
    time = "min" if "persistence_min" in movie else "frames"
    return (
        f"Median of the tracks with 10 frames or more: diffusion coefficient {number(diffusion)} "
        f"{unit}, power of time in the mean squared displacement {number(movie['alpha'])} (1: "
        f"free, 2: straight), persistence time {number(persistence)} {time}."
    )


def run_tables(record: RunRecord | None) -> Iterator[str]:
    """Yield what made the result: settings, versions, weights, seconds.

    Parameters
    ----------
    record : RunRecord, optional
        None: a sentence that there is none.

    Yields
    ------
    str
    """
    if record is None:
        yield '<p class="nothing">The masks come from elsewhere; there is no record of a run.</p>'
        return
    for message in record.messages:
        yield f"<p>{escape(message)}</p>"
    yield '<div class="columns"><div><h3>Settings</h3><table>'
    for section, values in record.settings.items():
        items = values.items() if hasattr(values, "items") else [("", values)]
        for key, value in items:
            yield _row(f"{section}.{key}".strip("."), value)
    yield "</table></div><div><h3>Versions and times</h3><table>"
    yield _row("started", record.started)
    yield from (_row(name, version) for name, version in record.versions.items())
    yield from (_row(f"weights {name}", value[:12]) for name, value in record.weights.items())
    yield from (_row(f"{step}, seconds", value) for step, value in record.seconds.items())
    yield "</table></div></div>"


def _row(name: str, value: object) -> str:
    return f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"


def calibration_words(calibration: Calibration) -> list[str]:
    """Return pixel size and frame interval in words.

    Parameters
    ----------
    calibration : Calibration
        What is not known is left out.

    Returns
    -------
    list of str
    """
    words = []
    if calibration.pixel_size_um is not None:
        words.append(f"{number(calibration.pixel_size_um)} µm per pixel")
    if calibration.frame_interval_s is not None:
        words.append(f"{number(calibration.frame_interval_s / 60)} min per frame")
    return words
