"""Buttons made from acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from napari_tracksam.session import Session
from napari_tracksam.shown.acts import Act
from napari_tracksam.shown.keys import hint_of
from napari_tracksam.shown.state import State


class ActButton(QPushButton):
    """Does one act; where it can not be done, it is grey and its tooltip says why."""

    def __init__(self, session: Session, act: Act) -> None:
        super().__init__(act.title)
        self.act = act
        self.setObjectName(act.key)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(partial(_do, session, act))
        self.show_state(State())

    def show_state(self, state: State) -> None:
        """Be enabled, or say why not."""
        problem = self.act.problem(state)
        self.setEnabled(not problem)
        self.setToolTip("\n".join(filter(None, (hint_of(self.act), problem))))


class ButtonRow(QWidget):
    """Some buttons side by side, in rows of `columns`."""

    def __init__(self, session: Session, acts: Sequence[Act], columns: int) -> None:
        super().__init__()
        self.buttons = {act.key: ActButton(session, act) for act in acts}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for i, button in enumerate(self.buttons.values()):
            grid.addWidget(button, i // columns, i % columns)

    def show_state(self, state: State) -> None:
        """Let every button show what can be done."""
        for button in self.buttons.values():
            button.show_state(state)


class Choice(QWidget):
    """Buttons side by side, of which one is down."""

    def __init__(self, words: Mapping[str, tuple[str, str]], choose: Callable[..., object]) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        group, row = QButtonGroup(self), QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for name, (title, hint) in words.items():
            button = QPushButton(title)
            button.setCheckable(True)
            button.setToolTip(hint)
            button.clicked.connect(partial(choose, name))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[name] = button

    def show_choice(self, chosen: str) -> None:
        """Let the button of a name be down."""
        for name, button in self.buttons.items():
            button.setChecked(name == chosen)


def _do(session: Session, act: Act, *_: object) -> None:
    session.attempt(partial(act.run, session))
