"""Edits that draw masks: new cells, other outlines, gaps."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation, TrackRows
from tracksam.errors import InvalidInputError
from tracksam.pixels import Painting, PixelChange, read_hidden
from tracksam.prompts import Marks
from tracksam.regions import Regions
from tracksam.steps.editing.lookup import frames_of, listed, spans, step
from tracksam.steps.linking.gaps import between, clipped

Labels = NDArray[np.int32]


@attrs.frozen
class Drawn:
    """What is drawn in one frame.

    Parameters
    ----------
    frame : int
        Which frame.
    regions : Regions
        Their object ids are track ids, each once; ids of no track make new tracks.
    is_interpolated : bool
        Filled in, not seen.
    """

    frame: int
    regions: Regions
    is_interpolated: bool = False


def draw(curation: Curation, drawn: Drawn, name: str, marks: Marks | None = None) -> Change:
    """Return the step that gives tracks other masks in one frame, or begins tracks there.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    drawn : Drawn
        What is drawn. It covers other cells, but for confirmed ones, of which it gets no pixel; of
        regions that overlap, the earlier one gets the pixel.
    name : str
        What to call the step.
    marks : Marks, optional
        All marks afterwards, where they change.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        Nothing would be left of a cell, or a track would begin before its mother or go on after
        its division.
    """
    _check_drawn(curation, drawn)
    before = read_hidden(curation.masks.source, drawn.frame)
    after = _painted(before, drawn, curation.confirmed)
    painting = Painting.between(drawn.frame, before, after)
    lineage = curation.lineage
    in_frame = lineage.frame == drawn.frame
    ids = {*np.unique(after[after != before]).tolist(), *drawn.regions.object_id.tolist()}
    ids |= set(np.unique(before[after != before]).tolist())
    rows = _rows(after, {i for i in ids if i > 0}, drawn)
    touched = in_frame & np.isin(lineage.track_id, rows.track_id)
    rows = _with_old_confidence(rows, TrackRows.of(lineage, touched), drawn)
    kept = TrackRows.of(lineage, ~touched).columns()
    columns: dict[str, Any] = {k: np.concatenate([kept[k], v]) for k, v in rows.columns().items()}
    others = {} if marks is None else {"marks": marks}
    return step(
        name,
        curation,
        attrs.evolve(lineage, **columns),
        [] if painting is None else [painting],
        highest_id=max(curation.highest_id, int(drawn.regions.object_id.max(initial=0))),
        **others,
    )


def make_new(curation: Curation, frame: int, mask_yx: NDArray[Any]) -> Change:
    """Return the step that begins a new track with a mask.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    frame : int
        Where it begins.
    mask_yx : ndarray of bool, shape (Y, X)
        Its pixels.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        As `draw`.
    """
    new = curation.highest_id + 1
    return draw(curation, Drawn(frame, one(mask_yx, new)), f"New track {new} in frame {frame}")


def repaint(curation: Curation, track_id: int, frame: int, mask_yx: NDArray[Any]) -> Change:
    """Return the step that gives a track another mask in one frame.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_id : int
        A track that is there; it need not be in this frame yet.
    frame : int
        Which frame.
    mask_yx : ndarray of bool, shape (Y, X)
        Its pixels.

    Returns
    -------
    Change

    Raises
    ------
    InvalidInputError
        As `draw`.
    """
    frames_of(curation.lineage, track_id)
    drawn = Drawn(frame, one(mask_yx, track_id))
    return draw(curation, drawn, f"Repaint track {track_id} in frame {frame}")


def fill_gap(curation: Curation, track_id: int) -> Change:
    """Return the step that fills the gaps of a track with masks between its own.

    Parameters
    ----------
    curation : Curation
        The state that is edited.
    track_id : int
        A track with frames between its first and last in which it is not there.

    Returns
    -------
    Change
        The masks take background only; where they find none, the gap stays.

    Raises
    ------
    InvalidInputError
        There is no gap, or no room in any of it.
    """
    frames = frames_of(curation.lineage, track_id)
    missing = np.setdiff1d(np.arange(frames[0], frames[-1]), frames)
    if not len(missing):
        raise InvalidInputError(
            f"track {track_id} has no gap: it is there in all {spans(frames)}; repaint it in the "
            "frame where it is missing."
        )
    state, pixels = curation, list[PixelChange]()
    for frame in missing.tolist():
        filled = _filling(curation, track_id, frame, frames)
        if len(filled):
            change = draw(state, Drawn(frame, filled, is_interpolated=True), "")
            state, pixels = state.after(change), [*pixels, *change.pixels]
    if state is curation:
        raise InvalidInputError(
            f"the gap of track {track_id} in {spans(missing)} can not be filled: other cells are "
            "where it would be; repaint it by hand."
        )
    return step(f"Fill gap of track {track_id}", curation, state.lineage, pixels)


def one(mask_yx: NDArray[Any], track_id: int) -> Regions:
    """Return a mask of a whole frame as a region.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        May be empty: then no region.
    track_id : int
        Its object id.

    Returns
    -------
    Regions
    """
    mask_yx = np.asarray(mask_yx, bool)
    return Regions.from_masks([mask_yx], mask_yx.shape, object_id=[track_id])


def _check_drawn(curation: Curation, drawn: Drawn) -> None:
    lineage, frame = curation.lineage, drawn.frame
    if drawn.regions.shape_yx != curation.masks.shape_yx:
        raise InvalidInputError(
            f"a mask of shape {drawn.regions.shape_yx} does not fit frames of "
            f"{curation.masks.shape_yx}."
        )
    if not 0 <= frame < curation.masks.n_frames:
        raise InvalidInputError(
            f"frame {frame} is not in the movie: it has frames 0 to {curation.masks.n_frames - 1}."
        )
    ids = drawn.regions.object_id.tolist()
    if not ids or min(ids) < 1 or len(set(ids)) != len(ids):
        raise InvalidInputError(
            "nothing is drawn; paint some pixels, or delete the cell."
            if not ids
            else f"each mask needs an id of its own, 1 or more; got {ids}."
        )
    for track_id in ids:
        mother, daughters = lineage.parents.get(track_id), lineage.daughters(track_id)
        if mother is not None and frame <= frames_of(lineage, mother)[0]:
            raise InvalidInputError(
                f"track {track_id} can not be in frame {frame}: its mother {mother} begins in "
                f"frame {frames_of(lineage, mother)[0]}."
            )
        born = [int(frames_of(lineage, child)[0]) for child in daughters]
        if born and frame >= min(born) and frame > frames_of(lineage, track_id)[-1]:
            raise InvalidInputError(
                f"track {track_id} can not be in frame {frame}: it divides into "
                f"{listed(daughters)} in frame {min(born)}; unmark that division first."
            )


def _painted(before: Labels, drawn: Drawn, confirmed: frozenset[int]) -> Labels:
    regions, after = drawn.regions, before.copy()
    own = np.isin(before, regions.object_id)
    after[own] = 0
    keep = sorted(confirmed - set(regions.object_id.tolist()))
    locked = np.isin(before, keep) if keep else np.zeros(before.shape, bool)
    for k in reversed(range(len(regions))):
        where = regions.slices(k)
        after[where][regions.crops[k] & ~locked[where]] = regions.object_id[k]
    left = set(np.unique(after).tolist())
    for track_id in regions.object_id.tolist():
        if track_id not in left:
            raise InvalidInputError(
                f"nothing is left of the mask of track {track_id} in frame {drawn.frame}: other "
                "cells that come first cover it; draw it beside them."
            )
    gone = {i for i in np.unique(before).tolist() if i > 0} - left
    if gone:
        raise InvalidInputError(
            f"the mask covers all of track {listed(gone)} in frame {drawn.frame}; delete that "
            "track there first, or draw beside it."
        )
    return after


def _rows(after: Labels, ids: set[int], drawn: Drawn) -> TrackRows:
    """New rows of all tracks whose masks changed."""
    ordered = np.array(sorted(ids), np.int64)
    places = [np.argwhere(after == track_id).mean(axis=0) for track_id in ordered.tolist()]
    n = len(ordered)
    filled = np.isin(ordered, drawn.regions.object_id) & drawn.is_interpolated
    return TrackRows(
        ordered, np.full(n, drawn.frame), np.array(places).reshape(-1, 2), np.ones(n), filled
    )


def _with_old_confidence(rows: TrackRows, old: TrackRows, drawn: Drawn) -> TrackRows:
    """Neighbours that lost pixels keep what was known of them; what was drawn is sure."""
    confidence, filled = rows.confidence.copy(), rows.is_interpolated.copy()
    of_mask = rows.mask_confidence.copy()
    for i, track_id in enumerate(rows.track_id.tolist()):
        was = np.flatnonzero(old.track_id == track_id)
        if len(was) and track_id not in drawn.regions.object_id:
            confidence[i], filled[i] = old.confidence[was[0]], old.is_interpolated[was[0]]
            of_mask[i] = old.mask_confidence[was[0]]
    return attrs.evolve(
        rows, confidence=confidence, is_interpolated=filled, mask_confidence=of_mask
    )


def _filling(curation: Curation, track_id: int, frame: int, frames: NDArray[np.int64]) -> Regions:
    """The mask in a frame of a gap: between the nearest ones, where nothing else is."""
    before, after = int(frames[frames < frame][-1]), int(frames[frames > frame][0])
    ends = [one(curation.masks.frame(t) == track_id, track_id) for t in (before, after)]
    if not all(len(end) for end in ends):
        return Regions(curation.masks.shape_yx)
    region = between(ends[0], ends[1], (frame - before) / (after - before))
    free = clipped(region, curation.masks.frame(frame) > 0)
    return free.with_ids(np.full(len(free), track_id))
