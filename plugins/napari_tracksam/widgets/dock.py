"""The main dock: from the movie to the corrected tracks, from top to bottom."""

from __future__ import annotations

from typing import Any

import napari
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_tracksam.bindings import bind
from napari_tracksam.session import session_of
from napari_tracksam.shown.acts import HISTORY
from napari_tracksam.shown.keys import shortcuts_html
from napari_tracksam.shown.state import State, state_of
from napari_tracksam.widgets.buttons import ButtonRow
from napari_tracksam.widgets.correct_section import CorrectSection
from napari_tracksam.widgets.examples_section import ExamplesSection
from napari_tracksam.widgets.first_steps import FirstSteps
from napari_tracksam.widgets.host import host
from napari_tracksam.widgets.look_section import LookSection
from napari_tracksam.widgets.mark_section import MarkSection
from napari_tracksam.widgets.open_section import OpenSection, beside
from napari_tracksam.widgets.out_section import OutSection
from napari_tracksam.widgets.panels import TITLE, Panels
from napari_tracksam.widgets.sections import Section, wrapped
from napari_tracksam.widgets.track_section import TrackSection

WIDTH_PX = 350
FIT_MS = 100
"""After which the window is laid out anew."""


class Dock(QWidget):
    """Everything that is done with a movie."""

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.session = session_of(napari_viewer)
        self._state: State | None = None
        self.panels: Panels | None = None
        self._panels_dock: QWidget | None = None
        host(self.session)
        bind(self.session)
        self.first_steps = FirstSteps(self.session)
        self.sections: tuple[Section, ...] = (
            OpenSection(self.session, napari_viewer),
            MarkSection(self.session, napari_viewer),
            ExamplesSection(self.session),
            TrackSection(self.session),
            LookSection(self.session, self.show_panels),
            CorrectSection(self.session),
            OutSection(self.session),
        )
        self.history = ButtonRow(self.session, HISTORY, columns=2)
        self.last_step = wrapped()
        self.help = QPushButton("?")
        self.help.setToolTip("All keys (?).")
        self.help.setFixedWidth(28)
        self.shortcuts, self.keys = QWidget(), QLabel()
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(4, 4, 4, 4)
        for widget in (self.first_steps, *self.sections):
            column.addWidget(widget)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.shortcuts.setWindowTitle("Keys of tracksam")
        self.shortcuts.setWindowFlag(Qt.WindowType.Tool)
        self.shortcuts.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        QVBoxLayout(self.shortcuts).addWidget(self.keys)
        self.shortcuts.setParent(self, self.shortcuts.windowFlags())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scroll)
        box.addWidget(self.last_step)
        box.addWidget(beside(self.history, self.help))
        self.setMinimumWidth(WIDTH_PX)

    def _connect(self) -> None:
        events = self.session.events
        for name in ("opened", "changed", "history", "selected", "marks", "preview", "ready"):
            getattr(events, name).connect(self.refresh)
        for name in ("progress", "doubt", "look", "found"):
            getattr(events, name).connect(self.refresh)
        events.opened.connect(self.show_panels)
        self.help.clicked.connect(self.toggle_shortcuts)
        self._viewer.bind_key("?", self.toggle_shortcuts, overwrite=True)

    def refresh(self, *_: object) -> None:
        """Compare the session with what is shown, and show what differs."""
        state = state_of(self.session)
        if state == self._state:
            return
        self._state = state
        self.first_steps.setVisible(not state.has_movie)
        for section in self.sections:
            section.show_state(state)
        self.history.show_state(state)
        self.last_step.setText(f"Last step: {state.undo}" if state.undo else "")
        self.last_step.setVisible(bool(state.undo))

    def show_panels(self, *_: object) -> None:
        """Open tree, table and plots below the image, once, or bring them back."""
        if self.session.movie is None:
            return
        if self.panels is None:
            self._keep_full_height()
            self.panels = Panels(self._viewer)
            self._panels_dock = self._viewer.window.add_dock_widget(
                self.panels, name=TITLE, area="bottom"
            )
            QTimer.singleShot(FIT_MS, self._fit_view)
        self._panels_dock.show()

    def _fit_view(self) -> None:
        """Show the whole movie again: the panels have taken room from the image."""
        self._viewer.reset_view()

    def _keep_full_height(self) -> None:
        """Let docks on the right reach down beside what lies below the image."""
        window = self.window()
        if isinstance(window, QMainWindow):
            right = Qt.DockWidgetArea.RightDockWidgetArea
            window.setCorner(Qt.Corner.BottomRightCorner, right)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Keep Enter and Escape of a field to it: elsewhere they accept and reject outlines."""
        if not isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox):
            super().keyPressEvent(event)

    def toggle_shortcuts(self, *_: object) -> None:
        """Show the table of keys, or hide it."""
        self.keys.setText(shortcuts_html())
        self.shortcuts.adjustSize()
        self.shortcuts.setVisible(not self.shortcuts.isVisible())
