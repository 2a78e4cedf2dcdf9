"""Census: the rows of a run while they come in, and which tracks are kept in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import LinkedFrame
from tracksam.lineage import Lineage


@attrs.frozen
class Rows:
    """The rows of one linked frame, without its masks."""

    frame: int
    track_id: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_interpolated: NDArray[np.bool_]
    mask_confidence: NDArray[np.float64]

    @classmethod
    def of(cls, linked: LinkedFrame) -> Rows:
        """Return the rows of a linked frame."""
        return cls(
            linked.frame,
            linked.regions.object_id,
            linked.confidence,
            linked.is_interpolated,
            np.where(linked.is_interpolated, np.nan, linked.regions.score),
        )

    def select(self, rows: NDArray[Any], track_id: NDArray[np.int64]) -> Rows:
        """Return some rows under new ids.

        Parameters
        ----------
        rows : ndarray of bool or int
            Flags or positions.
        track_id : ndarray of int
            One for each row that is kept.

        Returns
        -------
        Rows
        """
        return Rows(
            self.frame,
            track_id,
            self.confidence[rows],
            self.is_interpolated[rows],
            self.mask_confidence[rows],
        )

    def under(self, names: Names) -> Rows:
        """Return the kept rows under their final ids."""
        ids = names.of(self.track_id)
        kept = ids > 0
        return self.select(kept, ids[kept])


@attrs.frozen
class Names:
    """Final track ids: from the ids under which a frame was linked to those of the result.

    Parameters
    ----------
    old, new : array of int, shape (N,)
        `old` ascending; `new` is 0 for a track that is dropped.
    """

    old: NDArray[np.int64]
    new: NDArray[np.int64]

    def of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the final ids of some ids, 0 for the dropped ones; any shape."""
        table = np.zeros(int(max(self.old.max(initial=0), ids.max(initial=0))) + 1, np.int64)
        table[self.old] = self.new
        final: NDArray[np.int64] = table[ids]
        return final


@attrs.frozen
class Family:
    """Mothers and ends of all tracks, under final ids; see `Lineage`."""

    parents: Mapping[int, int]
    confidence: Mapping[int, float]
    end_confidence: Mapping[int, float] = attrs.field(factory=dict)


class Census:
    """Collects the rows, mothers and renamings of a run, frame by frame.

    Memory grows by about 30 bytes a cell and frame.
    """

    def __init__(self) -> None:
        self.rows: list[Rows] = []
        self._parents: dict[int, int] = {}
        self._sure: dict[int, float] = {}
        self._ends: dict[int, tuple[int, float]] = {}
        self._renamed: dict[int, int] = {}

    def add(self, linked: LinkedFrame) -> None:
        """Take in one more frame."""
        for old, new in linked.renamed.items():
            for earlier, name in self._renamed.items():
                if name == old:
                    self._renamed[earlier] = new
            self._renamed[old] = new
        self._parents.update(linked.parents)
        self._sure.update(linked.parent_confidence)
        self._ends.update({i: (linked.frame, v) for i, v in linked.end_confidence.items()})
        self.rows.append(Rows.of(linked))

    def settled(self, marked: tuple[int, ...] | None, min_frames: int) -> tuple[Names, Family]:
        """Return the final names of all tracks and who is whose mother.

        Parameters
        ----------
        marked : tuple of int or None
            Keep only these and their descendants; None keeps all.
        min_frames : int
            Drop shorter tracks that have neither mother nor daughters.

        Returns
        -------
        Names, Family
        """
        lineage = self._skeleton()
        kept = set(lineage.track_ids.tolist())
        if marked is not None:
            kept &= lineage.descendants(marked)
        if min_frames > 1:
            ids, counts = np.unique(lineage.track_id, return_counts=True)
            related = {*lineage.parents, *lineage.parents.values()}
            short = {
                i for i, n in zip(ids.tolist(), counts.tolist(), strict=True) if n < min_frames
            }
            kept -= short - related
        old = np.unique(np.concatenate([np.zeros(1, np.int64), *(r.track_id for r in self.rows)]))
        new = np.array([self._named(i) if self._named(i) in kept else 0 for i in old.tolist()])
        parents = {c: p for c, p in lineage.parents.items() if c in kept and p in kept}
        sure = {c: v for c, v in lineage.parent_confidence.items() if c in parents}
        ends = {i: v for i, v in self._true_ends(lineage).items() if i in kept}
        return Names(old, new.astype(np.int64)), Family(parents, sure, ends)

    def _true_ends(self, lineage: Lineage) -> dict[int, float]:
        """Ends that no later frame took back."""
        last = dict(zip(lineage.track_id.tolist(), lineage.frame.tolist(), strict=True))
        mothers = set(lineage.parents.values())
        told = {self._named(i): told for i, told in self._ends.items()}
        return {i: v for i, (t, v) in told.items() if last.get(i) == t and i not in mothers}

    def _named(self, track_id: int) -> int:
        return self._renamed.get(track_id, track_id)

    def _skeleton(self) -> Lineage:
        """The lineage under final names, without positions."""
        ids = [i for rows in self.rows for i in rows.track_id.tolist()]
        frames = [rows.frame for rows in self.rows for _ in rows.track_id]
        return Lineage(
            np.array([self._named(i) for i in ids], np.int64),
            np.array(frames, np.int64),
            np.zeros((len(ids), 2)),
            parents={self._named(c): self._named(p) for c, p in self._parents.items()},
            parent_confidence={self._named(c): v for c, v in self._sure.items()},
        )
