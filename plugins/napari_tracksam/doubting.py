"""Doubting: the places that may be wrong, the least sure first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_tracksam.place import diameter_px
from tracksam.doubts import Doubt, doubts
from tracksam.errors import InvalidInputError

if TYPE_CHECKING:
    from napari_tracksam.session import Session

MOST = 500
ZOOM_DIAMETERS = 8.0
"""Side of what is shown around a place, in cell diameters."""


class Doubting:
    """Walks through doubtful places; confirmed tracks are none.

    Parameters
    ----------
    session : Session
        Whose result is looked at.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._at: int | None = None
        self.doubts: tuple[Doubt, ...] = ()

    @property
    def current(self) -> Doubt | None:
        """The place that is looked at."""
        return None if self._at is None else self.doubts[self._at]

    def refresh(self) -> None:
        """Look for doubtful places again; the current one stays, if it is still there."""
        before, project = self.current, self._session.project
        found: list[Doubt] = []
        if project is not None:
            curation = project.curation
            found = [
                doubt
                for doubt in doubts(curation.lineage, most=len(curation.lineage))
                if doubt.track_id not in curation.confirmed
            ]
        self.doubts = tuple(found[:MOST])
        places = [(doubt.track_id, doubt.frame) for doubt in self.doubts]
        here = None if before is None else (before.track_id, before.frame)
        self._at = places.index(here) if here in places else None
        self._session.events.doubt.emit()

    def next(self) -> None:
        """Go to the next place; after the last one comes the first."""
        self.go_to(0 if self._at is None else (self._at + 1) % max(len(self.doubts), 1))

    def previous(self) -> None:
        """Go to the place before; before the first one comes the last."""
        self.go_to(((self._at or 0) - 1) % max(len(self.doubts), 1))

    def go_to(self, index: int) -> None:
        """Select the cell of a place, centre and zoom.

        Raises
        ------
        InvalidInputError
            There is no such place.
        """
        if not 0 <= index < len(self.doubts):
            raise InvalidInputError(
                "there is no doubtful place: every link is at least 90 % sure, every mask half as "
                "sure as most, or confirmed."
                if not self.doubts
                else f"there are {len(self.doubts)} doubtful places; got number {index + 1}."
            )
        self._at = index
        doubt = self.doubts[index]
        self._session.looking.select([doubt.track_id])
        labels_yx = self._session.required_project.curation.masks.frame(doubt.frame)
        self._session.go_to(doubt.frame, doubt.yx, ZOOM_DIAMETERS * diameter_px(labels_yx))
        self._session.events.doubt.emit()
