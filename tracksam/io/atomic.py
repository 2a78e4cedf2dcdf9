"""Files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracksam.errors import WriteError

_TEMPORARY = ".part"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it becomes `path`, else it is removed.

    Parameters
    ----------
    path : Path
        Where the file shall be. What lies there stays until the new file is complete and on disk.

    Yields
    ------
    Path
        Where to write. The suffix is that of `path`, because some writers look at it.

    Raises
    ------
    WriteError
        The disk is full, the folder is read-only or gone; free space and the reason are named.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}{_TEMPORARY}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def is_temporary(path: Path) -> bool:
    """Return whether a path is a file that a killed `whole_file` left behind."""
    return path.name.startswith(".") and _TEMPORARY in path.name


def write_text(path: Path, text: str) -> None:
    """Write a text file that is either whole or not there.

    Parameters
    ----------
    path : Path
        Where; an existing file is replaced.
    text : str
        Content, encoded as UTF-8.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_error(path: Path, error: OSError) -> OSError:
    """Return the error to raise when `path` can not be written.

    Parameters
    ----------
    path : Path
        What was to be written.
    error : OSError
        What the system, or a writer inside, said. A `WriteError` is returned as it is.

    Returns
    -------
    OSError
        A `WriteError` that names the reason, and the free space when the disk is full.
    """
    if isinstance(error, WriteError):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WriteError(
            f"the disk is full: {path} can not be written, {_free_text(path.parent)} free; "
            "make room, then go on with --resume."
        )
    reason = error.strerror or str(error)
    return WriteError(f"{path} can not be written: {reason}; choose a folder you may write to.")


def require_space(folder: Path, needed_bytes: int) -> None:
    """Check that a disk has room, before any work is done.

    Parameters
    ----------
    folder : Path
        An existing folder on the disk.
    needed_bytes : int
        How much will be written at most.

    Raises
    ------
    WriteError
        Less is free; both figures are named.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise WriteError(
            f"the disk of {folder} has {size_text(free)} free, but the run may need "
            f"{size_text(needed_bytes)}; make room or choose another folder."
        )


def size_text(n_bytes: int) -> str:
    """Return a number of bytes as people read it.

    Parameters
    ----------
    n_bytes : int
        0 or more.

    Returns
    -------
    str

    Examples
    --------
    >>> size_text(1536)
    '1.5 KiB'
    """
    value = float(n_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def _free_text(folder: Path) -> str:
    try:
        return size_text(shutil.disk_usage(folder).free)
    except OSError:
        return "an unknown amount"
