"""A section of the dock: a title that folds what lies below it."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_tracksam.shown.state import State


class Section(QWidget):
    """A title and a form below it.

    Subclasses fill `form` and say in `show_state` what changes with the session.
    """

    def __init__(self, title: str, hint: str, is_open: bool = True) -> None:
        super().__init__()
        self.setObjectName(title)
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setToolTip(hint)
        self.head.setCheckable(True)
        self.head.setChecked(is_open)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setStyleSheet("QToolButton { font-weight: bold; border: none; padding: 2px; }")
        self.body = QFrame()
        self.form = QFormLayout(self.body)
        self.form.setContentsMargins(10, 0, 0, 4)
        self.form.setSpacing(5)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.head)
        box.addWidget(self.body)
        self.head.toggled.connect(self._fold)
        self._fold(is_open)

    def _fold(self, is_open: bool) -> None:
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.body.setVisible(is_open)

    def tell(self, label: QLabel, text: str) -> None:
        """Let one of the labels say something; nothing: hide it."""
        if text != label.text() or bool(text) != label.isVisibleTo(self):
            label.setText(text)
            label.setVisible(bool(text))

    def show_state(self, state: State) -> None:
        """Show what changed in the session."""


class Words(QLabel):
    """Text that takes as many lines as it needs.

    It has the height of its text. A form asks a wrapped label of Qt for its height before it knows
    the width, and then squeezes the rows below.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return False

    def setText(self, text: str) -> None:  # noqa: N802
        super().setText(text)
        self._take_room()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        self._take_room()

    def _take_room(self) -> None:
        self.setFixedHeight(max(self.heightForWidth(self.width()), 1))


def wrapped(text: str = "") -> Words:
    """Return a label whose text takes as many lines as it needs."""
    return Words(text)


def narrow_box() -> QComboBox:
    """Return a box of choices that is not as wide as its longest one."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    return box
