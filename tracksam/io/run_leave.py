"""Whether a folder may be used for a run, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.atomic import is_temporary
from tracksam.record import RunRecord

RECORD = "run.json"

# Packed masks, candidates, table rows and an overview take less than this: 300 cells in a million
# pixels took 0.3 bytes a pixel, nearly all of it in the table of cells.
_BYTES_PER_PIXEL = 0.4
_BYTES_PER_FRAME = 16 * 2**10
_BYTES_PER_RUN = 2 * 2**20


def predicted_bytes(shape_tyxc: Sequence[int]) -> int:
    """Return how much room a run may need on the disk.

    Parameters
    ----------
    shape_tyxc : sequence of int
        Of the movie.

    Returns
    -------
    int
        Bytes; more than most runs take.
    """
    n_frames, *shape_yx = shape_tyxc[:3]
    pixels = n_frames * float(np.prod(shape_yx))
    return int(_BYTES_PER_RUN + n_frames * _BYTES_PER_FRAME + pixels * _BYTES_PER_PIXEL)


def read_record(path: Path) -> RunRecord:
    """Return the record of the run that a folder holds.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    RunRecord

    Raises
    ------
    ReadError
        It holds none, or one that can not be read.
    """
    file = path / RECORD
    try:
        return RunRecord.from_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} is no run folder of tracksam: it has no readable run.json.") from (
            error
        )
    except InvalidInputError as error:
        raise ReadError(f"{file} can not be used: {error}") from error


def require_leave(path: Path, record: RunRecord, on_exists: str) -> None:
    """Check that a folder may be used for a run.

    Parameters
    ----------
    path : Path
        The folder.
    record : RunRecord
        Of the run that is to begin.
    on_exists : {"refuse", "overwrite", "resume"}
        What to do where there is one.

    Raises
    ------
    WriteError
        It may not.
    InvalidInputError
        The run that is to be resumed is another one.
    """
    if path.is_file():
        raise WriteError(f"{path} is a file; name a folder for the run.")
    if not path.is_dir() or all(is_temporary(part) for part in path.iterdir()):
        if on_exists == "resume":
            raise WriteError(f"there is no run in {path} to resume; leave --resume away.")
        return
    try:
        earlier = read_record(path)
    except ReadError:
        raise WriteError(
            f"{path} is not empty, and no run folder of tracksam: nothing in it is touched; choose "
            "another folder."
        ) from None
    if on_exists == "refuse":
        raise WriteError(
            f"{path} holds a run ({earlier.state}): --overwrite replaces it, --resume goes on with "
            "one that did not come to its end."
        )
    if on_exists == "resume":
        _require_same(path, earlier, record)


def _require_same(path: Path, earlier: RunRecord, record: RunRecord) -> None:
    if earlier.state == "complete":
        raise WriteError(f"the run in {path} is complete; --overwrite runs it anew.")
    difference = earlier.difference(record)
    if difference:
        raise InvalidInputError(
            f"the run in {path} differs from this one in {difference}; resume it with what it had, "
            "or --overwrite."
        )
