"""Looking: selection, colours, and what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
import numpy as np

from napari_tracksam.look import CONFIDENCE, RGBA, SHOWN, TRACK, Look, Wish, look_of
from tracksam import Lineage
from tracksam.errors import InvalidInputError
from tracksam.report.colours import track_colours

if TYPE_CHECKING:
    import pandas as pd

    from napari_tracksam.session import Session


class Looking:
    """What a person sees of a session's result.

    Parameters
    ----------
    session : Session
        Whose layers are changed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._wish = Wish()
        self.look: Look = look_of(Lineage(), None, self._wish, 0)
        self._drawn: Lineage | None = None

    @property
    def selected(self) -> tuple[int, ...]:
        """Selected tracks, in the order in which they were selected."""
        return self.look.selected

    @property
    def table(self) -> pd.DataFrame | None:
        """Measurements of every cell in every frame; None: not measured yet."""
        measured = self._session.measuring.measured
        return None if measured is None else measured.cells

    @property
    def tracks_table(self) -> pd.DataFrame | None:
        """Measurements of every track."""
        measured = self._session.measuring.measured
        return None if measured is None else measured.tracks

    @property
    def population(self) -> pd.DataFrame | None:
        """Measurements of every frame."""
        measured = self._session.measuring.measured
        return None if measured is None else measured.frames

    @property
    def colourings(self) -> tuple[str, ...]:
        """What cells can be coloured by."""
        measured = self._session.measuring.measured
        return (TRACK, CONFIDENCE, *(() if measured is None else measured.features))

    def select(self, track_ids: Iterable[int], jump: bool = False) -> None:
        """Select tracks; those that are not there are left out.

        Parameters
        ----------
        track_ids : iterable of int
            In place of what was selected.
        jump : bool
            Whether the viewer goes to the last one.
        """
        self._set(attrs.evolve(self._wish, selected=tuple(dict.fromkeys(map(int, track_ids)))))
        if jump and self.selected:
            self._jump(self.selected[-1])

    def show_cell(self, track_ids: Iterable[int], frame: int, yx: tuple[float, float]) -> None:
        """Select tracks and go to a place of a frame, drawing once.

        Parameters
        ----------
        track_ids : iterable of int
            In place of what was selected.
        frame : int
            Which frame.
        yx : tuple of float
            Row and column in pixels.
        """
        before = self._session.frame
        self._wish = attrs.evolve(self._wish, selected=tuple(dict.fromkeys(map(int, track_ids))))
        self._session.go_to(frame, yx)  # what is shown is computed again where the frame changes
        if self._session.frame == before:
            self.refresh()

    def select_at(self, yx: tuple[float, float], add: bool = False) -> None:
        """Select the cell at a position in the current frame; background: nothing.

        Parameters
        ----------
        yx : tuple of float
            Row and column in pixels.
        add : bool
            Add it to the selection, or take it out.
        """
        track_id = self.track_at(yx)
        chosen = [] if track_id is None else [track_id]
        if add:
            kept = [i for i in self.selected if i != track_id]
            chosen = kept if track_id in self.selected else [*kept, *chosen]
        self.select(chosen)

    def track_at(self, yx: tuple[float, float]) -> int | None:
        """Return the track at a position in the current frame, if there is one."""
        project = self._session.project
        if project is None:
            return None
        labels_yx = project.curation.masks.frame(self._session.frame)
        y, x = (round(p) for p in yx)
        if not (0 <= y < labels_yx.shape[0] and 0 <= x < labels_yx.shape[1]):
            return None
        return int(labels_yx[y, x]) or None

    def colour_by(self, name: str) -> None:
        """Colour cells by track, confidence, or a measured column."""
        if name not in self.colourings:
            raise InvalidInputError(
                f"cells can not be coloured by {name!r}; it is not measured. Known: "
                f"{', '.join(self.colourings)}."
            )
        self._set(attrs.evolve(self._wish, colour_by=name))

    def show(self, which: str) -> None:
        """Show ``"all"`` cells, the ``"selected"`` ones, or their ``"lineage"``."""
        if which not in SHOWN:
            raise InvalidInputError(f"shown can be {', '.join(SHOWN)}; got {which!r}.")
        self._set(attrs.evolve(self._wish, show=which))

    def colour_of(self, track_id: int) -> RGBA:
        """Return a track's colour: in this frame, or its own where it is not there."""
        red, green, blue = (track_colours(track_id)[0] / 255).tolist()
        return self.look.colours.get(track_id, (red, green, blue, 1.0))

    def refresh(self, *, with_masks: bool = False) -> None:
        """Compute what is shown, and change the layers where it differs.

        Parameters
        ----------
        with_masks : bool
            Whether the masks may have changed, too.
        """
        project = self._session.project
        lineage = Lineage() if project is None else project.curation.lineage
        before, frame = self.look, self._session.frame
        self.look = look_of(lineage, self.table, self._wish, frame)
        layers = self._session.layers
        recoloured = not before.same_colours(self.look)
        if project is not None and (recoloured or with_masks):
            layers.show_masks(project.curation, self.look if recoloured else None)
        if lineage is not self._drawn or not before.same_tracks(self.look):
            self._drawn = lineage
            # napari takes as long for the tails as for everything else; masks come first.
            self._session.workers.soon(self._show_tracks)
        self._session.events.look.emit(self.look)
        if before.selected != self.look.selected:
            self._session.events.selected.emit(self.look.selected)

    def _show_tracks(self) -> None:
        """Show the tails of the tracks, as they are by now."""
        if self._drawn is not None:
            self._session.layers.show_tracks(self._drawn, self.look)

    def forget(self) -> None:
        """Begin anew with another result."""
        self._wish, self._drawn = Wish(), None
        self.look = look_of(Lineage(), None, self._wish, 0)

    def _set(self, wish: Wish) -> None:
        if wish != self._wish:
            self._wish = wish
            self.refresh()

    def _jump(self, track_id: int) -> None:
        project = self._session.project
        if project is None:
            return
        lineage = project.curation.lineage
        rows = lineage.rows(track_id)
        frames = lineage.frame[rows]
        row = rows.start + int(np.argmin(np.abs(frames - self._session.frame)))
        y, x = lineage.yx[row].tolist()
        self._session.go_to(int(lineage.frame[row]), (y, x))
