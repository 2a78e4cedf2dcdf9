"""Out: everything that can be written."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QPushButton

from napari_tracksam.session import Session
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.open_section import beside
from napari_tracksam.widgets.sections import Section, narrow_box


class OutSection(Section):
    """Chooses a form and a place."""

    def __init__(self, session: Session) -> None:
        super().__init__("Out", "Write masks, tracks, tables, films and figures.")
        self._session = session
        self.forms, self.export = narrow_box(), QPushButton("Export...")
        self.export.setObjectName("export")
        self.forms.setToolTip("What is written.")
        self.export.setToolTip("Choose where to write it.")
        for form in session.exporting.forms:
            self.forms.addItem(form.title, form)
        self.form.addRow(beside(self.forms, self.export))
        self.export.clicked.connect(self._ask_and_export)

    def show_state(self, state: State) -> None:
        """Export what there is."""
        self.forms.setEnabled(state.has_tracks)
        self.export.setEnabled(state.has_tracks and not state.is_running)

    def _ask_and_export(self) -> None:
        form = self.forms.currentData()
        name = f"{self._session.movie.name}-{form.key}{form.suffix}"
        wanted = f"*{form.suffix}" if form.suffix else "Folder (*)"
        path, _ = QFileDialog.getSaveFileName(self, form.title, name, wanted)
        if path:
            self._session.attempt(partial(self._session.exporting.export, form.key, Path(path)))
