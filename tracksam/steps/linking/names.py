"""TrackNames: ids for what was decided, frame by frame, true to every mark."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import LinkedFrame
from tracksam.regions import Regions
from tracksam.settings import LinkSettings
from tracksam.steps.linking.gaps import between, clipped
from tracksam.steps.linking.trust import Trust
from tracksam.steps.linking.window import Decided

# A filled mask is believed as much as its link, times this.
FILLED = 0.5


@attrs.define(eq=False)
class NamedFrame:
    """A frame under way: masks can still be filled in."""

    frame: int
    regions: Regions
    track_id: list[int]
    confidence: list[float]
    is_interpolated: list[bool]
    parents: dict[int, int] = attrs.field(factory=dict)
    parent_confidence: dict[int, float] = attrs.field(factory=dict)
    renamed: dict[int, int] = attrs.field(factory=dict)
    end_confidence: dict[int, float] = attrs.field(factory=dict)
    _named: set[int] = attrs.field(factory=set)
    _taken_yx: NDArray[np.bool_] | None = None
    _filled: Regions | None = None

    def has(self, track_id: int) -> bool:
        """Return whether a row has got this track id."""
        return track_id in self._named

    def name(self, row: int, track_id: int) -> None:
        """Give a row its track id."""
        self.track_id[row] = track_id
        self._named.add(track_id)

    def fill(self, region: Regions, track_id: int, confidence: float) -> None:
        """Add a filled mask.

        Parameters
        ----------
        region : Regions
            One region.
        track_id : int
            What the track is called in this frame.
        confidence : float
            0 to 1.
        """
        self.taken_yx()[region.slices(0)] |= region.crops[0]
        self._filled = region if self._filled is None else self._filled.joined(region)
        self.track_id.append(track_id)
        self._named.add(track_id)
        self.confidence.append(confidence)
        self.is_interpolated.append(True)

    def taken_yx(self) -> NDArray[np.bool_]:
        """Return the pixels of all masks, shape (Y, X)."""
        if self._taken_yx is None:
            self._taken_yx = self.regions.to_labels() > 0
        return self._taken_yx

    def finished(self) -> LinkedFrame:
        """Return the frame as it stays."""
        regions = self.regions if self._filled is None else self.regions.joined(self._filled)
        return LinkedFrame(
            self.frame,
            regions.with_ids(np.array(self.track_id, np.int64)),
            np.array(self.confidence),
            np.array(self.is_interpolated, bool),
            self.parents,
            self.parent_confidence,
            self.renamed,
            self.end_confidence,
        )


@attrs.define(eq=False)
class Seen:
    """Where a track was seen lately: enough to go on from it."""

    track_id: int
    frame: int
    regions: Regions
    row: int


class TrackNames:
    """Decisions come in, frames with track ids come out, `max_gap` frames later.

    Parameters
    ----------
    settings : LinkSettings
    trust : Trust
        Gives probabilities.
    first_id : int
        Smallest id of a track that nobody marked.

    Notes
    -----
    Ids of tracks that nobody marked are the smallest that were never used. When a person uses
    such a number later for another object, the unmarked track gives way and is renamed.
    """

    def __init__(self, settings: LinkSettings, trust: Trust, first_id: int = 1) -> None:
        self._settings = settings
        self._trust = trust
        self._pending: list[NamedFrame] = []
        self._seen: dict[int, Seen] = {}
        self._first_frame: dict[int, int] = {}
        self._last_frame: dict[int, int] = {}
        self._marked: set[int] = set()
        self._next_id = first_id

    def add(self, decided: Decided) -> list[LinkedFrame]:
        """Return the frames that are finished when the next frame's decisions are taken in.

        Parameters
        ----------
        decided : Decided
            Of the frame after the last one.
        """
        regions = decided.candidates.regions
        n = len(regions)
        frame = NamedFrame(
            decided.candidates.frame,
            regions,
            [0] * n,
            self._trust(decided.way_in).tolist(),
            [False] * n,
        )
        self._pending.append(frame)
        # Marks first: what they claim, nobody else can go on with.
        for row in np.lexsort((np.arange(n), regions.object_id == 0)).tolist():
            source = self._seen.get(int(decided.source[row]))
            self._name(frame, row, source, bool(decided.is_daughter[row]))
        self._note_ends(decided, frame)
        self._remember(decided, frame)
        n_ready = max(len(self._pending) - self._settings.max_gap, 0)
        ready, self._pending = self._pending[:n_ready], self._pending[n_ready:]
        return [named.finished() for named in ready]

    def finish(self) -> list[LinkedFrame]:
        """Return the frames that are left."""
        ready, self._pending = self._pending, []
        return [named.finished() for named in ready]

    def _name(self, frame: NamedFrame, row: int, source: Seen | None, is_daughter: bool) -> None:
        """Give one row its track id, and its mother if it has one."""
        mark = int(frame.regions.object_id[row])
        parent = source.track_id if source is not None and is_daughter else None
        before = None if is_daughter else source
        if before is not None and frame.has(before.track_id):
            before = None
        if mark:
            parent = self._claim(frame, row, before) or parent
            track_id = mark
            frame.confidence[row] = 1.0
        elif before is not None and self._is_continuous(frame, row, before):
            track_id = before.track_id
        else:
            parent = before.track_id if before is not None else parent
            track_id = self._new_id()
        frame.name(row, track_id)
        self._first_frame.setdefault(track_id, frame.frame)
        self._last_frame[track_id] = frame.frame
        if parent is not None:
            frame.parents[track_id] = parent
            frame.parent_confidence[track_id] = frame.confidence[row]

    def _note_ends(self, decided: Decided, frame: NamedFrame) -> None:
        for row in np.flatnonzero(np.isfinite(decided.end.margin)).tolist():
            sure = float(self._trust(decided.end.where([row]))[0])
            frame.end_confidence[frame.track_id[row]] = sure

    def _claim(self, frame: NamedFrame, row: int, before: Seen | None) -> int | None:
        """Make a mark's id belong to its row; return the track that it continues after a hole."""
        mark = int(frame.regions.object_id[row])
        was_marked = mark in self._marked
        self._marked.add(mark)
        if before is not None and before.track_id == mark:
            return None if self._is_continuous(frame, row, before) else self._moved(frame, mark)
        if not was_marked and mark in self._last_frame:
            self._moved(frame, mark)
        if before is not None and before.track_id in self._marked:
            before = None
        parent = None
        if mark in self._last_frame:
            if self._last_frame[mark] == frame.frame - 1:
                return None
            hole_starts = self._last_frame[mark]
            parent = self._moved(frame, mark)
            if before is not None and self._first_frame[before.track_id] <= hole_starts:
                before = None
        if before is None:
            return parent
        if not self._is_continuous(frame, row, before):
            return before.track_id
        self._rename(frame, before.track_id, mark)
        return parent

    def _moved(self, frame: NamedFrame, track_id: int) -> int:
        """Rename a track that needs to give its id away; return its new id."""
        new_id = self._new_id()
        self._rename(frame, track_id, new_id)
        return new_id

    def _rename(self, frame: NamedFrame, old: int, new: int) -> None:
        origin = next((key for key, value in frame.renamed.items() if value == old), old)
        frame.renamed[origin] = new
        for ends in (self._first_frame, self._last_frame):
            ends[new] = ends.pop(old)
        for seen in self._seen.values():
            if seen.track_id == old:
                seen.track_id = new
        for child, parent in frame.parents.items():
            if parent == old:
                frame.parents[child] = new

    def _new_id(self) -> int:
        while self._next_id in self._last_frame or self._next_id in self._marked:
            self._next_id += 1
        self._next_id += 1
        return self._next_id - 1

    def _is_continuous(self, frame: NamedFrame, row: int, before: Seen) -> bool:
        """Return whether no frame is missing since then, after filling in those that are."""
        n_missing = frame.frame - before.frame - 1
        if n_missing == 0:
            return True
        if not self._settings.fill_gaps:
            return False
        first, last = before.regions.select([before.row]), frame.regions.select([row])
        missing = self._pending[-1 - n_missing : -1]
        masks = []
        for step, named in enumerate(missing, start=1):
            whole = between(first, last, step / (n_missing + 1))
            masks.append(clipped(whole, named.taken_yx()))
        if not all(len(mask) for mask in masks):
            return False
        for named, mask in zip(missing, masks, strict=True):
            name = self._name_then(named, before.track_id)
            named.fill(mask, name, FILLED * frame.confidence[row])
        return True

    def _name_then(self, named: NamedFrame, track_id: int) -> int:
        """Return what a track was called in an earlier frame."""
        for later in reversed(self._pending[self._pending.index(named) + 1 :]):
            old_name = {new: old for old, new in later.renamed.items()}
            track_id = old_name.get(track_id, track_id)
        return track_id

    def _remember(self, decided: Decided, frame: NamedFrame) -> None:
        oldest = frame.frame - self._settings.max_gap
        self._seen = {n: seen for n, seen in self._seen.items() if seen.frame >= oldest}
        for row, number in enumerate(decided.number.tolist()):
            self._seen[number] = Seen(frame.track_id[row], frame.frame, frame.regions, row)
