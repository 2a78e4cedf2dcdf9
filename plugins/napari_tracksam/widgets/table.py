"""The table of cells, linked both ways with the viewer."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import QItemSelectionModel, QModelIndex, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from napari_tracksam.session import Session
from napari_tracksam.shown.rows import Rows
from napari_tracksam.widgets.rows_model import RowsModel

SHOWN = {"all cells": "all", "selected tracks": "selected", "this frame": "frame"}
ADDED = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
LEAST_COLUMN_PX = 70


class TablePanel(QWidget):
    """A row for each cell in each frame. A click goes there; a selection elsewhere comes here."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._all = Rows()
        self._is_picking = False
        self.model = RowsModel(self)
        self.view = _table_view(self.model)
        self.shown = QComboBox()
        self.shown.addItems(list(SHOWN))
        self.shown.setToolTip("Which cells the table lists.")
        self.count = QLabel()
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the listed rows, to paste them into a spreadsheet.")
        head = QHBoxLayout()
        for widget in (QLabel("Show"), self.shown, self.count):
            head.addWidget(widget)
        head.addStretch()
        head.addWidget(copy)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self.view)
        self.shown.currentIndexChanged.connect(self._filter)
        copy.clicked.connect(self._copy)
        self.view.selectionModel().selectionChanged.connect(self._picked)
        self.view.horizontalHeader().sortIndicatorChanged.connect(self._sort)
        session.events.table.connect(self.refresh)
        session.events.selected.connect(self._follow)
        session.events.frame.connect(self._follow)
        self.refresh()

    def refresh(self) -> None:
        """Show the session's table again."""
        self._all = Rows.of(self._session.looking.table)
        self._filter()

    def _filter(self) -> None:
        which = SHOWN[self.shown.currentText()]
        selected = frozenset(self._session.looking.selected) if which == "selected" else None
        frame = self._session.frame if which == "frame" else None
        rows = self._all.only(selected, frame) if self._all.names else self._all
        is_new = rows.names != self.model.rows.names
        self.model.set_rows(rows)
        if is_new:
            _fit_columns(self.view)
        self.count.setText(f"{len(rows):,} rows")
        self._highlight()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        self._highlight()  # a hidden table does not scroll

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        self.model.sort(column, order)
        self._highlight()

    def _follow(self, *_: object) -> None:
        if SHOWN[self.shown.currentText()] == "all":
            self._highlight()
        else:
            self._filter()

    def _highlight(self) -> None:
        """Select the rows of the selected cells in this frame, and show that of the last one."""
        if self._is_picking:  # the rows are those that were clicked
            return
        frame, chosen = self._session.frame, self.view.selectionModel()
        found = (self.model.rows.row_of(i, frame) for i in self._session.looking.selected)
        rows = [row for row in found if row is not None]
        chosen.blockSignals(True)
        chosen.clearSelection()
        for row in rows:
            index = self.model.index(row, max(self.view.currentIndex().column(), 0))
            chosen.setCurrentIndex(index, ADDED)
        if rows:
            self.view.scrollTo(self.view.currentIndex())
        chosen.blockSignals(False)
        self.view.viewport().update()

    def _picked(self, *_: object) -> None:
        rows = [index.row() for index in self.view.selectionModel().selectedRows()]
        if not rows:
            return
        there = self.model.rows
        last = self.view.currentIndex().row()
        last = last if last in rows else rows[-1]
        tracks = [there.cell(row)[0] for row in (*(r for r in rows if r != last), last)]
        before = [track for track in self._session.looking.selected if track in tracks]
        chosen = (*before, *tracks)  # the one that was selected first stays the first
        self._is_picking = True
        self._session.attempt(
            partial(self._session.looking.show_cell, chosen, there.cell(last)[1], there.yx(last))
        )
        self._is_picking = False

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.rows.tab_separated())


def _table_view(model: RowsModel) -> QTableView:
    view = QTableView()
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 6)
    header = view.horizontalHeader()
    header.setSortIndicatorShown(True)
    header.setSectionsClickable(True)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    view.setCurrentIndex(QModelIndex())
    return view


def _fit_columns(view: QTableView) -> None:
    """Make every column as wide as its name; looking at all values would take seconds."""
    metrics = view.horizontalHeader().fontMetrics()
    for column, name in enumerate(view.model().rows.names):
        view.setColumnWidth(column, max(LEAST_COLUMN_PX, metrics.horizontalAdvance(name) + 30))
