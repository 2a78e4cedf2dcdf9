"""Measuring: the tables of a session, kept up to date in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import attrs

from napari_tracksam.worker import Job
from tracksam.change import Change, Curation
from tracksam.columns import Calibration
from tracksam.pipeline.remeasure import Remeasure

if TYPE_CHECKING:
    import pandas as pd

    from napari_tracksam.session import Session

IDLE_S = 0.7
"""Nothing is measured while a person edits faster than this."""
NO_FEATURES = ("track_id", "frame", "confidence", "is_interpolated")


@attrs.frozen(eq=False)
class Measured:
    """Tables of one state, and the columns of cells that are numbers of their own."""

    cells: pd.DataFrame
    tracks: pd.DataFrame
    frames: pd.DataFrame
    features: tuple[str, ...] = attrs.field(init=False)

    @features.default
    def _features(self) -> tuple[str, ...]:
        kinds = zip(self.cells.columns, self.cells.dtypes, strict=True)
        return tuple(
            str(name) for name, dtype in kinds if name not in NO_FEATURES and dtype.kind in "fiub"
        )


class Measuring:
    """Measures what changed, when nothing changes for a moment.

    Parameters
    ----------
    session : Session
        Whose result is measured.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._remeasure: Remeasure | None = None
        self._version = 0
        self._changed = threading.Event()
        self.measured: Measured | None = None

    def begin(self) -> None:
        """Measure a movie that was opened, or calibrated anew."""
        movie, self.measured = self._session.movie, None
        self._remeasure = None if movie is None else Remeasure(movie, Calibration.of(movie))
        self.take(None)

    def take(self, change: Change | None) -> None:
        """Measure again what a step changed; None: what is not measured yet."""
        if self._remeasure is None or self._session.project is None:
            return
        self._version += 1
        self._changed.set()
        version, curation, remeasure = (
            self._version,
            self._session.project.curation,
            self._remeasure,
        )
        lane = self._session.workers.lane("measure")
        if change is not None:
            lane.add(Job(lambda: remeasure.forget(change), _ignore, self._session.tell_error))
        if len(curation.lineage):
            work = Job(
                lambda: self._measure(remeasure, curation, version),
                self._done,
                self._session.tell_error,
            )
            lane.add(work)

    def _measure(self, remeasure: Remeasure, curation: Curation, version: int) -> Measured | None:
        """Runs in the background; gives up as soon as something changes."""
        self._changed.clear()
        if version != self._version or self._changed.wait(IDLE_S):
            return None
        for _ in remeasure.waiting(curation):
            if version != self._version:
                return None
        tables, frames = remeasure.tables(curation)
        return Measured(tables.cells, tables.tracks, frames)

    def _done(self, measured: Measured | None) -> None:
        if measured is not None:
            self.measured = measured
            self._session.looking.refresh()
            self._session.events.table.emit()


def _ignore(result: object) -> None:
    """A result that nobody waits for."""
