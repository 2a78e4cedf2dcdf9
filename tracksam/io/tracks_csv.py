"""Tracks as a table of text: a row a cell and frame, as napari and inTRACKtive read it.

Columns ``track_id,t,y,x,parent_track_id``; -1 for no parent. Confidences and filled-in rows stand
in further columns where there are any.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.atomic import write_text
from tracksam.lineage import Lineage

COLUMNS = ("track_id", "t", "y", "x", "parent_track_id")
_CONFIDENCE, _INTERPOLATED, _PARENT_CONFIDENCE, _OF_MASK = (
    "confidence",
    "is_interpolated",
    "parent_confidence",
    "mask_confidence",
)
_HIGHEST = 2**32 - 1  # what the pixels of a label image can hold
_TRUE = {"1": True, "true": True, "0": False, "false": False}


def write_tracks_csv(lineage: Lineage, path: str | Path) -> None:
    """Write the rows of a lineage, by track and frame.

    Parameters
    ----------
    lineage : Lineage
        Positions are in pixels.
    path : path-like
        An existing file is replaced.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    ids = lineage.track_id.tolist()
    columns: dict[str, list[object]] = {
        "track_id": ids,
        "t": lineage.frame.tolist(),
        "y": lineage.yx[:, 0].tolist(),
        "x": lineage.yx[:, 1].tolist(),
        "parent_track_id": [lineage.parents.get(i, -1) for i in ids],
    }
    if (lineage.confidence != 1).any():
        columns[_CONFIDENCE] = lineage.confidence.tolist()
    if lineage.is_interpolated.any():
        columns[_INTERPOLATED] = lineage.is_interpolated.astype(int).tolist()
    judged = lineage.mask_confidence[~lineage.is_interpolated]
    if (judged != 1).any():
        of_mask = lineage.mask_confidence.tolist()
        columns[_OF_MASK] = ["" if np.isnan(value) else value for value in of_mask]
    if lineage.parent_confidence:
        sure = lineage.parent_confidence
        columns[_PARENT_CONFIDENCE] = [sure.get(i, "") for i in ids]
    lines = [",".join(columns)]
    lines += [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    write_text(Path(path), "".join(f"{line}\n" for line in lines))


def read_tracks_csv(path: str | Path) -> Lineage:
    """Read tracks.

    Parameters
    ----------
    path : path-like
        A table with at least ``track_id``, ``t``, ``y``, ``x``; other columns than those that
        `write_tracks_csv` writes are not looked at. No parent: -1, 0 or empty.

    Returns
    -------
    Lineage

    Raises
    ------
    ReadError
        There is no such file, or it is no text.
    InvalidInputError
        A column is missing, a row is short, a value is no number, or the tracks contradict each
        other.
    """
    path = Path(path)
    rows = _rows(path)
    track_id, frame, yx, confidence, interpolated, of_mask = [], [], [], [], [], []
    parents: dict[int, int] = {}
    sure: dict[int, float] = {}
    for number, row in rows:
        where = f"line {number} of {path}"
        child = _whole(row, "track_id", where)
        track_id.append(child)
        frame.append(_whole(row, "t", where))
        yx.append((_number(row, "y", where), _number(row, "x", where)))
        confidence.append(_number(row, _CONFIDENCE, where) if row.get(_CONFIDENCE) else 1.0)
        interpolated.append(_flag(row, where))
        of_mask.append(_number(row, _OF_MASK, where) if row.get(_OF_MASK) else 1.0)
        parent = _whole(row, "parent_track_id", where) if row.get("parent_track_id") else -1
        if parents.setdefault(child, parent) != parent:
            raise InvalidInputError(
                f"{where} gives track {child} the parent {parent}, a line before it "
                f"{parents[child]}; a track has one parent."
            )
        if row.get(_PARENT_CONFIDENCE):
            sure[child] = _number(row, _PARENT_CONFIDENCE, where)
    mothers = {child: parent for child, parent in parents.items() if parent > 0}
    return Lineage(
        np.array(track_id, np.int64),
        np.array(frame, np.int64),
        np.array(yx, np.float64).reshape(-1, 2),
        np.array(confidence, np.float64),
        np.array(interpolated, np.bool_),
        mothers,
        sure,
        mask_confidence=np.array(of_mask, np.float64),
    )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return every row with the number of its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            names = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"{path} can not be read as a table: {error}.") from error
    missing = [name for name in COLUMNS[:4] if name not in names]
    if missing:
        raise InvalidInputError(
            f"{path} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)} and has "
            f"{', '.join(names) or 'none'}."
        )
    for number, row in rows:
        n_fields = sum(value is not None for key, value in row.items() if key is not None)
        n_fields += len(row.get(None, ()))
        if n_fields != len(names):
            raise InvalidInputError(
                f"line {number} of {path} has {n_fields} fields, but the header {len(names)}; is "
                "the file whole?"
            )
    return rows


def _number(row: Mapping[str, str | None], column: str, where: str) -> float:
    text = row.get(column)
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InvalidInputError(f"{where} must have a number as {column}, got {text!r}.")
    return value


def _whole(row: Mapping[str, str | None], column: str, where: str) -> int:
    value = _number(row, column, where)
    if value != int(value) or abs(value) > _HIGHEST:
        raise InvalidInputError(
            f"{where} must have a whole number as {column}, got {value!r}; at most {_HIGHEST}."
        )
    return int(value)


def _flag(row: Mapping[str, str | None], where: str) -> bool:
    text = (row.get(_INTERPOLATED) or "0").strip().lower()
    if text not in _TRUE:
        raise InvalidInputError(f"{where} must have 0 or 1 as {_INTERPOLATED}, got {text!r}.")
    return _TRUE[text]
