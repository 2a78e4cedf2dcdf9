"""Columns: every column of every table, declared once, as data.

Steps compute in pixels and frames. What a column is in micrometres and minutes follows from the
powers of length and time that are declared here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.stack import Stack

CHANNEL = "{channel}"
Needs = Literal["none", "space", "time", "both"]
_DTYPES = {"int64": np.int64, "float64": np.float64, "bool": np.bool_, "str": np.str_}


@attrs.frozen
class Calibration:
    """What a pixel and a frame are in the world.

    Parameters
    ----------
    pixel_size_um : float, optional
        Side of a pixel; None: not known.
    frame_interval_s : float, optional
        Seconds from frame to frame; None: not known.

    Examples
    --------
    >>> Calibration(pixel_size_um=0.5).factor(length=2)
    0.25
    """

    pixel_size_um: float | None = None
    frame_interval_s: float | None = None

    @classmethod
    def of(cls, stack: Stack) -> Calibration:
        """Return the calibration of a movie."""
        return cls(stack.pixel_size_um, stack.frame_interval_s)

    def knows(self, needs: Needs) -> bool:
        """Return whether a column that needs "none", "space", "time" or "both" can be given."""
        space, time = self.pixel_size_um is not None, self.frame_interval_s is not None
        return {"none": True, "space": space, "time": time, "both": space and time}[needs]

    def factor(self, length: int = 0, time: int = 0) -> float:
        """Return what a number in pixels and frames is multiplied with for micrometres, minutes.

        Parameters
        ----------
        length, time : int
            Powers of the quantity: 2 and 0 for an area, 1 and -1 for a speed.

        Returns
        -------
        float
            NaN where the calibration that this takes is not known.
        """
        pixel = np.nan if self.pixel_size_um is None else self.pixel_size_um
        minute = np.nan if self.frame_interval_s is None else self.frame_interval_s / 60
        return float((pixel**length if length else 1) * (minute**time if time else 1))


@attrs.frozen
class Column:
    """One column of one table.

    Parameters
    ----------
    name : str
        With its unit where there is one. ``{channel}`` stands for the channel's number.
    dtype : {"int64", "float64", "bool", "str"}
        Of the values.
    meaning : str
        One sentence for the person who reads the table, with what is given where there is no value.
    unit : str
        ``"px"``, ``"um2"``, ``"um/min"``, ``"rad"``, ``"grey value"``, ...; empty for pure numbers.
    needs : {"none", "space", "time", "both"}
        The calibration without which the column is absent.
    source : str
        For a calibrated column: the column in pixels and frames that it is converted from.
    length, time : int
        For a calibrated column: powers of length and time.

    Raises
    ------
    InvalidInputError
        The dtype is not one of the four.
    """

    name: str
    dtype: str
    meaning: str
    unit: str = ""
    needs: Needs = "none"
    source: str = ""
    length: int = 0
    time: int = 0

    def __attrs_post_init__(self) -> None:
        if self.dtype not in _DTYPES:
            raise InvalidInputError(
                f"column {self.name} needs a dtype of {', '.join(_DTYPES)}; got {self.dtype!r}."
            )

    @property
    def per_channel(self) -> bool:
        """Whether there is one such column for each channel."""
        return CHANNEL in self.name

    def of_channel(self, channel: int) -> Column:
        """Return the column of one channel."""
        return attrs.evolve(
            self,
            name=self.name.replace(CHANNEL, str(channel)),
            source=self.source.replace(CHANNEL, str(channel)),
        )

    def values(self, values: Any) -> NDArray[Any]:
        """Return values in the column's dtype; text as Python strings."""
        array = np.asarray(values)
        return array.astype(object) if self.dtype == "str" else array.astype(_DTYPES[self.dtype])


@attrs.frozen
class Feature:
    """A measurement of cells: which columns it gives, and the function that fills them.

    A package adds one under the entry point ``tracksam.features``.

    Parameters
    ----------
    name : str
        What to call it in messages.
    columns : tuple of Column
        Everything that `measure` gives. Calibrated columns are made from their source.
    measure : callable
        Takes the cells of one frame (`tracksam.steps.measuring.cells.FrameCells`) and returns, for
        each column that is not converted from another, its name and K values, one a cell in
        ascending order of the labels.

    Examples
    --------
    >>> from tracksam.columns import Column, Feature
    >>> def aspect(cells):
    ...     height, width = (cells.box_yxyx[:, 2:] - cells.box_yxyx[:, :2]).T
    ...     return {"box_aspect": height / width}
    >>> meaning = "Height of the bounding box over its width."
    >>> box_aspect = Feature("box aspect", (Column("box_aspect", "float64", meaning),), aspect)
    """

    name: str
    columns: tuple[Column, ...] = attrs.field(converter=tuple)
    measure: Callable[[Any], Mapping[str, NDArray[Any]]]


def quantity(
    stem: str, meaning: str, length: int = 0, time: int = 0, dtype: str = "float64"
) -> tuple[Column, Column]:
    """Return the column of a quantity in pixels and frames, and the one in micrometres, minutes.

    Parameters
    ----------
    stem : str
        The names without the unit.
    meaning : str
        One sentence, true for both.
    length, time : int
        Powers of length and time; not both 0.
    dtype : str
        Of the column in pixels and frames.

    Returns
    -------
    tuple of two Column

    Examples
    --------
    >>> [column.name for column in quantity("speed", "How fast.", length=1, time=-1)]
    ['speed_px_per_frame', 'speed_um_per_min']
    """
    needs: Needs = "both" if length and time else "space" if length else "time"
    raw = _suffix(length, time, "px" if length == 2 and not time else _power("px", length), "frame")
    real = _suffix(length, time, _power("um", length), "min")
    plain = Column(f"{stem}_{raw}", dtype, meaning, _unit("px", "frame", length, time))
    return plain, Column(
        f"{stem}_{real}",
        "float64",
        meaning,
        _unit("um", "min", length, time),
        needs,
        plain.name,
        length,
        time,
    )


def _power(word: str, power: int) -> str:
    return word if abs(power) == 1 else f"{word}{abs(power)}"


def _suffix(length: int, time: int, space_word: str, time_word: str) -> str:
    above = [space_word] if length > 0 else []
    above += [f"{time_word}s" if time_word == "frame" else time_word] if time > 0 else []
    below = [space_word] if length < 0 else []
    below += [time_word] if time < 0 else []
    return "_".join(above + [f"per_{word}" for word in below])


def _unit(space: str, time: str, length: int, duration: int) -> str:
    powers = [(space, length), (time, duration)]
    above = " ".join(_power(word, power) for word, power in powers if power > 0)
    below = " ".join(_power(word, power) for word, power in powers if power < 0)
    return f"{above or 1}/{below}" if below else above


def concrete(columns: Iterable[Column], n_channels: int) -> Iterator[Column]:
    """Yield columns with the channel's number in the name, each channel's together.

    Parameters
    ----------
    columns : iterable of Column
        As declared.
    n_channels : int
        Number of channels; 0 leaves the columns of channels out.

    Yields
    ------
    Column
    """
    waiting: list[Column] = []
    for column in columns:
        if column.per_channel:
            waiting.append(column)
            continue
        yield from (c.of_channel(i) for i in range(n_channels) for c in waiting)
        waiting = []
        yield column
    yield from (c.of_channel(i) for i in range(n_channels) for c in waiting)


def present(
    columns: Iterable[Column], calibration: Calibration, n_channels: int = 0
) -> tuple[Column, ...]:
    """Return the columns that a table has, in order.

    Parameters
    ----------
    columns : iterable of Column
        As declared, e.g. `CELL_COLUMNS`.
    calibration : Calibration
        Columns that need more than it knows are left out.
    n_channels : int
        Number of measured channels.

    Returns
    -------
    tuple of Column
    """
    return tuple(c for c in concrete(columns, n_channels) if calibration.knows(c.needs))


def filled(
    columns: Iterable[Column], values: Mapping[str, Any], calibration: Calibration
) -> dict[str, NDArray[Any]]:
    """Return a value array for each column, in order and in its dtype.

    Parameters
    ----------
    columns : iterable of Column
        Concrete and present.
    values : mapping of str to array
        The columns in pixels and frames. A column without values (and without a source that has
        them) is left out; a value without a column is an error.
    calibration : Calibration
        Gives the calibrated columns.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    InvalidInputError
        A value has no declared column.
    """
    columns = tuple(columns)
    unknown = sorted(set(values) - {column.name for column in columns})
    if unknown:
        raise InvalidInputError(f"no column is declared for the values {', '.join(unknown)}.")
    result = {}
    for column in columns:
        if column.name in values:
            result[column.name] = column.values(values[column.name])
        elif column.source in values:
            factor = calibration.factor(column.length, column.time)
            result[column.name] = np.asarray(values[column.source], np.float64) * factor
    return result
