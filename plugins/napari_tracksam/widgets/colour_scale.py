"""The scale of colours, with the values at its ends."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

from napari_tracksam.shown.colours import scale_picture
from napari_tracksam.widgets.tree_canvas import as_image

WIDTH_PX, HEIGHT_PX = 90, 10


class ColourScale(QWidget):
    """Low value, colours, high value; hidden where colours tell tracks apart."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high, colours = QLabel(), QLabel(), QLabel()
        picture = QPixmap.fromImage(as_image(scale_picture()))
        colours.setPixmap(picture.scaled(WIDTH_PX, HEIGHT_PX, Qt.AspectRatioMode.IgnoreAspectRatio))
        box = QHBoxLayout(self)
        box.setContentsMargins(8, 0, 8, 0)
        for widget in (self.low, colours, self.high):
            box.addWidget(widget)
        self.hide()

    def set_words(self, low: str, high: str) -> None:
        """Say what the ends stand for; nothing: hide."""
        self.low.setText(low)
        self.high.setText(high)
        self.setVisible(bool(low))
