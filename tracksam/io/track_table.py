"""The Cell Tracking Challenge's table of tracks, read and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.tracklets import Tracklets

_HIGHEST = 2**32 - 1  # what the pixels of a label image can hold


def read_tracks(path: Path) -> Tracklets:
    """Read a table of tracks.

    Parameters
    ----------
    path : Path
        ``res_track.txt`` or ``man_track.txt``. An empty file holds no tracks; a track that names
        itself as parent has none.

    Returns
    -------
    Tracklets
        `track_id` equals `label`.

    Raises
    ------
    InvalidInputError
        A line is not four whole numbers, a label is twice there or below 1, a track ends before
        it begins, a parent is not there, or a track is its own ancestor through others.
    """
    table = track_rows(path)
    own = table[:, 3] == table[:, 0]
    parent = np.where(own, 0, table[:, 3])
    _check_ancestors(dict(zip(table[:, 0].tolist(), parent.tolist(), strict=True)), path)
    return Tracklets(table[:, 0], table[:, 1], table[:, 2], parent, track_id=table[:, 0])


def track_rows(path: Path) -> NDArray[np.int64]:
    """Return a table of tracks as it is written.

    Parameters
    ----------
    path : Path
        As for `read_tracks`.

    Returns
    -------
    ndarray of int, shape (K, 4)
        Label, first frame, last frame, parent; sorted by label.

    Raises
    ------
    InvalidInputError
        As in `read_tracks`, ancestors apart.
    """
    rows: dict[int, tuple[int, int, int, int]] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            label, begin, end, parent = (int(word) for word in line.split())
        except ValueError:
            raise InvalidInputError(
                f"line {number} of {path} must be four whole numbers: label, first frame, last "
                f"frame, parent; got {line!r}."
            ) from None
        is_own = 1 <= label <= _HIGHEST and label not in rows
        if not (is_own and 0 <= begin <= end <= _HIGHEST and 0 <= parent <= _HIGHEST):
            raise InvalidInputError(
                f"line {number} of {path} must have a label of its own, 1 or more, and a first "
                f"frame not after the last; got {line!r} (at most {_HIGHEST})."
            )
        rows[label] = (label, begin, end, parent)
    for label, _, _, parent in rows.values():
        if parent and parent not in rows:
            raise InvalidInputError(
                f"{path} gives track {label} the parent {parent}: there is none."
            )
    return np.array(sorted(rows.values()), np.int64).reshape(-1, 4)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} can not be read as text: {error}.") from error


def _check_ancestors(parents: dict[int, int], path: Path) -> None:
    """Refuse tracks that are their own ancestors."""
    checked: set[int] = {0}
    for start in parents:
        label = start
        line: list[int] = []
        while label not in checked:
            checked.add(label)
            line.append(label)
            label = parents[label]
        if label in line:
            names = ", ".join(map(str, line[line.index(label) :]))
            raise InvalidInputError(
                f"{path} makes tracks {names} their own ancestors: each names the next as its "
                "parent, and the last the first; one of these parents must be 0."
            )
