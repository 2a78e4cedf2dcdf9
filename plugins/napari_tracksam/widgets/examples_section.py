"""Examples: cells like those that are shown, or that words describe."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton, QSlider

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import EXAMPLES
from napari_tracksam.shown.choices import finders, model_hint, model_title
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.buttons import ButtonRow
from napari_tracksam.widgets.open_section import beside
from napari_tracksam.widgets.sections import Section, narrow_box, wrapped

STEPS = 100
SHEET_PX = 310
USUAL = "owlv2"
FILES = "Examples (*.npz)"


class ExamplesSection(Section):
    """Shows what is like the examples; a slider says how like it must be."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            "Examples", "Find cells like a few that you show, or by words.", is_open=False
        )
        self._session = session
        self._drawn: object = None
        self.status, self.found, self.sheet = wrapped(), wrapped(), QLabel()
        self.buttons = ButtonRow(session, EXAMPLES, columns=2)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setToolTip("How like the examples, or the words, a cell must be.")
        self.save, self.read = QPushButton("Save..."), QPushButton("Open...")
        self.save.setToolTip("Save the examples, for other movies and for `tracksam batch`.")
        self.read.setToolTip("Take examples that were saved.")
        self.text, self.find = QLineEdit(), QPushButton("Find")
        self.text.setPlaceholderText("round cell, -debris")
        self.text.setToolTip("Phrases with commas between them; one after - is not wanted.")
        self.finder = narrow_box()
        self.finder.setToolTip("The model that understands the words.")
        choices = finders(session.tracking.choices("finders"))
        for row, choice in enumerate(choices):
            self.finder.addItem(model_title(choice), choice.name)
            self.finder.setItemData(row, model_hint(choice), Qt.ItemDataRole.ToolTipRole)
        if not any(choice.is_usable for choice in choices):
            self.finder.setCurrentIndex(self.finder.findData(USUAL))
        for widget in (self.status, self.buttons, self.sheet, self.found):
            self.form.addRow(widget)
        self.form.addRow("At least", self.slider)
        self.form.addRow(beside(self.read, self.save))
        self.form.addRow("Words", beside(self.text, self.find))
        self.form.addRow("Read by", self.finder)
        self._connect()

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._slid)
        self.find.clicked.connect(self._look_for)
        self.text.returnPressed.connect(self._look_for)
        self.save.clicked.connect(self._ask_where)
        self.read.clicked.connect(self._ask_which)

    def show_state(self, state: State) -> None:
        """Show the examples and what is found."""
        finding = self._session.finding
        self.tell(self.status, words.examples(state.n_wanted, state.n_unwanted))
        self.tell(self.found, words.found(state.n_found, state.n_ranked, state.is_finding))
        self.slider.blockSignals(True)
        self.slider.setValue(round(STEPS * finding.threshold))
        self.slider.blockSignals(False)
        self.slider.setEnabled(state.n_ranked is not None)
        self.save.setEnabled(finding.examples is not None)
        for widget in (self.read, self.text, self.find, self.finder):
            widget.setEnabled(state.has_movie)
        self.buttons.show_state(state)
        if finding.examples is not self._drawn:
            self._drawn = finding.examples
            self._show_sheet(finding.sheet)

    def _show_sheet(self, sheet: np.ndarray | None) -> None:
        self.sheet.setVisible(sheet is not None)
        if sheet is not None:
            height, width, _ = sheet.shape
            image = QImage(
                np.ascontiguousarray(sheet).tobytes(),
                width,
                height,
                3 * width,
                QImage.Format.Format_RGB888,
            )
            smooth = Qt.TransformationMode.SmoothTransformation
            picture = QPixmap.fromImage(image).scaledToWidth(SHEET_PX, smooth)
            self.sheet.setPixmap(picture)
            self.sheet.setFixedHeight(picture.height())

    def _slid(self, value: int) -> None:
        self._session.attempt(partial(self._session.finding.set_threshold, value / STEPS))

    def _look_for(self) -> None:
        asked = (self.text.text(), self.finder.currentData())
        self._session.attempt(partial(self._session.finding.look_for, *asked))

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save examples", "examples.npz", FILES)
        if path:
            self._session.attempt(partial(self._session.finding.save, Path(path)))

    def _ask_which(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open examples", "", FILES)
        if path:
            self._session.attempt(partial(self._session.finding.read, Path(path)))
