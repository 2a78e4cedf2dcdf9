"""Remeasure: tables of a result that a person edits; only what changed is measured again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation
from tracksam.columns import Calibration
from tracksam.pixels import Renaming
from tracksam.stack import Stack
from tracksam.steps.measure import cell_table, measure_frame, track_table
from tracksam.steps.measuring.population import frame_table
from tracksam.steps.motility import with_motion
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, NDArray[Any]]


class Remeasure:
    """Measurements of each frame, kept while a result is edited.

    Parameters
    ----------
    stack : Stack
        The movie.
    calibration : Calibration
        Of the tables.
    """

    def __init__(self, stack: Stack, calibration: Calibration) -> None:
        self._stack = stack
        self._calibration = calibration
        self._frames: dict[int, Values] = {}

    def forget(self, change: Change) -> None:
        """Take in a step: frames in which it paints are measured again, renamed cells are not.

        Parameters
        ----------
        change : Change
            As it was done; the inverse, if it was undone.
        """
        for pixels in change.pixels:
            if isinstance(pixels, Renaming):
                self._rename(pixels)
            else:
                self._frames.pop(pixels.frame, None)

    def waiting(self, curation: Curation) -> Iterator[int]:
        """Measure the frames that have to be, one at a time; yields the number of each.

        Parameters
        ----------
        curation : Curation
            The state. It may be left in the middle, and gone on with later.

        Yields
        ------
        int
        """
        for frame in range(curation.masks.n_frames):
            if frame not in self._frames:
                labels_yx = curation.masks.frame(frame)
                self._frames[frame] = measure_frame(
                    labels_yx, self._stack.frame(frame), frame, calibration=self._calibration
                )
                yield frame

    def tables(self, curation: Curation) -> tuple[Tables, pd.DataFrame]:
        """Return the tables of cells and tracks, and the one of frames.

        Parameters
        ----------
        curation : Curation
            The state, of which all frames are measured.

        Returns
        -------
        Tables, pandas.DataFrame
        """
        frames = list(with_motion(dict(self._frames[t]) for t in sorted(self._frames)))
        cells = cell_table(frames, curation.lineage, self._calibration)
        n_frames = curation.masks.n_frames
        tracks = track_table(curation.lineage, cells, n_frames, self._calibration)
        tables = Tables(cells, tracks)
        return tables, frame_table(tables, n_frames, curation.masks.shape_yx, self._calibration)

    def _rename(self, renaming: Renaming) -> None:
        # Where a cell goes away or comes back, its neighbours' surroundings change.
        is_seen = min(*renaming.new_id, *renaming.new_id.values()) > 0
        for frame, values in list(self._frames.items()):
            if renaming.touches(frame) and is_seen:
                self._frames[frame] = _renamed(values, renaming)
            elif renaming.touches(frame):
                del self._frames[frame]


def _renamed(values: Values, renaming: Renaming) -> Values:
    """The rows of a frame under other ids, ascending."""
    ids = values["track_id"]
    new = np.array([renaming.new_id.get(i, i) for i in ids.tolist()], np.int64)
    if np.array_equal(new, ids):
        return values
    order = np.argsort(new)
    return {**{name: column[order] for name, column in values.items()}, "track_id": new[order]}
