"""Correct: the doubtful places, and everything that changes tracks."""

from __future__ import annotations

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import CORRECT, DOUBTS
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.buttons import ButtonRow
from napari_tracksam.widgets.sections import Section, wrapped


class CorrectSection(Section):
    """Buttons that act on the selection in the current frame."""

    def __init__(self, session: Session) -> None:
        super().__init__("Correct", "Go through the doubtful places, and mend what is wrong.")
        self.doubts = wrapped()
        self.walk = ButtonRow(session, DOUBTS, columns=2)
        self.buttons = ButtonRow(session, CORRECT, columns=2)
        self.form.addRow(self.doubts)
        self.form.addRow(self.walk)
        self.form.addRow(self.buttons)

    def show_state(self, state: State) -> None:
        """Show what can be done with the selection."""
        self.tell(self.doubts, words.doubts(state.n_doubts, state.doubt, state.doubt_words))
        self.walk.show_state(state)
        self.buttons.show_state(state)
