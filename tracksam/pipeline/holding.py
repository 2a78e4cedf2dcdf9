"""What tracking again must not change: which masks are held in which frame."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Curation
from tracksam.lineage import Lineage
from tracksam.regions import Regions


@attrs.frozen
class Holding:
    """Which cells stay as they are while some frames are tracked.

    Parameters
    ----------
    curation : Curation
        The state.
    frames : range
        Frames that are tracked.
    hold_first : bool
        Whether all cells of the first frame are held.
    """

    curation: Curation
    frames: range
    hold_first: bool

    def starting(self) -> dict[int, Regions]:
        """Return the masks that tracking begins with, by frame: of the first frame and marked ones.

        Returns
        -------
        dict of int to Regions
            Frames are counted from the first one; frames without a mask are absent.
        """
        found = {t: self._masks(t, self._wanted(t)) for t in self._frames_with_wanted()}
        return {t - self.frames.start: regions for t, regions in found.items() if len(regions)}

    def confirmed(self, frame: int) -> Regions:
        """Return the masks of confirmed tracks in a frame of the movie."""
        return self._masks(frame, self.curation.confirmed)

    @property
    def ids(self) -> tuple[int, ...]:
        """Tracks that are held somewhere, ascending."""
        starting = [i for r in self.starting().values() for i in r.object_id.tolist()]
        rows = self._rows(self.curation.lineage)
        there = set(self.curation.lineage.track_id[rows].tolist())
        return tuple(sorted({*starting, *(self.curation.confirmed & there)}))

    def _rows(self, lineage: Lineage) -> NDArray[np.bool_]:
        rows: NDArray[np.bool_] = (lineage.frame >= self.frames.start) & (
            lineage.frame < self.frames.stop
        )
        return rows

    def _frames_with_wanted(self) -> list[int]:
        marked = {t for t in self.curation.marks.frames if t in self.frames}
        return sorted(marked | ({self.frames.start} if self.hold_first else set()))

    def _wanted(self, frame: int) -> Iterable[int]:
        lineage, marks = self.curation.lineage, self.curation.marks
        if self.hold_first and frame == self.frames.start:
            return set(map(int, lineage.track_id[lineage.frame == frame]))
        painted = marks.masks.get(frame)
        return {
            *marks.prompts.at(frame).object_id.tolist(),
            *marks.boxes.at(frame).object_id.tolist(),
            *(() if painted is None else painted.object_id.tolist()),
        }

    def _masks(self, frame: int, wanted: Iterable[int]) -> Regions:
        ids = sorted(wanted)
        if not ids:
            return Regions(self.curation.masks.shape_yx)
        labels_yx = self.curation.masks.frame(frame)
        return Regions.from_labels(np.where(np.isin(labels_yx, ids), labels_yx, 0), keep_ids=True)
