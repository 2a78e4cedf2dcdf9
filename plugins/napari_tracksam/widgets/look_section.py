"""Look: colours, which cells are shown, and the panels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtWidgets import QPushButton

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.choices import SHOW
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.buttons import Choice
from napari_tracksam.widgets.sections import Section, narrow_box, wrapped


class LookSection(Section):
    """How the tracks look in the viewer and in the tree."""

    def __init__(self, session: Session, show_panels: Callable[[], object]) -> None:
        super().__init__("Look", "Colours, which cells are shown, tree, table and plots.")
        self._session = session
        self.colour = narrow_box()
        self.colour.setToolTip("What the colours of masks, tracks and tree tell.")
        self.selection = wrapped()
        self.which = Choice(SHOW, self._show)
        self.show_buttons = self.which.buttons
        self.panels = QPushButton("Tree, table and plots")
        self.panels.setToolTip("Open the panel below the image.")
        self.form.addRow(self.selection)
        self.form.addRow("Colour by", self.colour)
        self.form.addRow("Show", self.which)
        self.form.addRow(self.panels)
        self.colour.activated.connect(self._colour)
        self.panels.clicked.connect(show_panels)
        session.events.table.connect(self.show_look)
        session.events.look.connect(self.show_look)

    def show_look(self, *_: object) -> None:
        """Show the session's look."""
        looking = self._session.looking
        names = list(looking.colourings)
        if names != [self.colour.itemText(i) for i in range(self.colour.count())]:
            self.colour.clear()
            self.colour.addItems(names)
        self.colour.setCurrentText(looking.look.colour_by)
        self.which.show_choice(looking.look.show)

    def show_state(self, state: State) -> None:
        """Show the selection and what can be chosen."""
        self.selection.setText(words.selection(state.selected))
        for widget in (self.colour, *self.show_buttons.values(), self.panels, self.selection):
            widget.setEnabled(state.has_tracks)
        self.show_look()

    def _colour(self, *_: object) -> None:
        self._session.attempt(partial(self._session.looking.colour_by, self.colour.currentText()))

    def _show(self, which: str, *_: object) -> None:
        self._session.attempt(partial(self._session.looking.show, which))
