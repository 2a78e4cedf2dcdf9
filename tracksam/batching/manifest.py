"""Manifest: the movies of a batch as a table."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import attrs

from tracksam.batching.entry import Entry, check_distinct, named
from tracksam.errors import InvalidInputError, ReadError
from tracksam.settings import Settings

SUFFIX = ".csv"
COLUMNS = ("movie", "name", "prompts", "axes")


def read_manifest(path: str | Path) -> list[Entry]:
    """Read the movies of a batch.

    Parameters
    ----------
    path : path-like
        CSV with the column ``movie`` and, as needed, ``name`` (under which the results lie),
        ``prompts`` (CSV of marked objects), ``axes``, and settings of single movies, such as
        ``read.pixel_size_um``. Paths are relative to the manifest's folder; an empty cell says
        nothing.

    Returns
    -------
    list of Entry
        In the order of the rows.

    Raises
    ------
    ReadError
        There is no such file, or it is no text.
    InvalidInputError
        A column is missing or unknown, a row is short, or two movies have one name.
    SettingsError
        A setting is unknown or out of range.
    """
    path = Path(path)
    rows = _rows(path)
    if not rows:
        raise InvalidInputError(f"{path} names no movie.")
    given = named([row["movie"] for _, row in rows])
    entries = [
        _entry(path, number, row, entry) for (number, row), entry in zip(rows, given, strict=True)
    ]
    check_distinct(entry.name for entry in entries)
    return entries


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            rows = [(reader.line_num, row) for row in reader]
            names = [name.strip() for name in reader.fieldnames or ()]
    except FileNotFoundError:
        raise ReadError(f"there is no file {path}; is the name right?") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"{path} can not be read as a table: {error}.") from error
    unknown = [name for name in names if name not in COLUMNS and "." not in name]
    if "movie" not in names or unknown:
        raise InvalidInputError(
            f"a manifest has the column movie and may have {', '.join(COLUMNS[1:])} and settings "
            f"such as read.pixel_size_um; {path} has {', '.join(map(repr, names)) or 'none'}."
        )
    return [(number, _checked(path, number, row)) for number, row in rows if any(row.values())]


def _checked(path: Path, number: int, row: dict[str, Any]) -> dict[str, str]:
    if "" in row or not row["movie"].strip():
        raise InvalidInputError(
            f"line {number} of {path} must name a movie, and have no more fields than the first."
        )
    return {name.strip(): value.strip() for name, value in row.items()}


def _entry(path: Path, number: int, row: dict[str, str], entry: Entry) -> Entry:
    values: dict[str, Any] = {}
    for column, text in row.items():
        if "." in column and text:
            section, _, key = column.partition(".")
            values.setdefault(section, {})[key] = _value(text)
    try:
        Settings.from_mapping(values)
        return attrs.evolve(
            entry,
            name=row.get("name") or entry.name,
            movie=_beside(path, row["movie"]),
            prompts=_beside(path, row["prompts"]) if row.get("prompts") else None,
            axes=row.get("axes") or None,
            values=values,
        )
    except InvalidInputError as error:
        raise type(error)(f"line {number} of {path}: {error}") from None


def _beside(path: Path, name: str) -> str:
    return str(path.parent / name)


def _value(text: str) -> Any:
    """A number or truth value as TOML writes it; all else is a word."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
