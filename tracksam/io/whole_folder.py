"""Folders that are either whole or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracksam.errors import WriteError
from tracksam.io.atomic import write_error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; on success it becomes `path`, else it is removed.

    Parameters
    ----------
    path : Path
        Must not exist, or be an empty folder.

    Yields
    ------
    Path
        Where to make a folder; nothing is there yet.

    Raises
    ------
    WriteError
        There is something already, or the disk is full or read-only.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise WriteError(f"{path} exists and is not empty; choose another name.")
    building = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(building, ignore_errors=True)
        yield building
        building.replace(path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
