"""Open and calibrate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from napari import Viewer
from napari.layers import Image
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from napari_tracksam.movies import channels_beside
from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.sections import Section, narrow_box, wrapped

UNKNOWN = "not known"
DIGITS = "0123456789.,"
WITHOUT_DIGITS = str.maketrans("", "", DIGITS)
ZERO = "0: not known; tables are then in pixels and frames."
RESULT = "Put masks and tracks that are there already into the project, as one step."
CHANNELS = "Measure the other image layers of the same shape, too, as channels."
MOST_UM, MOST_S = 1000.0, 1_000_000.0


class OpenSection(Section):
    """Which movie is tracked, what a pixel and a frame are, and where the project lies."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        super().__init__("Open", "Which movie is tracked, and what its pixels and frames are.")
        self._session, self._viewer = session, viewer
        self._had_movie = False
        self.movie, self.project = wrapped(), wrapped()
        self.layers = narrow_box()
        self.layers.setToolTip("Image layers of napari: a movie of frames, rows and columns.")
        self.begin = QPushButton("Begin")
        self.begin.setToolTip("Track the movie of this layer.")
        self.pixel_size = _number("µm a pixel", MOST_UM, 4)
        self.interval = _number("s a frame", MOST_S, 2)
        self.pixel_size.setToolTip(f"Side of a pixel in micrometres. {ZERO}")
        self.interval.setToolTip(f"Seconds from one frame to the next. {ZERO}")
        self.form.addRow(self.movie)
        self.channels = QCheckBox("with the other channels")
        self.channels.setToolTip(CHANNELS)
        self.form.addRow("Layer", beside(self.layers, self.begin))
        self.form.addRow("", self.channels)
        self.form.addRow("Pixel size", self.pixel_size)
        self.form.addRow("Interval", self.interval)
        self.form.addRow(self.project)
        self.open_project, self.save_as = QPushButton("Open project..."), QPushButton("Save as...")
        self.open_project.setToolTip("Go on with a folder NAME.tracksam.")
        self.save_as.setToolTip("Copy the project to another place and go on there.")
        self.form.addRow(beside(self.open_project, self.save_as))
        self.open_file, self.open_folder = (
            QPushButton("Open file..."),
            QPushButton("Open folder..."),
        )
        self.open_file.setToolTip(f"{RESULT} A file: TrackMate, GEFF, run lengths, ...")
        self.open_folder.setToolTip(f"{RESULT} A folder: a run, or of the Cell Tracking Challenge.")
        self.form.addRow("Result", beside(self.open_file, self.open_folder))
        self.begin.clicked.connect(self._begin)
        self.layers.currentIndexChanged.connect(self._list_channels)
        self.open_project.clicked.connect(self._ask_project)
        self.save_as.clicked.connect(self._ask_where)
        self.open_file.clicked.connect(self._ask_file)
        self.open_folder.clicked.connect(self._ask_folder)
        self.pixel_size.editingFinished.connect(self._calibrate)
        self.interval.editingFinished.connect(self._calibrate)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._list_layers)
        self._list_layers()

    def _list_layers(self, event: object = None) -> None:
        chosen = self.layers.currentData()
        self.layers.clear()
        for layer in self._images():
            self.layers.addItem(layer.name, layer)
        self.layers.setCurrentIndex(max(self.layers.findData(chosen), 0))
        self.begin.setEnabled(self.layers.count() > 0)
        self._list_channels()

    def _list_channels(self, *_: object) -> None:
        layer = self.layers.currentData()
        self.channels.setVisible(layer is not None and bool(channels_beside(layer, self._images())))

    def _images(self) -> list[Image]:
        return [layer for layer in self._viewer.layers if isinstance(layer, Image)]

    def show_state(self, state: State) -> None:
        """Show the movie, its calibration and its project; fold when a movie was opened."""
        if state.has_movie != self._had_movie:
            self._had_movie = state.has_movie
            self.head.setChecked(not state.has_movie)
        self.head.setText(f"Open: {state.movie}" if state.has_movie else "Open")
        self.movie.setText(words.movie(self._session.movie))
        pixel_size_um, interval_s = self._session.calibration if state.has_movie else (None, None)
        self.pixel_size.setValue(pixel_size_um or 0)
        self.interval.setValue(interval_s or 0)
        for widget in (
            self.pixel_size,
            self.interval,
            self.save_as,
            self.open_file,
            self.open_folder,
        ):
            widget.setEnabled(state.has_movie)
        project = self._session.project
        self.project.setText("" if project is None else f"Saved as you go in {project.path.name}")
        told = (words.movie(self._session.movie), words.calibration(self._session.movie))
        self.head.setToolTip("\n".join(filter(None, told)))
        self.project.setToolTip("" if project is None else str(project.path))

    def _begin(self) -> None:
        layer = self.layers.currentData()
        others = channels_beside(layer, self._images()) if self.channels.isChecked() else ()
        self._session.attempt(partial(self._session.open_layer, layer, others=others))

    def _calibrate(self) -> None:
        known = (self.pixel_size.value() or None, self.interval.value() or None)
        if self._session.movie is not None and known != self._session.calibration:
            self._session.attempt(partial(self._session.set_calibration, *known))

    def _ask_project(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a project (NAME.tracksam)")
        if path:
            self._session.attempt(partial(self._session.open_project, Path(path)))

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a result of this movie")
        if path:
            self._session.attempt(partial(self._session.open_result, Path(path)))

    def _ask_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a result of this movie")
        if path:
            self._session.attempt(partial(self._session.open_result, Path(path)))

    def _ask_where(self) -> None:
        name = f"{self._session.movie.name}.tracksam"
        path, _ = QFileDialog.getSaveFileName(self, "Copy the project", name)
        if path:
            self._session.attempt(partial(self._session.save_as, Path(path)))


class NumberBox(QDoubleSpinBox):
    """A field in which a number that is typed takes the place of the words "not known"."""

    def validate(self, text: str, position: int) -> Any:
        before = text.removesuffix(self.suffix())
        typed = "".join(letter for letter in before if letter in DIGITS)
        if typed and before.translate(WITHOUT_DIGITS) == UNKNOWN:
            text, position = typed + self.suffix(), len(typed)
        return super().validate(text, position)


def _number(suffix: str, most: float, decimals: int) -> NumberBox:
    box = NumberBox()
    box.setRange(0, most)
    box.setDecimals(decimals)
    box.setSpecialValueText(UNKNOWN)
    box.setSuffix(f" {suffix}")
    box.setKeyboardTracking(False)
    return box


def beside(*widgets: QWidget) -> QWidget:
    """Return a widget that has some others side by side."""
    row = QWidget()
    box = QHBoxLayout(row)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(4)
    for widget in widgets:
        box.addWidget(widget)
    return row
