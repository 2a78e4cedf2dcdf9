"""Track: which way, with which models, how far it is."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QProgressBar, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from napari_tracksam.session import Session
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import CANCEL, TRACK
from napari_tracksam.shown.choices import DIRECTIONS, PROPAGATE, SOCKETS, model_hint, model_title
from napari_tracksam.shown.state import State
from napari_tracksam.widgets.buttons import ActButton, ButtonRow
from napari_tracksam.widgets.link_section import LinkSection
from napari_tracksam.widgets.open_section import beside
from napari_tracksam.widgets.sections import Section, narrow_box, wrapped

NAME, TOOLTIP = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.ToolTipRole


class TrackSection(Section):
    """The plan of a run, and its progress."""

    def __init__(self, session: Session) -> None:
        super().__init__("Track", "Follow what is marked, or everything, through the movie.")
        self._session = session
        self.direction, self.propagate = _choice_of(DIRECTIONS), _choice_of(PROPAGATE)
        self.first, self.last = QSpinBox(), QSpinBox()
        self.first.setToolTip("First frame that is tracked.")
        self.last.setToolTip("Last frame that is tracked.")
        self._planned: tuple[object, ...] = ()
        self.models = {field: narrow_box() for field in SOCKETS}
        self.buttons = ButtonRow(session, TRACK, columns=2)
        self.bar, self.status = QProgressBar(), wrapped()
        self.bar.setTextVisible(False)
        self.cancel = ActButton(session, CANCEL)
        self.cancel.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.form.addRow("Direction", self.direction)
        self.form.addRow("Frames", beside(self.first, self.last))
        self.linking = LinkSection(session)
        self.form.addRow(self._models_section())
        self.form.addRow(self.linking)
        self.form.addRow(self.buttons)
        self.progress = QWidget()
        box = QVBoxLayout(self.progress)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.status)
        box.addWidget(beside(self.bar, self.cancel))
        self.form.addRow(self.progress)
        self._connect()
        self.show_progress()

    def _models_section(self) -> Section:
        section = Section("Models", "Which models draw, find and follow.", is_open=False)
        for field, socket in SOCKETS.items():
            section.form.addRow(socket.title, self.models[field])
            self.models[field].setToolTip(socket.hint)
            self._list_models(field)
        section.form.addRow("Carried by", self.propagate)
        self.propagate.setToolTip("What carries marked cells from frame to frame.")
        return section

    def _connect(self) -> None:
        self.direction.activated.connect(partial(self._plan, "direction", self.direction))
        self.propagate.activated.connect(partial(self._plan, "propagate", self.propagate))
        for field, box in self.models.items():
            box.activated.connect(partial(self._plan, field, box))
        self.first.editingFinished.connect(self._plan_range)
        self.last.editingFinished.connect(self._plan_range)
        self._session.events.progress.connect(self.show_progress)
        self._session.events.opened.connect(self.show_plan)

    def _list_models(self, field: str) -> None:
        box = self.models[field]
        for choice in self._session.tracking.choices(SOCKETS[field].group):
            box.addItem(model_title(choice), choice.name)
            row = box.count() - 1
            box.setItemData(row, model_hint(choice), TOOLTIP)
            box.model().item(row).setEnabled(choice.is_usable)

    def _plan(self, name: str, box: QComboBox, *_: object) -> None:
        self._session.attempt(
            partial(self._session.tracking.set_plan, **{name: box.currentData(NAME)})
        )
        self.show_plan()

    def _plan_range(self) -> None:
        plan = self._session.tracking.plan
        wanted = {"first": self.first.value(), "last": self.last.value()}
        if wanted != {"first": plan.first, "last": plan.last}:
            self._session.attempt(partial(self._session.tracking.set_plan, **wanted))
            self.show_plan()

    def show_plan(self) -> None:
        """Show what the session will do."""
        plan = self._session.tracking.plan
        others = {"direction": self.direction, "propagate": self.propagate}
        for name, box in {**others, **self.models}.items():
            box.setCurrentIndex(box.findData(getattr(plan, name)))
        self.first.setValue(plan.first)
        self.last.setValue(plan.last)
        self.linking.show_settings()

    def show_state(self, state: State) -> None:
        """Show what can be done."""
        for box in (self.first, self.last):
            box.setMaximum(max(state.n_frames - 1, 0))
        models, linking = self.models.values(), self.linking.fields.values()
        chosen = (self.direction, self.propagate, self.first, self.last, *models, *linking)
        for widget in chosen:
            widget.setEnabled(state.has_movie and not state.is_running)
        self.buttons.show_state(state)
        self.cancel.show_state(state)
        planned = (state.movie, state.is_running, self._session.tracking.plan)
        if planned != self._planned:
            self._planned = planned
            self.show_plan()
        self.show_progress()

    def show_progress(self, *_: object) -> None:
        """Show how far the run is."""
        status = self._session.tracking.status
        self.progress.setVisible(status.is_running)
        self.form.invalidate()
        self.bar.setMaximum(status.total)
        self.bar.setValue(status.done)
        self.status.setText(
            words.progress(status.stage, status.done, status.total, status.seconds_left)
        )


def _choice_of(words: dict[str, tuple[str, str]]) -> QComboBox:
    """A box of choices, each with a title and a hint."""
    box = narrow_box()
    for row, (name, (title, hint)) in enumerate(words.items()):
        box.addItem(title, name)
        box.setItemData(row, hint, TOOLTIP)
    return box
