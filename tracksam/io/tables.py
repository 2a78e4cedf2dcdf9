"""Tables as CSV: what a person marked, and what a run measured."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tracksam.columns import CELL_COLUMNS, TRACK_COLUMNS, Column
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.atomic import whole_file, write_text
from tracksam.prompts import Boxes, Prompts

if TYPE_CHECKING:
    import pandas as pd

PROMPT_COLUMNS = ("object_id", "frame", "kind", "y", "x", "y1", "x1")
_KINDS = ("positive", "negative", "box")
_HIGHEST = 2**32 - 1  # what the pixels of a label image can hold


def read_prompts(path: str | Path) -> tuple[Prompts, Boxes]:
    """Read points and boxes that mark objects.

    Parameters
    ----------
    path : path-like
        CSV with the columns ``object_id,frame,kind,y,x,y1,x1`` in any order; others are ignored.
        `kind` is ``positive``, ``negative`` or ``box``; a point stands at row `y` and column `x`
        in pixels, a box goes from there to `y1`, `x1`, which lie outside. ``y1`` and ``x1`` may be
        left out where there is no box.

    Returns
    -------
    Prompts, Boxes
        In the order of the rows.

    Raises
    ------
    ReadError
        The file is missing or no text.
    InvalidInputError
        A column is missing, or a row is malformed; the row is named.
    """
    path = Path(path)
    reader = csv.DictReader(io.StringIO(_text(path)))
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in PROMPT_COLUMNS[:5] if name not in names]
    if missing:
        raise InvalidInputError(
            f"{path} lacks the column(s) {', '.join(missing)}; its first line must be "
            f"{','.join(PROMPT_COLUMNS)}, got {','.join(names)!r}."
        )
    reader.fieldnames = names
    points: list[tuple[int, int, float, float, bool]] = []
    boxes: list[tuple[int, int, float, float, float, float]] = []
    for row in reader:
        where = f"line {reader.line_num} of {path}"
        object_id, frame = _whole(row, "object_id", where), _whole(row, "frame", where)
        kind = (row["kind"] or "").strip()
        if kind not in _KINDS:
            raise InvalidInputError(
                f"kind must be one of {', '.join(_KINDS)}; got {kind!r} in {where}."
            )
        y, x = _number(row, "y", where), _number(row, "x", where)
        if object_id < 1 or frame < 0:
            raise InvalidInputError(
                f"object_id must be 1 or more and frame 0 or more; got {object_id} and {frame} in "
                f"{where}."
            )
        if kind == "box":
            boxes.append((object_id, frame, y, x, *_end(row, y, x, where)))
        else:
            points.append((object_id, frame, y, x, kind == "positive"))
    return _prompts(points), _boxes(boxes)


def write_prompts(path: Path, prompts: Prompts, boxes: Boxes) -> None:
    """Write points and boxes as `read_prompts` reads them.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    prompts : Prompts
        Written first.
    boxes : Boxes
        Written after them.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    rows: list[list[object]] = []
    for i, (y, x) in enumerate(prompts.yx.tolist()):
        kind = "positive" if prompts.is_positive[i] else "negative"
        rows.append([prompts.object_id[i], prompts.frame[i], kind, y, x, "", ""])
    for i, box in enumerate(boxes.box_yxyx.tolist()):
        rows.append([boxes.object_id[i], boxes.frame[i], "box", *box])
    write_text(path, csv_text(PROMPT_COLUMNS, rows))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as the text of a CSV file.

    Parameters
    ----------
    columns : sequence of str
        The first line.
    rows : iterable of sequence
        Values in the order of the columns.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


@contextmanager
def growing_table(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Give a function that appends rows to a CSV file, which appears when all are written.

    Parameters
    ----------
    path : Path
        An existing file is replaced at the end.

    Yields
    ------
    callable
        Takes a DataFrame with the same columns each time. Nothing is kept in memory.

    Raises
    ------
    InvalidInputError
        Rows with other columns than the first ones.
    WriteError
        The file can not be written.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield _Appender(file)


class _Appender:
    """Appends rows to an open file; the first ones bring the header."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._columns: list[str] | None = None

    def __call__(self, rows: pd.DataFrame) -> None:
        columns = list(rows.columns)
        if self._columns is not None and columns != self._columns:
            raise InvalidInputError(
                f"rows of one table need the same columns; first {self._columns}, now {columns}."
            )
        rows.to_csv(self._file, index=False, header=self._columns is None, lineterminator="\n")
        self._columns = columns


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    table : pandas.DataFrame
        Its index is not written. Numbers are written so that they are read back exactly.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    with growing_table(path) as append:
        append(table)


def read_cells(path: Path, only: Collection[str] | None = None) -> pd.DataFrame:
    """Read the table of cells.

    Parameters
    ----------
    path : Path
        ``cells.csv``.
    only : collection of str, optional
        Names of columns that are read besides the track and the frame, as far as they are there; a
        long movie's table with all its columns is large. Default: all.

    Returns
    -------
    pandas.DataFrame
        Sorted by track and frame; columns have their declared types.

    Raises
    ------
    ReadError
        The file is missing or no table.
    """
    table = _read_table(path, CELL_COLUMNS, only)
    return table.sort_values(["track_id", "frame"], kind="stable", ignore_index=True)


def read_tracks(path: Path) -> pd.DataFrame:
    """Read the table of tracks.

    Parameters
    ----------
    path : Path
        ``tracks.csv``.

    Returns
    -------
    pandas.DataFrame
        Sorted by track; columns have their declared types.

    Raises
    ------
    ReadError
        The file is missing or no table.
    """
    table = _read_table(path, TRACK_COLUMNS)
    return table.sort_values("track_id", kind="stable", ignore_index=True)


def read_tracklets(path: Path) -> pd.DataFrame:
    """Read the table that says which label is which track.

    Parameters
    ----------
    path : Path
        ``tracklets.csv``.

    Returns
    -------
    pandas.DataFrame
        With the columns of `Tracklets`.

    Raises
    ------
    ReadError
        The file is missing or no table.
    """
    return _read_table(path, ())


def _read_table(
    path: Path, columns: Sequence[Column], only: Collection[str] | None = None
) -> pd.DataFrame:
    import pandas as pd

    declared = {column.name: column.dtype for column in columns if column.dtype != "str"}
    read = None if only is None else {"track_id", "frame", *only}.__contains__
    try:
        table: pd.DataFrame = pd.read_csv(
            path, dtype=declared, usecols=read, **_exact(pd.__version__)
        )
    except FileNotFoundError:
        raise ReadError(
            f"there is no {path.name} in {path.parent}: the run did not come to its end; "
            "--resume goes on."
        ) from None
    except (OSError, ValueError) as error:
        raise ReadError(f"{path} can not be read as a table: {error}.") from error
    if "track_id" not in table.columns:
        raise ReadError(f"{path} is no table of a run: it has no column track_id.")
    return table


def _exact(pandas_version: str) -> dict[str, Any]:
    """Return the option that makes floats exact; from pandas 3.1 on they are, and it is refused."""
    is_new = tuple(int(n) for n in pandas_version.split(".")[:2]) >= (3, 1)
    return {} if is_new else {"float_precision": "round_trip"}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ReadError(f"there is no file {path}; is the name right?") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} can not be read as text: {error}.") from error


def _number(row: Mapping[str, str | None], column: str, where: str) -> float:
    word = (row.get(column) or "").strip()
    try:
        value = float(word)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InvalidInputError(f"{column} must be a number, got {word!r} in {where}.")
    return float(value)


def _whole(row: Mapping[str, str | None], column: str, where: str) -> int:
    value = _number(row, column, where)
    if not value.is_integer() or abs(value) > _HIGHEST:
        raise InvalidInputError(
            f"{column} must be a whole number, got {value!r} in {where}; at most {_HIGHEST}."
        )
    return int(value)


def _end(row: Mapping[str, str | None], y: float, x: float, where: str) -> tuple[float, float]:
    y1, x1 = _number(row, "y1", where), _number(row, "x1", where)
    if not (y1 > y and x1 > x):
        raise InvalidInputError(
            f"a box needs y < y1 and x < x1, got y={y:g}, x={x:g}, y1={y1:g}, x1={x1:g} in {where}."
        )
    return y1, x1


def _prompts(rows: list[tuple[int, int, float, float, bool]]) -> Prompts:
    return Prompts(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2:4] for row in rows], np.float64),
        np.array([row[4] for row in rows], np.bool_),
    )


def _boxes(rows: list[tuple[int, int, float, float, float, float]]) -> Boxes:
    return Boxes(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2:] for row in rows], np.float64),
    )
