"""Merge: frames that were tracked anew, put into the result that they are part of."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation, TrackRows
from tracksam.lineage import Lineage
from tracksam.pipeline.census import Census, Family, Names
from tracksam.pipeline.holding import Holding
from tracksam.pixels import Painting, Renaming, read_hidden

Labels = NDArray[np.int32]
SAME = 0.5
"""Intersection over union from which the same cell is meant before and after."""


@attrs.frozen
class Retracked:
    """What linking gave for some frames.

    Parameters
    ----------
    census : Census
        Rows, by frame counted from the first.
    names : Names
        Final ids.
    family : Family
        Mothers under final ids.
    labels : list of bytes
        Label images under the ids of linking, compressed.
    """

    census: Census
    names: Names
    family: Family
    labels: list[bytes]

    def frame(self, t: int, shape_yx: tuple[int, int]) -> Labels:
        """Return a label image under final ids, shape (Y, X).

        Parameters
        ----------
        t : int
            Frame, counted from the first.
        shape_yx : tuple of int
            Height and width.
        """
        raw = np.frombuffer(zlib.decompress(self.labels[t]), "<i4").reshape(shape_yx)
        return self.names.of(raw.astype(np.int64)).astype(np.int32)

    def renamed(self, names: Mapping[int, int]) -> Retracked:
        """Return the same under other final ids; those that are not named stay."""
        final = np.array([names.get(i, i) for i in self.names.new.tolist()], np.int64)
        parents = {names.get(c, c): names.get(p, p) for c, p in self.family.parents.items()}
        sure = {names.get(c, c): p for c, p in self.family.confidence.items()}
        ends = {names.get(i, i): p for i, p in self.family.end_confidence.items()}
        return attrs.evolve(
            self,
            names=attrs.evolve(self.names, new=final),
            family=Family(parents, sure, ends),
        )


def merged(name: str, holding: Holding, new: Retracked) -> Change:
    """Return the step that puts newly tracked frames into a result.

    Parameters
    ----------
    name : str
        What to call it.
    holding : Holding
        The result, the frames, and what is held.
    new : Retracked
        As many frames.

    Returns
    -------
    Change
    """
    before, frames = holding.curation, holding.frames
    new = new.renamed(_old_names(holding, new))
    highest = max(before.highest_id, int(new.names.new.max(initial=0)))
    other = _beyond_confirmed(before, new, frames, highest)
    highest = max(highest, *other.values()) if other else highest
    paintings, rows, last_yx = _frames(holding, new, other)
    after_frames, renamings, highest = _going_on(holding, last_yx, highest)
    heirs = _heirs(holding, last_yx, after_frames)
    lineage = _lineage(holding, rows, {**heirs, **after_frames}, _mothers(new, other))
    changed = attrs.evolve(
        before,
        lineage=lineage,
        confirmed=before.confirmed & frozenset(lineage.track_ids.tolist()),
        highest_id=max(highest, before.highest_id),
    )
    return Change.between(name, before, changed, [*paintings, *renamings])


def _old_names(holding: Holding, new: Retracked) -> dict[int, int]:
    """Names for tracks that begin where one began before: a cell that is the same keeps its id."""
    lineage, confirmed = holding.curation.lineage, holding.curation.confirmed
    ids, rows = np.unique(lineage.track_id, return_index=True)
    born_before: dict[int, list[int]] = {}
    for track_id, row in zip(ids.tolist(), rows.tolist(), strict=True):
        if track_id not in confirmed:
            born_before.setdefault(int(lineage.frame[row]), []).append(track_id)
    names: dict[int, int] = {}
    seen: set[int] = set()
    for t, linked in enumerate(new.census.rows):
        found = set(linked.under(new.names).track_id.tolist())
        born, seen = found - seen, seen | found
        born = {i for i in born if i > holding.curation.highest_id}
        before = born_before.get(holding.frames[t], [])
        if born and before:
            old_yx = holding.curation.masks.frame(holding.frames[t])
            labels_yx = new.frame(t, holding.curation.masks.shape_yx)
            labels_yx[~np.isin(labels_yx, sorted(born))] = 0
            for track_id in before:
                name = _successor(old_yx == track_id, labels_yx)
                if name is not None and track_id not in seen:
                    names.setdefault(name, track_id)
    return names


def _beyond_confirmed(
    before: Curation, new: Retracked, frames: range, highest: int
) -> dict[int, int]:
    """Names for what goes on where a confirmed track is not: that is another track."""
    there = {
        (i, t)
        for i, t in zip(
            before.lineage.track_id.tolist(), before.lineage.frame.tolist(), strict=True
        )
        if i in before.confirmed
    }
    beyond: dict[int, int] = {}
    for rows in new.census.rows:
        final = rows.under(new.names)
        for track_id in final.track_id.tolist():
            strays = track_id in before.confirmed and (track_id, frames[final.frame]) not in there
            if strays and track_id not in beyond:
                beyond[track_id] = highest + 1 + len(beyond)
    return beyond


def _frames(
    holding: Holding, new: Retracked, other: dict[int, int]
) -> tuple[list[Painting], TrackRows, Labels]:
    """Paintings and new rows of all frames, and the label image of the last one."""
    before, paintings, parts = holding.curation, list[Painting](), list[TrackRows]()
    labels_yx: Labels = np.zeros(before.masks.shape_yx, np.int32)
    for t, frame in enumerate(holding.frames):
        labels_yx = new.frame(t, before.masks.shape_yx)
        for track_id, name in other.items():
            labels_yx[labels_yx == track_id] = name
        fixed = _confirmed_labels(holding, frame)
        for track_id in np.unique(fixed[fixed > 0]).tolist():
            labels_yx[labels_yx == other.get(track_id, track_id)] = 0
        labels_yx = np.where(fixed > 0, fixed, labels_yx)
        painting = Painting.between(frame, read_hidden(before.masks.source, frame), labels_yx)
        paintings += [] if painting is None else [painting]
        parts.append(_rows(holding, new, t, labels_yx, other))
    columns = [part.columns() for part in parts]
    joined = {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}
    return paintings, TrackRows(**joined), labels_yx


def _confirmed_labels(holding: Holding, frame: int) -> Labels:
    regions = holding.confirmed(frame)
    return regions.to_labels(regions.object_id).astype(np.int32)


def _rows(
    holding: Holding, new: Retracked, t: int, labels_yx: Labels, other: dict[int, int]
) -> TrackRows:
    """Rows of a frame, without those of confirmed tracks; held first ones keep what they had."""
    frame, lineage = holding.frames[t], holding.curation.lineage
    found = new.census.rows[t].under(new.names)
    known = {other.get(i, i): k for k, i in enumerate(found.track_id.tolist())}
    ids = [i for i in np.unique(labels_yx[labels_yx > 0]).tolist() if i in known]
    ids = [i for i in ids if i not in holding.curation.confirmed]
    at = [known[i] for i in ids]
    confidence, filled = found.confidence[at].copy(), found.is_interpolated[at].copy()
    of_mask = found.mask_confidence[at].copy()
    if holding.hold_first and t == 0:
        for k, track_id in enumerate(ids):
            row = np.flatnonzero((lineage.track_id == track_id) & (lineage.frame == frame))
            if len(row):
                confidence[k] = lineage.confidence[row[0]]
                filled[k] = lineage.is_interpolated[row[0]]
                of_mask[k] = lineage.mask_confidence[row[0]]
    yx = _centroids(labels_yx, ids)
    named, frames = np.array(ids, np.int64), np.full(len(ids), frame)
    return TrackRows(named, frames, yx, confidence, filled, of_mask)


def _centroids(labels_yx: Labels, ids: list[int]) -> NDArray[np.float64]:
    pixels_yx = np.argwhere(labels_yx)
    owner = labels_yx[tuple(pixels_yx.T)]
    n = int(owner.max(initial=0)) + 1
    counts = np.maximum(np.bincount(owner, minlength=n), 1)
    sums = [np.bincount(owner, axis, minlength=n) for axis in pixels_yx.T]
    return np.stack([s / counts for s in sums], axis=1)[ids].reshape(-1, 2)


def _going_on(
    holding: Holding, last_yx: Labels, highest: int
) -> tuple[dict[int, int], list[Renaming], int]:
    """Names for what goes on after the frames: of the cell that it overlaps, else new ones."""
    lineage, end = holding.curation.lineage, holding.frames[-1]
    later = lineage.frame > end
    inside = lineage.frame <= end
    going = set(lineage.track_id[later].tolist()) & set(lineage.track_id[inside].tolist())
    names: dict[int, int] = {}
    old_yx = holding.curation.masks.frame(end) if going else last_yx
    for track_id in sorted(going - holding.curation.confirmed):
        name = _successor(old_yx == track_id, last_yx)
        if name is None or name in holding.curation.confirmed or name in names.values():
            highest += 1
            name = highest
        names[track_id] = name
    changed = {old: name for old, name in names.items() if old != name}
    last = int(lineage.frame.max(initial=end))
    return names, [Renaming(changed, end + 1, last)] if changed else [], highest


def _heirs(holding: Holding, last_yx: Labels, going_on: Mapping[int, int]) -> dict[int, int]:
    """New names for mothers that end with the frames, and whose daughters begin after them."""
    lineage, end = holding.curation.lineage, holding.frames[-1]
    later = {
        mother
        for child, mother in lineage.parents.items()
        if lineage.frame[lineage.rows(child)][0] > end and mother not in going_on
    }
    mothers = sorted(later - holding.curation.confirmed)
    old_yx = holding.curation.masks.frame(end) if mothers else last_yx
    named = {mother: _successor(old_yx == mother, last_yx) for mother in mothers}
    return {mother: name for mother, name in named.items() if name is not None}


def _successor(mask_yx: NDArray[np.bool_], labels_yx: Labels) -> int | None:
    """The cell that a mask is, among those of the same frame."""
    inside = labels_yx[mask_yx]
    ids, counts = np.unique(inside[inside > 0], return_counts=True)
    for i in np.argsort(-counts).tolist():
        union = int(mask_yx.sum()) + int((labels_yx == ids[i]).sum()) - int(counts[i])
        if counts[i] / union >= SAME:
            return int(ids[i])
    return None


def _mothers(new: Retracked, other: dict[int, int]) -> Family:
    """Mothers as linking has them; what goes on beyond a confirmed track comes from it."""
    parents = {**new.family.parents, **{name: track_id for track_id, name in other.items()}}
    return Family(parents, new.family.confidence)


def _lineage(
    holding: Holding, rows: TrackRows, going_on: dict[int, int], family: Family
) -> Lineage:
    old, frames, confirmed = holding.curation.lineage, holding.frames, holding.curation.confirmed
    inside = (old.frame >= frames.start) & (old.frame < frames.stop)
    kept = TrackRows.of(old, ~inside | np.isin(old.track_id, sorted(confirmed)))
    renamed = kept.track_id.copy()
    for track_id, name in going_on.items():
        renamed[(kept.track_id == track_id) & (kept.frame >= frames.stop)] = name
    columns = attrs.evolve(kept, track_id=renamed).columns()
    joined: dict[str, Any] = {k: np.concatenate([columns[k], v]) for k, v in rows.columns().items()}
    first: dict[int, int] = {}
    for track_id, frame in zip(joined["track_id"].tolist(), joined["frame"].tolist(), strict=True):
        first[track_id] = min(frame, first.get(track_id, frame))
    parents, sure = _parents(holding, first, going_on, family)
    lineage = Lineage(**joined, parents=parents, parent_confidence=sure)
    return attrs.evolve(lineage, end_confidence=_ends(holding, lineage, family))


def _parents(
    holding: Holding, first: dict[int, int], going_on: dict[int, int], family: Family
) -> tuple[dict[int, int], dict[int, float]]:
    """Mothers: of tracks that begin in the frames the new ones, of all others the old ones."""
    old, frames, confirmed = holding.curation.lineage, holding.frames, holding.curation.confirmed
    parents: dict[int, int] = {}
    sure: dict[int, float] = {}
    for child, mother in old.parents.items():
        begins = old.frame[old.rows(child)][0]
        if begins > frames[-1]:
            parents[child] = going_on.get(mother, mother)
        elif begins < frames.start or child in confirmed or _is_held(holding, child):
            parents[child] = mother
        else:
            continue
        if child in old.parent_confidence:
            sure[child] = old.parent_confidence[child]
    for child, mother in family.parents.items():
        if child not in parents:
            parents[child] = mother
            if child in family.confidence:
                sure[child] = family.confidence[child]
    valid = {
        child: mother
        for child, mother in parents.items()
        if child in first and mother in first and first[mother] < first[child]
    }
    return valid, {child: p for child, p in sure.items() if child in valid}


def _ends(holding: Holding, lineage: Lineage, family: Family) -> dict[int, float]:
    """How sure it is that tracks end: in these frames as linking has it, elsewhere as before."""
    old, frames, mothers = holding.curation.lineage, holding.frames, set(lineage.parents.values())
    before, confirmed = old.last_frames(), holding.curation.confirmed
    ends: dict[int, float] = {}
    for track_id, last in lineage.last_frames().items():
        stays = track_id in confirmed or last not in frames
        known = old.end_confidence if stays else family.end_confidence
        same_end = not stays or before.get(track_id) == last
        if track_id in known and same_end and track_id not in mothers:
            ends[track_id] = known[track_id]
    return ends


def _is_held(holding: Holding, track_id: int) -> bool:
    """Whether a track begins in the first frame, and is held there."""
    lineage = holding.curation.lineage
    begins = int(lineage.frame[lineage.rows(track_id)][0])
    return holding.hold_first and begins == holding.frames.start
