"""Edits of whole tracks and of their later parts. None of them reads a mask."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tracksam.change import Change, Curation, TrackRows
from tracksam.errors import InvalidInputError
from tracksam.pixels import Renaming
from tracksam.steps.editing.lookup import (
    born_after,
    frames_of,
    listed,
    rows_from,
    spans,
    step,
    sure_from,
    with_mothers,
)


def join(curation: Curation, first: int, second: int) -> Change:
    """Return the step that makes two tracks one, under the id of the earlier one.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    first, second : int
        Two tracks, in any order; the earlier one ends before the later one begins. Frames
        between them become a gap. If the later one is the earlier one's daughter, that division
        is taken back.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        They are in the same frames, the later one has another mother, or the earlier one
        divides.
    """
    lineage = curation.lineage
    if first == second:
        raise InvalidInputError(f"track {first} can not be joined to itself; select two tracks.")
    earlier, later = sorted((first, second), key=lambda i: frames_of(lineage, i)[0])
    ends, begins = frames_of(lineage, earlier)[-1], frames_of(lineage, later)[0]
    if begins <= ends:
        shared = np.arange(begins, min(ends, frames_of(lineage, later)[-1]) + 1)
        raise InvalidInputError(
            f"tracks {earlier} and {later} can not be joined: both are there in {spans(shared)}; "
            "break or delete one of them first."
        )
    mother, daughters = lineage.parents.get(later), lineage.daughters(earlier)
    if mother not in (None, earlier):
        raise InvalidInputError(
            f"track {later} can not be joined to {earlier}: it is a daughter of {mother}; unmark "
            "that division first."
        )
    if daughters and later not in daughters:
        raise InvalidInputError(
            f"track {later} can not be joined to {earlier}: {earlier} divides into "
            f"{listed(daughters)}; unmark that division first."
        )
    rows = lineage.rows(later)
    track_id = lineage.track_id.copy()
    track_id[rows] = earlier
    new_mothers = {**dict.fromkeys(daughters), **dict.fromkeys(lineage.daughters(later), earlier)}
    new_mothers[later] = None
    joined = with_mothers(lineage, new_mothers, **sure_from(lineage, track_id, [rows.start]))
    both = {earlier, later} <= curation.confirmed
    confirmed = curation.confirmed if both else curation.confirmed - {earlier}
    renaming = Renaming({later: earlier}, int(begins), int(frames_of(lineage, later)[-1]))
    return step(
        f"Join track {later} to track {earlier}", curation, joined, [renaming], confirmed=confirmed
    )


def break_track(curation: Curation, track_id: int, frame: int) -> Change:
    """Return the step that makes the part of a track from a frame on a track of its own.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_id : int
        It keeps its earlier part.
    frame : int
        First frame of the new track, which gets a new id, and the daughters that begin later.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        The track has no part before, or none from this frame on.
    """
    lineage, new = curation.lineage, curation.highest_id + 1
    frames = frames_of(lineage, track_id)
    if not frames[0] < frame <= frames[-1]:
        raise InvalidInputError(
            f"track {track_id} can not be broken in frame {frame}: it is there in {spans(frames)}; "
            "go to a frame inside it, after its first."
        )
    later = rows_from(lineage, track_id, frame)
    begins = int(lineage.frame[later][0])
    ids = np.where(later, new, lineage.track_id)
    moved = dict.fromkeys(born_after(lineage, track_id, begins), new)
    broken = with_mothers(
        lineage, moved, **sure_from(lineage, ids, [int(np.flatnonzero(later)[0])])
    )
    confirmed = curation.confirmed | ({new} if track_id in curation.confirmed else set())
    renaming = Renaming({track_id: new}, begins, int(frames[-1]))
    return step(
        f"Break track {track_id} in frame {frame}",
        curation,
        broken,
        [renaming],
        confirmed=confirmed,
        highest_id=new,
    )


def swap(curation: Curation, first: int, second: int, frame: int) -> Change:
    """Return the step that exchanges two tracks from a frame on.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    first, second : int
        Two tracks that are there before the frame; at least one is there from it on.
    frame : int
        First frame in which they are exchanged; daughters that begin later go along.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        One of the tracks begins too late, or both end too early.
    """
    lineage = curation.lineage
    if first == second:
        raise InvalidInputError(f"track {first} can not be swapped with itself; select two tracks.")
    for track_id in (first, second):
        if frames_of(lineage, track_id)[0] >= frame:
            raise InvalidInputError(
                f"tracks {first} and {second} can not be swapped from frame {frame} on: track "
                f"{track_id} begins in frame {frames_of(lineage, track_id)[0]}; both must be there "
                "before."
            )
    rows = {i: rows_from(lineage, i, frame) for i in (first, second)}
    last = max(frames_of(lineage, i)[-1] for i in (first, second))
    if last < frame:
        raise InvalidInputError(
            f"tracks {first} and {second} both end before frame {frame}; there is nothing to swap."
        )
    other = {first: second, second: first}
    ids = lineage.track_id.copy()
    for track_id, later in rows.items():
        ids[later] = other[track_id]
    moved = {
        child: other[i]
        for i, later in rows.items()
        if later.any()
        for child in born_after(lineage, i, int(lineage.frame[later][0]))
    }
    begins = [int(np.flatnonzero(later)[0]) for later in rows.values() if later.any()]
    swapped = with_mothers(lineage, moved, **sure_from(lineage, ids, begins))
    return step(
        f"Swap tracks {first} and {second} from frame {frame} on",
        curation,
        swapped,
        [Renaming(other, frame, int(last))],
    )


def delete(curation: Curation, track_ids: Iterable[int]) -> Change:
    """Return the step that removes tracks, with their masks.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_ids : iterable of int
        Their daughters stay, without a mother.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        None is named, or one is not there.
    """
    gone = sorted({int(i) for i in track_ids})
    if not gone:
        raise InvalidInputError("no cell is selected; select the cells to delete.")
    frames = {i: frames_of(curation.lineage, i) for i in gone}
    kept = curation.lineage.only(set(curation.lineage.track_ids.tolist()) - set(gone))
    hidden = [
        Renaming({i: -(curation.highest_id + n)}, int(frames[i][0]), int(frames[i][-1]))
        for n, i in enumerate(gone, start=1)
    ]
    word = "track" if len(gone) == 1 else f"{len(gone)} tracks:"
    shown = listed(gone) if len(gone) <= 5 else f"{listed(gone[:5])}, ..."
    highest = curation.highest_id + len(gone)
    return step(f"Delete {word} {shown}", curation, kept, hidden, highest_id=highest)


def delete_after(curation: Curation, track_id: int, frame: int) -> Change:
    """Return the step that removes a track in all frames after one.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_id : int
        It keeps this frame and those before. Daughters that begin in the next frame stay its
        daughters; later ones lose their mother.
    frame : int
        Last frame that is kept.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        The track has no part up to this frame, or none after it.
    """
    lineage, hidden = curation.lineage, -(curation.highest_id + 1)
    frames = frames_of(lineage, track_id)
    if not frames[0] <= frame < frames[-1]:
        raise InvalidInputError(
            f"track {track_id} has nothing to delete after frame {frame}: it is there in "
            f"{spans(frames)}; go to a frame inside it, before its last."
        )
    gone = rows_from(lineage, track_id, frame + 1)
    columns = {name: getattr(lineage, name)[~gone] for name in TrackRows().columns()}
    lost = dict.fromkeys(born_after(lineage, track_id, frame + 1))
    shorter = with_mothers(lineage, lost, **columns)
    renaming = Renaming({track_id: hidden}, frame + 1, int(frames[-1]))
    return step(
        f"Delete track {track_id} after frame {frame}",
        curation,
        shorter,
        [renaming],
        highest_id=-hidden,
    )
