"""Mark cells: points, boxes, a brush, an existing Labels layer, or all that are found."""

from __future__ import annotations

from functools import partial

from napari import Viewer
from napari.layers import Labels
from qtpy.QtWidgets import QPushButton

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import MARK
from napari_tracksam.shown.choices import TOOLS
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.buttons import ButtonRow, Choice
from napari_tracksam.widgets.open_section import beside
from napari_tracksam.widgets.sections import Section, narrow_box, wrapped


class MarkSection(Section):
    """Says which cells are to be followed."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        super().__init__("Mark", "Say which cells you mean: click them, or let them be found.")
        self._session, self._viewer = session, viewer
        self.mark = QPushButton("Mark cells")
        self.mark.setCheckable(True)
        self.mark.setObjectName("mark")
        self.mark.setToolTip("While this is on, clicks on the image are marks.")
        self.tools = Choice(TOOLS, self._choose)
        self.tool_buttons = self.tools.buttons
        self.status = wrapped()
        self.buttons = ButtonRow(session, MARK, columns=2)
        self.labels, self.use = narrow_box(), QPushButton("Use")
        self.use.setToolTip("Take the masks of this Labels layer in this frame as marked cells.")
        self.form.addRow(self.mark)
        self.form.addRow("With", self.tools)
        self.form.addRow(self.status)
        self.form.addRow(self.buttons)
        self.form.addRow("Masks of", beside(self.labels, self.use))
        self.mark.toggled.connect(self._toggle)
        self.use.clicked.connect(self._use)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._list_layers)
        self._list_layers()

    def _list_layers(self, event: object = None) -> None:
        ours = self._session.layers
        own = [ours.labels, ours.preview, ours.brush]
        self.labels.clear()
        for layer in self._viewer.layers:
            if isinstance(layer, Labels) and not any(layer is one for one in own):
                self.labels.addItem(layer.name, layer)
        self.use.setEnabled(self.labels.count() > 0)

    def show_state(self, state: State) -> None:
        """Show the tool and what is pending."""
        self.mark.blockSignals(True)
        self.mark.setChecked(state.is_marking)
        self.mark.blockSignals(False)
        self.mark.setEnabled(state.has_movie)
        self.tools.show_choice(state.tool)
        self.tools.setEnabled(state.has_movie)
        self.tell(self.status, words.marking(state))
        self.buttons.show_state(state)

    def _toggle(self, is_on: bool) -> None:
        self._session.attempt(partial(self._session.marking.set_active, is_on))

    def _choose(self, tool: str, *_: object) -> None:
        self._session.attempt(partial(self._session.marking.set_tool, tool))
        if not self._session.marking.active:
            self._session.attempt(partial(self._session.marking.set_active, True))

    def _use(self) -> None:
        self._session.attempt(partial(self._session.marking.use_labels, self.labels.currentData()))
