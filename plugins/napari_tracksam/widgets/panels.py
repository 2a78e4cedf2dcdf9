"""Tree, table, plots and doubtful places, as tabs of one dock."""

from __future__ import annotations

import napari
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_tracksam.session import session_of
from napari_tracksam.widgets.doubts import DoubtsPanel
from napari_tracksam.widgets.host import host
from napari_tracksam.widgets.plots import PlotPanel
from napari_tracksam.widgets.table import TablePanel
from napari_tracksam.widgets.tree import TreePanel

TITLE = "tracksam: tree, table, plots"


class Panels(QWidget):
    """What is seen of the tracks beside the image."""

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        session = session_of(napari_viewer)
        host(session)
        self.tabs = QTabWidget()
        self.tree, self.table = TreePanel(session), TablePanel(session)
        self.plots, self.doubts = PlotPanel(session), DoubtsPanel(session)
        for panel, title in (
            (self.tree, "Tree"),
            (self.table, "Table"),
            (self.plots, "Plots"),
            (self.doubts, "Doubtful"),
        ):
            self.tabs.addTab(panel, title)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.tabs)
        self.setMinimumHeight(220)
