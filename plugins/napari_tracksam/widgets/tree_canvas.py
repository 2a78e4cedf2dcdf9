"""The lineage tree on the screen: draws, zooms, pans, and says what was clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QFont, QImage, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_tracksam.tree.colouring import Strip, by_track
from napari_tracksam.tree.layout import TreeLayout, tree_layout
from napari_tracksam.tree.picture import frame_ticks, tree_picture, words
from napari_tracksam.tree.svg import Axis
from napari_tracksam.tree.view import TreeView, hit
from tracksam import Lineage

AXIS_PX = 20
ZOOM_A_NOTCH = 1.2
DRAG_PX = 4


class TreeCanvas(QWidget):
    """Draws a tree.

    Signals
    -------
    picked(track_id, frame, is_added)
        A bar was clicked; with Shift or Control, to add it to the selection.
    left_empty()
        The ground beside all bars was clicked.
    """

    picked = Signal(int, int, bool)
    left_empty = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layout_shown: TreeLayout = tree_layout(Lineage())
        self.view = TreeView(1, 1)
        self.axis = Axis()
        self.describe: Callable[[int, int], str] = no_words
        self._strip: Strip = by_track(self.layout_shown)
        self._faded: tuple[Strip, tuple[int, int, int], Strip] | None = None
        self._selected: frozenset[int] = frozenset()
        self._frame = 0
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self._is_fitted = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(160, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_tree(self, layout: TreeLayout, strip: Strip) -> None:
        """Show a tree; the part that is seen stays, unless all was."""
        self.layout_shown, self._strip = layout, strip
        if self._is_fitted:
            self.fit()
        self.update()

    def set_strip(self, strip: Strip) -> None:
        """Show the same tree in other colours."""
        self._strip = strip
        self.update()

    def set_selected(self, track_ids: frozenset[int], nearest: int | None = None) -> None:
        """Highlight tracks, and bring one of them into sight."""
        self._selected, self._faded = track_ids, None
        if nearest is not None and not self._is_fitted:
            self.view = self.view.with_track(self.layout_shown, nearest)
        self.update()

    def set_frame(self, frame: int) -> None:
        """Mark the frame that the viewer shows."""
        self._frame = frame
        self.update()

    def fit(self) -> None:
        """Show the whole tree."""
        self._is_fitted = True
        self.view = self._sized(self.view).fitted(self.layout_shown)
        self.update()

    def _sized(self, view: TreeView) -> TreeView:
        return view.resized(max(self.width(), 1), max(self.height() - AXIS_PX, 1))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        self.view = self._sized(self.view)
        if self._is_fitted:
            self.fit()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        painter = QPainter(self)
        self.draw(painter, self.view, self.devicePixelRatioF())

    def draw(self, painter: QPainter, view: TreeView, ratio: float) -> None:
        """Draw a part of the tree and the time axis below it; `ratio`: pixels of the device."""
        ground, ink = self.palette().window().color(), self.palette().windowText().color()
        rgb = (ground.red(), ground.green(), ground.blue())
        strip = self._emphasised(rgb)
        sharp = attrs.evolve(
            view,
            width=max(1, round(view.width * ratio)),
            height=max(1, round(view.height * ratio)),
            frame_px=view.frame_px * ratio,
            row_px=view.row_px * ratio,
        )
        pixels = tree_picture(self.layout_shown, strip, sharp, rgb)
        painter.drawImage(QRectF(0, 0, view.width, view.height), as_image(pixels))
        painter.setPen(QPen(ink))
        small = QFont(self.font())
        small.setPixelSize(10)
        painter.setFont(small)
        for word in words(self.layout_shown, view):
            painter.drawText(QPointF(word.x, word.y + 3.5), word.text)
        self._draw_axis(painter, view, ground, ink)
        if not len(self.layout_shown):
            painter.drawText(
                QRectF(0, 0, view.width, view.height),
                Qt.AlignmentFlag.AlignCenter,
                "The lineage tree appears here when cells are tracked.",
            )

    def _emphasised(self, ground: tuple[int, int, int]) -> Strip:
        """The strip with what is not selected faded; kept until one of the three changes."""
        if self._faded is None or self._faded[:2] != (self._strip, ground):
            faded = self._strip.emphasised(self.layout_shown, self._selected, ground)
            self._faded = (self._strip, ground, faded)
        return self._faded[2]

    def _draw_axis(self, painter: QPainter, view: TreeView, ground: QColor, ink: QColor) -> None:
        painter.fillRect(QRectF(0, view.height, view.width, AXIS_PX), ground)
        painter.drawLine(QPointF(0, view.height), QPointF(view.width, view.height))
        for frame in frame_ticks(view, self.layout_shown.n_frames):
            x = view.x(frame + 0.5)
            painter.drawLine(QPointF(x, view.height), QPointF(x, view.height + 4))
            box = QRectF(x - 30, view.height + 4, 60, AXIS_PX - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.axis.word(frame))
        unit = QRectF(0, view.height + 4, view.width - 4, AXIS_PX - 4)
        painter.drawText(unit, Qt.AlignmentFlag.AlignRight, self.axis.unit)
        if self.layout_shown.n_frames:
            ink.setAlphaF(0.6)
            painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
            x = round(view.x(self._frame + 0.5)) + 0.5
            painter.drawLine(QPointF(x, 0), QPointF(x, view.height))

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        factor = ZOOM_A_NOTCH**notches
        keys = event.modifiers()
        across = 1.0 if keys & Qt.KeyboardModifier.ControlModifier else factor
        down = 1.0 if keys & Qt.KeyboardModifier.ShiftModifier else factor
        place = event.position()
        self._move(self.view.zoomed(across, down, place.x(), place.y()))
        event.accept()

    def _move(self, view: TreeView) -> None:
        self._is_fitted = False
        self.view = view
        self.update()

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        self._pressed, self._is_dragging = event.position(), False

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802
        place = event.position()
        if self._pressed is None or not event.buttons():
            self._hover(event, place)
            return
        moved = place - self._pressed
        if self._is_dragging or moved.manhattanLength() > DRAG_PX:
            self._is_dragging = True
            self._pressed = place
            self._move(self.view.panned(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802
        was_click = self._pressed is not None and not self._is_dragging
        self._pressed, self._is_dragging = None, False
        if was_click:
            self._click(event)

    def mouseDoubleClickEvent(self, event: Any) -> None:  # noqa: N802
        self.fit()

    def _click(self, event: Any) -> None:
        found = hit(self.layout_shown, self.view, event.position().x(), event.position().y())
        if found is None:
            self.left_empty.emit()
            return
        adding = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        self.picked.emit(found.track_id, found.frame, bool(event.modifiers() & adding))

    def _hover(self, event: Any, place: QPointF) -> None:
        found = hit(self.layout_shown, self.view, place.x(), place.y())
        self.setCursor(
            Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.PointingHandCursor
        )
        if found is None:
            QToolTip.hideText()
            return
        text = f"track {found.track_id}, frame {found.frame}"
        more = self.describe(found.track_id, found.frame)
        QToolTip.showText(event.globalPosition().toPoint(), f"{text}\n{more}".strip(), self)


def no_words(track_id: int, frame: int) -> str:
    """Say nothing more of a cell."""
    return ""


def as_image(pixels: np.ndarray) -> QImage:
    """Return ``0xFFRRGGBB`` pixels, shape (H, W), as an image that owns its memory."""
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return image.copy()
