"""What a run was made of: its movie, and the candidates that its tracks were chosen from."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path

from tracksam.errors import InvalidInputError
from tracksam.graph import FrameCandidates
from tracksam.io.images import read_movie
from tracksam.io.run import RunFolder
from tracksam.io.run_leave import RECORD
from tracksam.record import InputRecord
from tracksam.stack import Stack


def movie_of(path: Path) -> Stack | None:
    """Return the movie of a run, if it still lies where it was read from.

    Parameters
    ----------
    path : Path
        Any folder or file.

    Returns
    -------
    Stack or None
        None: no run, a movie that was made in memory, or one that lies there no more.

    Raises
    ------
    InvalidInputError
        Another movie lies there now.
    ReadError
        The movie is damaged.
    """
    if not (path / RECORD).is_file():
        return None
    run = RunFolder.open(path)
    known = run.record.input
    if known.path is None or not (Path(known.path).exists() or glob.has_magic(known.path)):
        return None
    stack = read_movie(known.path, run.settings.read, axes=known.axes)
    if InputRecord.of(stack).first_frame_sha256 != known.first_frame_sha256:
        raise InvalidInputError(
            f"{known.path} is not the movie that {path} was made of: its first frame differs; name "
            "the right one."
        )
    return stack


def kept_candidates(path: Path) -> Mapping[int, FrameCandidates]:
    """Return the candidates that a run kept.

    Parameters
    ----------
    path : Path
        Any folder.

    Returns
    -------
    mapping of int to FrameCandidates
        By frame, on disk; empty where nothing is kept.
    """
    return RunFolder.open(path).candidates if (path / RECORD).is_file() else {}
