"""Edits of divisions, and of what a person found to be right."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tracksam.change import Change, Curation
from tracksam.errors import InvalidInputError
from tracksam.pixels import Renaming
from tracksam.steps.editing.lookup import (
    born_after,
    first_frame,
    frames_of,
    listed,
    rows_from,
    step,
    sure_from,
    with_mothers,
)


def mark_division(curation: Curation, mother: int, daughters: Iterable[int]) -> Change:
    """Return the step that makes tracks the daughters of another.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    mother : int
        Begins before its daughters. Where it goes on while one daughter is named, it was one of
        the two: it is broken there, and its later part is the second daughter.
    daughters : iterable of int
        Two; or one, as said.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        It can not be so; the message says why.
    """
    lineage = curation.lineage
    named = sorted({int(i) for i in daughters})
    frames = frames_of(lineage, mother)
    _check_daughters(curation, mother, named)
    begin = min(first_frame(lineage, i) for i in named)
    if len(named) == 1 and frames[-1] >= begin:
        return _budded(curation, mother, named[0], begin)
    if len(named) != 2:
        raise InvalidInputError(
            f"track {mother} divides in two: select two daughters (or one, where {mother} itself "
            f"goes on as the other); got {listed(named)}, and track {mother} ends in frame "
            f"{frames[-1]}."
        )
    if frames[-1] >= begin:
        raise InvalidInputError(
            f"track {mother} can not divide into {listed(named)}: it is still there in frame "
            f"{frames[-1]}, and a daughter begins in frame {begin}; break or shorten it first."
        )
    divided = with_mothers(lineage, dict.fromkeys(named, mother))
    return step(f"Mark division of track {mother} into {listed(named)}", curation, divided)


def _check_daughters(curation: Curation, mother: int, daughters: list[int]) -> None:
    lineage = curation.lineage
    if not daughters:
        raise InvalidInputError("no daughter is selected; select the mother, then its daughters.")
    already = set(lineage.daughters(mother)) - set(daughters)
    if already:
        raise InvalidInputError(
            f"track {mother} divides into {listed(already)} already; unmark that division first."
        )
    for child in daughters:
        begin, other = first_frame(lineage, child), lineage.parents.get(child)
        if child == mother or begin <= first_frame(lineage, mother):
            raise InvalidInputError(
                f"track {child} can not be a daughter of {mother}: it begins in frame {begin}, and "
                f"its mother must be there before (she begins in frame "
                f"{first_frame(lineage, mother)})."
            )
        if other not in (None, mother):
            raise InvalidInputError(
                f"track {child} is a daughter of {other} already; unmark that division first."
            )


def _budded(curation: Curation, mother: int, daughter: int, frame: int) -> Change:
    """The mother's part from a frame on becomes the second daughter."""
    lineage, new = curation.lineage, curation.highest_id + 1
    later = rows_from(lineage, mother, frame)
    begins = int(lineage.frame[later][0])
    ids = np.where(later, new, lineage.track_id)
    mothers = {
        **dict.fromkeys(born_after(lineage, mother, begins), new),
        daughter: mother,
        new: mother,
    }
    columns = sure_from(lineage, ids, [int(np.flatnonzero(later)[0])])
    divided = with_mothers(lineage, mothers, **columns)
    confirmed = curation.confirmed | ({new} if mother in curation.confirmed else set())
    renaming = Renaming({mother: new}, begins, int(lineage.frame[later][-1]))
    return step(
        f"Mark division of track {mother} into {listed([daughter, new])}",
        curation,
        divided,
        [renaming],
        confirmed=confirmed,
        highest_id=new,
    )


def unmark_division(curation: Curation, mother: int) -> Change:
    """Return the step that leaves a track's daughters without a mother.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    mother : int
        The track that does not divide.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        It has no daughters.
    """
    frames_of(curation.lineage, mother)
    daughters = curation.lineage.daughters(mother)
    if not daughters:
        raise InvalidInputError(f"track {mother} does not divide; select the mother of a division.")
    undivided = with_mothers(curation.lineage, dict.fromkeys(daughters))
    return step(f"Unmark division of track {mother}", curation, undivided)


def confirm(curation: Curation, track_ids: Iterable[int]) -> Change:
    """Return the step that says of tracks that they are right: tracking leaves them alone.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_ids : iterable of int
        Tracks.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        None is named, one is not there, or all are confirmed already.
    """
    ids = _there(curation, track_ids)
    if ids <= curation.confirmed:
        raise InvalidInputError(f"track {listed(ids)} is confirmed already.")
    confirmed = curation.confirmed | ids
    return step(f"Confirm track {listed(ids)}", curation, curation.lineage, confirmed=confirmed)


def unconfirm(curation: Curation, track_ids: Iterable[int]) -> Change:
    """Return the step that takes confirmations back.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_ids : iterable of int
        Tracks.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        None is named, one is not there, or none is confirmed.
    """
    ids = _there(curation, track_ids)
    if not ids & curation.confirmed:
        raise InvalidInputError(f"track {listed(ids)} is not confirmed.")
    confirmed = curation.confirmed - ids
    return step(f"Unconfirm track {listed(ids)}", curation, curation.lineage, confirmed=confirmed)


def _there(curation: Curation, track_ids: Iterable[int]) -> frozenset[int]:
    ids = frozenset(int(i) for i in track_ids)
    if not ids:
        raise InvalidInputError("no cell is selected; select the cells that are right.")
    for track_id in ids:
        frames_of(curation.lineage, track_id)
    return ids
