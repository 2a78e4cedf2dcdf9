"""Plots: a feature over time for the selection, the population, a distribution."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_tracksam.session import Session
from napari_tracksam.shown.rows import meaning
from napari_tracksam.shown.series import (
    Plot,
    distribution,
    numeric_columns,
    of_population,
    over_time,
)

SELECTION, POPULATION, DISTRIBUTION = "selected tracks", "whole population", "distribution"
MOST_NAMES = 14
FIRST_FEATURES = ("area_um2", "area_px")


class PlotPanel(QWidget):
    """One plot; drawn only while it is seen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_stale = True
        self.kind, self.feature, self.note = QComboBox(), QComboBox(), QLabel()
        self.kind.addItems([SELECTION, POPULATION, DISTRIBUTION])
        self.kind.setToolTip("What is plotted.")
        self.plot = pyqtgraph.PlotWidget()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.hideButtons()
        self.legend = self.plot.addLegend(offset=(10, 10))
        head = QHBoxLayout()
        for widget in (QLabel("Plot"), self.feature, QLabel("of"), self.kind, self.note):
            head.addWidget(widget)
        head.addStretch()
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self.plot)
        self.kind.currentIndexChanged.connect(self._list_features)
        self.feature.currentIndexChanged.connect(self.refresh)
        session.events.table.connect(self._list_features)
        session.events.selected.connect(self.refresh)
        session.events.frame.connect(self._frame_changed)
        self._list_features()

    def _list_features(self, *_: object) -> None:
        """Offer what can be plotted, and keep the choice where it is still there."""
        looking = self._session.looking
        is_population = self.kind.currentText() == POPULATION
        names = numeric_columns(looking.population if is_population else looking.table)
        chosen = self.feature.currentText()
        wanted = [name for name in (chosen, *FIRST_FEATURES) if name in names]
        self.feature.blockSignals(True)
        self.feature.clear()
        self.feature.addItems(list(names))
        if wanted:
            self.feature.setCurrentText(wanted[0])
        self.feature.blockSignals(False)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Draw again, now or when it is seen next."""
        self._is_stale = True
        if self.isVisible():
            self._draw(self.shown())

    def _frame_changed(self, *_: object) -> None:
        if self.kind.currentText() == DISTRIBUTION:
            self.refresh()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        if self._is_stale:
            self._draw(self.shown())

    def shown(self) -> Plot:
        """Return what is to be seen."""
        looking, feature = self._session.looking, self.feature.currentText()
        if self.kind.currentText() == POPULATION:
            return of_population(looking.population, feature)
        if self.kind.currentText() == DISTRIBUTION:
            return distribution(looking.table, feature, self._session.frame)
        return over_time(looking.table, feature, looking.selected)

    def _draw(self, plot: Plot) -> None:
        self._is_stale = False
        ground, ink = self.palette().window().color(), self.palette().windowText().color()
        self.plot.setBackground(ground)
        self.legend.setLabelTextColor(ink)
        ground.setAlphaF(0.8)
        self.legend.setBrush(ground)
        self.plot.clear()
        for name, label in (("bottom", plot.x_label), ("left", plot.y_label)):
            axis = self.plot.getAxis(name)
            axis.setPen(ink)
            axis.setTextPen(ink)
            axis.setLabel(label)
        for line in plot.lines:
            pen = pyqtgraph.mkPen(line.colour, width=line.width)
            name = line.name or None if len(plot.lines) <= MOST_NAMES else None
            self.plot.plot(line.x, line.y, pen=pen, name=name, connect="finite")
        if plot.bars is not None:
            bars = pyqtgraph.BarGraphItem(
                x0=plot.bars.edges[:-1],
                x1=plot.bars.edges[1:],
                height=plot.bars.counts,
                brush=(70, 160, 240),
                pen=ground,
            )
            self.plot.addItem(bars)
        self.plot.autoRange()
        self.note.setText(plot.note)
        self.feature.setToolTip(meaning(self.feature.currentText()))
