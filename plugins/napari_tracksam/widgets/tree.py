"""The lineage tree, linked both ways with the viewer."""

from __future__ import annotations

from pathlib import Path

import attrs
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPainter
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_tracksam.look import Look
from napari_tracksam.session import Session
from napari_tracksam.shown.colours import description, scale_words, tree_colours
from napari_tracksam.tree.colouring import Strip
from napari_tracksam.tree.layout import TreeLayout, tree_layout
from napari_tracksam.tree.svg import Axis, tree_svg
from napari_tracksam.widgets.colour_scale import ColourScale
from napari_tracksam.widgets.tree_canvas import AXIS_PX, TreeCanvas
from tracksam import Lineage
from tracksam.errors import WriteError
from tracksam.io.atomic import write_text
from tracksam.report.clock import clock

HINT = "Wheel: zoom (Ctrl: rows, Shift: time). Drag: move. Click: go there. Shift-click: add."
FIGURE_SCALE = 2.0


class TreePanel(QWidget):
    """The tree with its buttons."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lineage = Lineage()
        self._look: Look | None = None
        self.canvas = TreeCanvas(self)
        self.canvas.setToolTip("")
        self.canvas.describe = self._describe
        self.caption = QLabel()
        self.fit_button, self.save_button = QPushButton("Fit"), QPushButton("Save figure...")
        self.fit_button.setToolTip("Show the whole tree (or double-click).")
        self.save_button.setToolTip("Save the whole tree as SVG or PNG.")
        hint = QLabel(HINT)
        hint.setEnabled(False)
        hint.setMinimumWidth(0)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        self.scale = ColourScale()
        for widget in (self.fit_button, self.save_button, self.caption, self.scale):
            head.addWidget(widget)
        head.addWidget(hint, stretch=1)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self.canvas, stretch=1)
        self.fit_button.clicked.connect(self.canvas.fit)
        self.save_button.clicked.connect(self._ask_and_save)
        self.canvas.picked.connect(self._picked)
        self.canvas.left_empty.connect(self._deselect)
        events = session.events
        events.opened.connect(self.refresh)
        events.changed.connect(self.refresh)
        events.table.connect(self.recolour)
        events.look.connect(self.recolour)
        events.selected.connect(self._select)
        events.frame.connect(self.canvas.set_frame)
        self.refresh()

    def refresh(self) -> None:
        """Show the session's lineage again."""
        project, movie = self._session.project, self._session.movie
        self._lineage = Lineage() if project is None else project.curation.lineage
        if movie is not None:
            per_frame, unit = clock(movie)
            self.canvas.axis = Axis(unit, per_frame)
        layout = tree_layout(self._lineage)
        self.canvas.set_tree(layout, self._colours(layout))
        families = len(self._lineage.track_ids) - len(self._lineage.parents)
        self.caption.setText(f"{self._lineage.n_tracks} tracks in {families} families")
        self._select()

    def recolour(self, *_: object) -> None:
        """Show the same tree in the colours of the viewer; another one waits for `refresh`."""
        project, look = self._session.project, self._session.looking.look
        if project is None or project.curation.lineage is not self._lineage:
            return
        if self._look is None or not look.same_tracks(self._look):
            self._look = look
            self.scale.set_words(*scale_words(look))
            self.canvas.set_strip(self._colours(self.canvas.layout_shown))

    def _colours(self, layout: TreeLayout) -> Strip:
        return tree_colours(layout, self._lineage, self._session.looking.look)

    def _describe(self, track_id: int, frame: int) -> str:
        looking = self._session.looking
        cell = (track_id, frame)
        return description(self._lineage, looking.table, looking.look.colour_by, cell)

    def _select(self, *_: object) -> None:
        selected = tuple(self._session.looking.selected)
        families = self._lineage.descendants(selected) if selected else frozenset()
        self.canvas.set_selected(families, selected[-1] if selected else None)

    def _picked(self, track_id: int, frame: int, is_added: bool) -> None:
        before = self._session.looking.selected if is_added else ()
        self._session.attempt(
            lambda: self._go(tuple(dict.fromkeys((*before, track_id))), track_id, frame)
        )

    def _go(self, track_ids: tuple[int, ...], track_id: int, frame: int) -> None:
        rows = self._lineage.rows(track_id)
        here = rows.start + int(abs(self._lineage.frame[rows] - frame).argmin())
        yx = tuple(self._lineage.yx[here].tolist())
        self._session.looking.show_cell(track_ids, int(self._lineage.frame[here]), yx)

    def _deselect(self) -> None:
        self._session.attempt(lambda: self._session.looking.select(()))

    def _ask_and_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the tree", "tree.svg", "SVG figure (*.svg);;PNG picture (*.png)"
        )
        if path:
            self._session.attempt(lambda: self.save(Path(path)))

    def save(self, path: Path) -> None:
        """Write the whole tree as SVG, or as PNG where `path` ends so."""
        if path.suffix.lower() == ".png":
            if not self.figure().save(str(path)):
                raise WriteError(f"{path} could not be written; choose another folder.")
            return
        layout = self.canvas.layout_shown
        write_text(path, tree_svg(layout, self._colours(layout), self.canvas.axis))

    def figure(self) -> QImage:
        """Return the whole tree as a picture with twice the pixels of the screen."""
        layout = self.canvas.layout_shown
        height = max(120, 18 * layout.n_rows + 60)
        view = self.canvas.view.resized(1000, height).fitted(layout)
        view = attrs.evolve(view, row_px=16.0, top=-1.0)
        size = (int(view.width * FIGURE_SCALE), int((view.height + AXIS_PX) * FIGURE_SCALE))
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(FIGURE_SCALE)
        painter = QPainter(image)
        self.canvas.draw(painter, view, FIGURE_SCALE)
        painter.end()
        return image
