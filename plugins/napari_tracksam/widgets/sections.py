"""A section of the dock: a title that folds what lies below it."""

from __future__ import annotations

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

    def show_state(self, state: State) -> None:
        """Show what changed in the session."""


def wrapped(text: str = "") -> QLabel:
    """Return a label whose text takes as many lines as it needs."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def narrow_box() -> QComboBox:
    """Return a box of choices that is not as wide as its longest one."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    return box
