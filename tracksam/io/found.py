"""Places that were found, as a table that grows image by image and can be taken up again."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TextIO

from tracksam.errors import ReadError, WriteError
from tracksam.found import Found
from tracksam.io.atomic import whole_file, write_error, write_text
from tracksam.io.tables import csv_text

COLUMNS = ("image", "object_id", "frame", "kind", "y", "x", "y1", "x1", "found_as", "score")
KIND_COLUMNS = ("object_id", "found_as")
LOOKED_COLUMNS = ("image", "frame", "n_found", "problem")


class FoundTable:
    """Two CSV files: what was found, and which images were looked at.

    The first has the columns of marks (``object_id,frame,kind,y,x,y1,x1``), so that of one movie it
    can be given to ``tracksam track --prompts``. An image counts as looked at when all of its rows
    are on disk; what an interrupted run left of others is removed.

    Parameters
    ----------
    path : Path
        Of the table; the other file has ``_looked`` in its name.
    """

    def __init__(self, path: Path, rows: TextIO, looked: TextIO, next_id: int) -> None:
        self.path = path
        self._rows, self._looked = rows, looked
        self._next_id = next_id

    @classmethod
    @contextmanager
    def open(cls, path: Path, on_exists: str = "refuse") -> Iterator[tuple[Self, set[str]]]:
        """Open a table to write into.

        Parameters
        ----------
        path : Path
            Ends in ``.csv``.
        on_exists : {"refuse", "overwrite", "resume"}
            What to do when it exists.

        Yields
        ------
        FoundTable, set of str
            The table, and the images that need not be looked at again (``image#frame``).

        Raises
        ------
        WriteError
            It exists and there is no leave, or it can not be written.
        """
        looked_path = looked_at(path)
        if path.exists() and on_exists == "refuse":
            raise WriteError(f"{path} exists; give --resume to go on, or --overwrite.")
        done: set[str] = set()
        next_id = 1
        try:
            if on_exists == "resume" and path.exists():
                done, next_id = _cleaned(path, looked_path)
            else:
                _begin(path, COLUMNS)
                _begin(looked_path, LOOKED_COLUMNS)
            with (
                path.open("a", newline="", encoding="utf-8") as rows,
                looked_path.open("a", newline="", encoding="utf-8") as looked,
            ):
                yield cls(path, rows, looked, next_id), done
        except OSError as error:
            if isinstance(error, ReadError | WriteError):
                raise
            raise write_error(path, error) from error

    def add(self, image: str, frame: int, found: Found | None, problem: str = "") -> None:
        """Write what was found in one image.

        Parameters
        ----------
        image : str
            Its name.
        frame : int
            Frame of a movie; 0 for a still.
        found : Found or None
            None: it could not be looked at.
        problem : str
            Why not.
        """
        places = found or Found()
        writer = csv.writer(self._rows, lineterminator="\n")
        for box, score, name in zip(
            places.box_yxyx.tolist(), places.score.tolist(), places.name, strict=True
        ):
            corners = [f"{value:.6g}" for value in box]
            writer.writerow([image, self._next_id, frame, "box", *corners, name, f"{score:.4f}"])
            self._next_id += 1
        self._rows.flush()
        row = [image, frame, len(places), problem]
        csv.writer(self._looked, lineterminator="\n").writerow(row)
        self._looked.flush()


def read_kinds(path: Path) -> dict[int, str]:
    """Return what marked objects are called, where a table of marks says so.

    Parameters
    ----------
    path : Path
        A table of marks; of `tracksam find`, or any other.

    Returns
    -------
    dict of int to str
        Object id to ``found_as``; empty where there is no such column.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not set(KIND_COLUMNS) <= set(reader.fieldnames or ()):
            return {}
        return {
            int(row["object_id"]): row["found_as"]
            for row in reader
            if row["found_as"] and (row["object_id"] or "").strip().isdigit()
        }


def write_kinds(path: Path, kinds: Mapping[int, str]) -> None:
    """Write what marked objects are called, as `read_kinds` reads it.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    kinds : mapping of int to str
        Object id to name.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    write_text(path, csv_text(KIND_COLUMNS, sorted(kinds.items())))


def looked_at(path: Path) -> Path:
    """Return the path of the file that says which images were looked at."""
    return path.with_name(f"{path.stem}_looked{path.suffix}")


def key_of(image: str, frame: int) -> str:
    """Return the name of one frame among those looked at.

    Parameters
    ----------
    image : str
        Name of the movie or still.
    frame : int
        Its frame.

    Returns
    -------
    str
    """
    return f"{image}#{frame}"


def _begin(path: Path, columns: tuple[str, ...]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(columns)


def _cleaned(path: Path, looked_path: Path) -> tuple[set[str], int]:
    """Remove rows of images that were not finished; what is done, and the next free id."""
    done = {key_of(row["image"], int(row["frame"])) for row in _rows(looked_path, LOOKED_COLUMNS)}
    next_id = 1
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in _rows(path, COLUMNS):
            if key_of(row["image"], int(row["frame"])) in done:
                writer.writerow(row)
                next_id = int(row["object_id"]) + 1
    with whole_file(looked_path) as temporary:
        rows = list(_rows(looked_path, LOOKED_COLUMNS))
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, LOOKED_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return done, next_id


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The whole rows of a table; a last one that was cut off is left out."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != columns:
                raise ReadError(
                    f"{path} has the columns {reader.fieldnames}, not {','.join(columns)}; give "
                    "--overwrite to begin anew."
                )
            for row in reader:
                if None not in row and None not in row.values() and row["frame"].isdigit():
                    yield row
    except FileNotFoundError:
        raise ReadError(f"{path} is missing; give --overwrite to begin anew.") from None
