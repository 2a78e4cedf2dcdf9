"""What edits ask of a lineage, with the refusals that they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.pixels import PixelChange


def frames_of(lineage: Lineage, track_id: int) -> NDArray[np.int64]:
    """Return the frames of a track, ascending.

    Parameters
    ----------
    lineage : Lineage
        Where it is looked for.
    track_id : int
        Which track.

    Returns
    -------
    ndarray of int, shape (N,), N >= 1

    Raises
    ------
    InvalidInputError
        There is no such track.
    """
    frames = lineage.frame[lineage.rows(track_id)]
    if not len(frames):
        raise InvalidInputError(f"there is no track {track_id}; select a cell that is there.")
    return frames


def first_frame(lineage: Lineage, track_id: int) -> int:
    """Return a track's first frame; refuse a track that is not there.

    Parameters
    ----------
    lineage : Lineage
        Where it is looked for.
    track_id : int
        Which track.

    Returns
    -------
    int
    """
    return int(frames_of(lineage, track_id)[0])


def rows_from(lineage: Lineage, track_id: int, frame: int) -> NDArray[np.bool_]:
    """Return which rows are a track's in a frame and later, shape (N,).

    Parameters
    ----------
    lineage : Lineage
        Where it is looked for.
    track_id : int
        Which track.
    frame : int
        First frame.
    """
    rows: NDArray[np.bool_] = (lineage.track_id == track_id) & (lineage.frame >= frame)
    return rows


def born_after(lineage: Lineage, mother: int, frame: int) -> tuple[int, ...]:
    """Return a track's daughters that begin after a frame, ascending.

    Parameters
    ----------
    lineage : Lineage
        Where they are looked for.
    mother : int
        Which track.
    frame : int
        Daughters that begin in it are left out.
    """
    daughters = lineage.daughters(mother)
    return tuple(child for child in daughters if first_frame(lineage, child) > frame)


def with_mothers(
    lineage: Lineage, new_mothers: Mapping[int, int | None], **columns: Any
) -> Lineage:
    """Return a lineage with other mothers and columns.

    Parameters
    ----------
    lineage : Lineage
        Before.
    new_mothers : mapping of int to int or None
        Daughter to mother; None takes the mother away. A person says so, so that a new link has
        the confidence 1; a link that stays keeps its own.
    **columns
        Columns that change; all of one length.

    Returns
    -------
    Lineage
    """
    parents, sure = dict(lineage.parents), dict(lineage.parent_confidence)
    for child, mother in new_mothers.items():
        parents.pop(child, None)
        sure.pop(child, None)
        if mother is not None:
            parents[child], sure[child] = mother, 1.0
    return attrs.evolve(lineage, parents=parents, parent_confidence=sure, **columns)


def sure_from(
    lineage: Lineage, track_id: NDArray[np.int64], rows: Iterable[int]
) -> dict[str, NDArray[Any]]:
    """Return columns with other ids, and confidence 1 in some rows: a person said so.

    Parameters
    ----------
    lineage : Lineage
        N rows.
    track_id : ndarray of int, shape (N,)
        Their new ids.
    rows : iterable of int
        Which links a person made.
    """
    confidence = lineage.confidence.copy()
    confidence[list(rows)] = 1.0
    return {"track_id": track_id, "confidence": confidence}


def step(
    name: str,
    before: Curation,
    lineage: Lineage,
    pixels: Iterable[PixelChange] = (),
    **others: Any,
) -> Change:
    """Return the step to another lineage.

    Parameters
    ----------
    name : str
        In words.
    before : Curation
        The state that is edited.
    lineage : Lineage
        After.
    pixels : iterable of Renaming or Painting
        What happens to the masks.
    **others
        Other attributes of `Curation` that change. Tracks that are gone are not confirmed.

    Returns
    -------
    Change
    """
    confirmed = others.pop("confirmed", before.confirmed)
    there = confirmed & frozenset(lineage.track_ids.tolist())
    highest = others.pop("highest_id", before.highest_id)
    after = attrs.evolve(
        before,
        lineage=attrs.evolve(lineage, end_confidence=_ends(before.lineage, lineage)),
        confirmed=there,
        highest_id=max(highest, before.highest_id),
        **others,
    )
    return Change.between(name, before, after, pixels)


def _ends(before: Lineage, after: Lineage) -> dict[int, float]:
    """How sure the ends are of tracks that end as before; of others nothing is known."""
    mothers = set(after.parents.values())
    old, new = before.last_frames(), after.last_frames()
    return {
        i: sure
        for i, sure in before.end_confidence.items()
        if i not in mothers and i in new and new[i] == old.get(i)
    }


def spans(frames: NDArray[np.int64]) -> str:
    """Return frames in words: ``"frames 3 to 5"`` or ``"frame 3"``."""
    first, last = int(frames[0]), int(frames[-1])
    return f"frame {first}" if first == last else f"frames {first} to {last}"


def listed(ids: Iterable[int]) -> str:
    """Return ids in words: ``"3, 5 and 8"``."""
    words = [str(i) for i in sorted(ids)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
