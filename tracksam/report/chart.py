"""Charts as SVG text, without any library in the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam._arrays import array_field

_WIDTH, _HEIGHT = 460.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 14.0, 26.0, 42.0
_MOST_TICKS = 6
Floats = NDArray[np.float64]


@attrs.frozen
class Series:
    """One line of a chart.

    Parameters
    ----------
    x, y : array of float, shape (N,)
        Points; those that are not finite (on a logarithmic axis: not above 0) are left out, and
        the line breaks there.
    name : str
        For the legend; empty: none.
    css : str
        Class of the line: "a", "b" or "c" for its colour, with "dashed" for a fit.
    """

    x: Floats = array_field(np.float64, None)
    y: Floats = array_field(np.float64, None)
    name: str = ""
    css: str = "a"


@attrs.frozen
class Scale:
    """How one axis turns values into places.

    Parameters
    ----------
    low, high : float
        Values at both ends; `low` below `high`, and above 0 if logarithmic.
    start, end : float
        Places of both ends.
    is_log : bool
        Logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, values: ArrayLike) -> Floats:
        """Return places of values; NaN where there is none."""
        shown = np.asarray(values, np.float64)
        if self.is_log:
            shown = np.log10(np.where(shown > 0, shown, np.nan))
        low, high = self._ends
        return self.start + (shown - low) / (high - low) * (self.end - self.start)

    @property
    def _ends(self) -> tuple[float, float]:
        if self.is_log:
            return float(np.log10(self.low)), float(np.log10(self.high))
        return self.low, self.high

    @property
    def ticks(self) -> list[float]:
        """Round values to write at the axis."""
        low, high = self._ends
        if self.is_log:
            powers = range(int(np.floor(low)), int(np.floor(high)) + 1)
            steps = (1, 2, 5) if high - low < 2 else (1,)
            ticks = [step * 10.0**power for power in powers for step in steps]
            return [tick for tick in ticks if self.low <= tick <= self.high]
        step = tick_step(high - low)
        count = int(np.floor(high / step + 1e-9)) - int(np.ceil(low / step - 1e-9)) + 1
        first = np.ceil(low / step - 1e-9) * step
        return [float(first + i * step) for i in range(count)]


def tick_step(span: float) -> float:
    """Return a round step that divides a span in at most six.

    Parameters
    ----------
    span : float
        Above 0.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> tick_step(29)
    5.0
    """
    power = 10.0 ** np.floor(np.log10(span / _MOST_TICKS))
    return float(next(m * power for m in (1, 2, 5, 10) if span / (m * power) <= _MOST_TICKS))


def line_chart(
    series: Sequence[Series], x_label: str, y_label: str, *, is_log: bool = False
) -> str:
    """Return a chart of lines.

    Parameters
    ----------
    series : sequence of Series
        Drawn in order.
    x_label, y_label : str
        With units.
    is_log : bool
        Both axes logarithmic; else the y axis begins at 0.

    Returns
    -------
    str
        An ``svg`` element; where no point can be drawn, a paragraph that says so.
    """
    x, y = (np.concatenate([getattr(s, axis) for s in series] or [[]]) for axis in "xy")
    drawable = np.isfinite(x) & np.isfinite(y) & ((not is_log) | ((x > 0) & (y > 0)))
    if not drawable.any():
        return _nothing(y_label)
    across = _scale(x[drawable], _LEFT, _WIDTH - _RIGHT, is_log, from_zero=False)
    up = _scale(y[drawable], _HEIGHT - _BOTTOM, _TOP, is_log, from_zero=True)
    parts = [_line(s, across, up) for s in series]
    parts += _legend(series)
    return _chart(parts, across, up, x_label, y_label)


def histogram(values: ArrayLike, x_label: str, y_label: str = "cells") -> str:
    """Return a chart of how often values occur.

    Parameters
    ----------
    values : array_like of float, shape (N,)
        NaN is left out. The highest percent of the values shares the last bar.
    x_label, y_label : str
        With units.

    Returns
    -------
    str
        An ``svg`` element; without a value, a paragraph that says so.
    """
    found = np.asarray(values, np.float64)
    found = found[np.isfinite(found)]
    if not len(found):
        return _nothing(x_label)
    low, high = float(found.min()), float(np.percentile(found, 99))
    if high <= low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(
        np.minimum(found, high), bins=_n_bins(len(found)), range=(low, high)
    )
    across = Scale(low, high, _LEFT, _WIDTH - _RIGHT)
    up = _scale(counts.astype(np.float64), _HEIGHT - _BOTTOM, _TOP, is_log=False, from_zero=True)
    bars = []
    for count, a, b in zip(counts.tolist(), edges[:-1], edges[1:], strict=True):
        left, right, top = across.at(a), across.at(b), up.at(count)
        bars.append(
            f'<rect class="bar" x="{left + 0.5:.1f}" y="{top:.1f}" '
            f'width="{max(right - left - 1, 0.5):.1f}" height="{up.start - top:.1f}">'
            f"<title>{number(a)} to {number(b)}: {count} {escape(y_label)}</title></rect>"
        )
    return _chart(bars, across, up, x_label, y_label)


def _n_bins(n: int) -> int:
    return int(np.clip(np.sqrt(n), 6, 40))


def number(value: float) -> str:
    """Return a number as people read it, with three digits.

    Parameters
    ----------
    value : float
        NaN gives a dash.

    Returns
    -------
    str

    Examples
    --------
    >>> number(12345.6), number(0.012345), number(float("nan"))
    ('12,346', '0.0123', '–')
    """
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _scale(values: Floats, start: float, end: float, is_log: bool, from_zero: bool) -> Scale:
    low, high = float(values.min()), float(values.max())
    if is_log:
        return Scale(low / 1.1, high * 1.1, start, end, is_log=True)
    low = min(low, 0.0) if from_zero else low
    high = high if high > low else low + 1
    return Scale(low, high + (0.05 * (high - low) if from_zero else 0), start, end)


def _line(series: Series, across: Scale, up: Scale) -> str:
    x, y = across.at(series.x), up.at(series.y)
    finite = np.isfinite(x) & np.isfinite(y)
    pieces, pen_is_up = [], True
    for is_point, a, b in zip(finite.tolist(), x.tolist(), y.tolist(), strict=True):
        if is_point:
            pieces.append(f"{'M' if pen_is_up else 'L'}{a:.1f} {b:.1f}")
        pen_is_up = not is_point
    dots = ""
    if "dashed" not in series.css and finite.sum() <= 200:
        dots = "".join(
            f'<circle class="dot {series.css}" cx="{a:.1f}" cy="{b:.1f}" r="3"><title>'
            f"{number(x0)}: {number(y0)}</title></circle>"
            for a, b, x0, y0 in zip(
                x[finite], y[finite], series.x[finite], series.y[finite], strict=True
            )
        )
    return f'<path class="line {series.css}" d="{" ".join(pieces)}"/>{dots}'


def _legend(series: Sequence[Series]) -> list[str]:
    named = [s for s in series if s.name]
    parts = []
    for i, s in enumerate(named):
        x = _LEFT + 8 + 120 * i
        parts.append(
            f'<path class="line {s.css}" d="M{x} 12h18"/>'
            f'<text class="legend" x="{x + 24}" y="16">{escape(s.name)}</text>'
        )
    return parts


def _chart(parts: Sequence[str], across: Scale, up: Scale, x_label: str, y_label: str) -> str:
    bottom, middle = _HEIGHT - _BOTTOM, (_LEFT + _WIDTH - _RIGHT) / 2
    grid = []
    for value, y in zip(up.ticks, up.at(up.ticks).tolist(), strict=True):
        grid.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        grid.append(f'<text class="y tick" x="{_LEFT - 6}" y="{y + 4:.1f}">{number(value)}</text>')
    for value, x in zip(across.ticks, across.at(across.ticks).tolist(), strict=True):
        grid.append(f'<path class="grid" d="M{x:.1f} {bottom}v4"/>')
        grid.append(f'<text class="x tick" x="{x:.1f}" y="{bottom + 17}">{number(value)}</text>')
    labels = (
        f'<text class="x label" x="{middle:.1f}" y="{_HEIGHT - 6}">{escape(x_label)}</text>'
        f'<text class="y label" transform="translate(13 {(_TOP + bottom) / 2:.1f}) rotate(-90)">'
        f"{escape(y_label)}</text>"
    )
    name = escape(f"{y_label} over {x_label}", quote=True)
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{name}">'
        f'{"".join(grid)}<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}"/>'
        f"{''.join(parts)}{labels}</svg>"
    )


def _nothing(label: str) -> str:
    return f'<p class="nothing">There is nothing to show for {escape(label)}.</p>'
