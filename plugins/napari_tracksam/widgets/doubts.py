"""The doubtful places, the least sure first."""

from __future__ import annotations

from qtpy.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import DOUBTS
from napari_tracksam.shown.state import state_of
from napari_tracksam.widgets.buttons import ButtonRow


class DoubtsPanel(QWidget):
    """A list; a click goes to the place."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.buttons = ButtonRow(session, DOUBTS, columns=2)
        box = QVBoxLayout(self)
        box.addWidget(self.list)
        box.addWidget(self.buttons)
        self.list.itemClicked.connect(self._go)
        session.events.doubt.connect(self.refresh)
        session.events.changed.connect(self.refresh)
        session.events.opened.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """List the session's doubts again, and mark the current one."""
        found = self._session.doubting.doubts
        texts = [words.doubt(doubt) for doubt in found]
        if texts != [self.list.item(i).text() for i in range(self.list.count())]:
            self.list.clear()
            for text in texts:
                self.list.addItem(QListWidgetItem(text))
        current = self._session.doubting.current
        self.list.setCurrentRow(found.index(current) if current in found else -1)
        self.buttons.show_state(state_of(self._session))

    def _go(self, item: QListWidgetItem) -> None:
        self._session.attempt(lambda: self._session.doubting.go_to(self.list.row(item)))
