"""Hands: what a person does with mouse and keys, as events on real widgets."""

from __future__ import annotations

import time
from collections.abc import Callable

import napari
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QApplication,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

NONE = Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
PATIENCE_S = 60.0


def wait(until: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> None:
    """Let the event loop run until something is true."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        QApplication.processEvents()
        time.sleep(0.005)


def settle(seconds: float = 0.15) -> None:
    """Let the event loop run for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


class Hands:
    """Uses a viewer."""

    wait, settle = staticmethod(wait), staticmethod(settle)
    none, alt, shift, control = NONE, ALT, SHIFT, CONTROL

    def __init__(self, viewer: napari.Viewer) -> None:
        self.viewer = viewer
        self.canvas: QWidget = viewer.window._qt_viewer.canvas.native

    def point(self, y: float, x: float) -> QPoint:
        """Return where a pixel of the movie lies on the canvas."""
        scale = np.array(self.viewer.layers[0].scale[-2:])
        camera = self.viewer.scene.camera
        centre = np.array(camera.center[-2:])
        middle = np.array([self.canvas.height(), self.canvas.width()]) / 2
        row, column = middle + (np.array([y, x]) * scale - centre) * camera.zoom
        return QPoint(round(column), round(row))

    def move(self, y: float, x: float) -> None:
        """Move the pointer over a pixel of the movie."""
        QTest.mouseMove(self.canvas, self.point(y, x))
        settle(0.05)

    def click(self, y: float, x: float, keys: Qt.KeyboardModifier = NONE) -> None:
        """Click a pixel of the movie."""
        self.move(y, x)
        QTest.mouseClick(self.canvas, LEFT, keys, self.point(y, x))
        settle(0.05)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one pixel of the movie to another."""
        self.move(*start)
        QTest.mousePress(self.canvas, LEFT, NONE, self.point(*start))
        for share in (0.3, 0.6, 1.0):
            y, x = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            QTest.mouseMove(self.canvas, self.point(y, x))
            settle(0.02)
        QTest.mouseRelease(self.canvas, LEFT, NONE, self.point(*end))
        settle(0.05)

    def key(self, name: str, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a key while the image has the focus: "B", "Return", "Tab", ..."""
        key = getattr(Qt.Key, f"Key_{name}")
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, keys)
        settle(0.05)

    def key_on(self, widget: QWidget, name: str) -> None:
        """Press a key while a widget has the focus."""
        widget.setFocus()
        QTest.keyClick(widget, getattr(Qt.Key, f"Key_{name}"))
        settle(0.05)

    def press_on(self, widget: QWidget) -> None:
        """Click the middle of a widget."""
        QTest.mouseClick(widget, LEFT)
        settle(0.05)

    def press(self, inside: QWidget, name: str) -> None:
        """Press the button of an act."""
        button = inside.findChild(QPushButton, name)
        assert button is not None, f"there is no button {name}"
        assert button.isEnabled(), f"{name} can not be pressed: {button.toolTip()}"
        self.press_on(button)

    def slide(self, slider: QSlider, share: float) -> None:
        """Drag the handle of a slider to a share of its length."""
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        handle = slider.style().subControlRect(control, option, part, slider)
        way = (slider.width() - handle.width()) * (share - slider.value() / slider.maximum())
        target = handle.center() + QPoint(round(way), 0)
        QTest.mousePress(slider, LEFT, NONE, handle.center())
        QTest.mouseMove(slider, target)
        QTest.mouseRelease(slider, LEFT, NONE, target)
        settle(0.05)

    def type_into(self, field: QWidget, text: str) -> None:
        """Type text into a field, and press Enter."""
        field.setFocus()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        settle(0.05)

    def colour_at(self, y: float, x: float) -> NDArray[np.int64]:
        """Return what is seen at a pixel of the movie: red, green, blue, 0 to 255."""
        settle(0.1)
        picture = self.viewer.screenshot(canvas_only=True, flash=False)
        place = self.point(y, x)
        share = np.array(picture.shape[:2]) / (self.canvas.height(), self.canvas.width())
        row, column = (np.array([place.y(), place.x()]) * share).astype(int)
        return picture[row, column, :3].astype(np.int64)
