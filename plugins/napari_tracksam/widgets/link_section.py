"""Linking: how cells are joined into tracks, a field for each setting."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSpinBox

from napari_tracksam.session import Session
from napari_tracksam.shown.choices import LINKING
from napari_tracksam.widgets.sections import Section, narrow_box
from tracksam.settings import LinkSettings

Field = QCheckBox | QComboBox | QSpinBox | QDoubleSpinBox
# Numbers that a field goes up to where a setting names none.
MOST = 10_000


class LinkSection(Section):
    """The settings of linking, which are kept in the project."""

    def __init__(self, session: Session) -> None:
        super().__init__("Linking", "How cells are joined into tracks.", is_open=False)
        self._session = session
        self.fields = {field.name: _widget_of(field) for field in attrs.fields(LinkSettings)}
        for name, widget in self.fields.items():
            self.form.addRow(LINKING[name], widget)
            _changed_signal(widget).connect(partial(self._change, name))
        self.show_settings()

    def _change(self, name: str, *_: object) -> None:
        value = _value_of(self.fields[name])
        if value != getattr(self._session.tracking.linking, name):
            self._session.attempt(partial(self._session.tracking.set_linking, **{name: value}))
            self.show_settings()

    def show_settings(self) -> None:
        """Show what is set."""
        settings = self._session.tracking.linking
        for name, widget in self.fields.items():
            widget.blockSignals(True)
            _show(widget, getattr(settings, name))
            widget.blockSignals(False)


def _widget_of(field: attrs.Attribute[Any]) -> Field:
    """A field for a setting: its kind, range and hint are those that the setting declares."""
    told = field.metadata
    widget: Field
    if told["choices"]:
        widget = narrow_box()
        widget.addItems(told["choices"])
    elif isinstance(field.default, bool):
        widget = QCheckBox()
    else:
        widget = QSpinBox() if isinstance(field.default, int) else QDoubleSpinBox()
        widget.setRange(told["at_least"], MOST if told["at_most"] is None else told["at_most"])
        widget.setSuffix(f" {told['unit']}" if told["unit"] else "")
        widget.setKeyboardTracking(False)
    if isinstance(widget, QDoubleSpinBox):
        widget.setSingleStep(0.1)
    widget.setToolTip(told["help"])
    return widget


def _changed_signal(widget: Field) -> Any:
    if isinstance(widget, QComboBox):
        return widget.currentTextChanged
    return widget.toggled if isinstance(widget, QCheckBox) else widget.valueChanged


def _value_of(widget: Field) -> Any:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return widget.isChecked() if isinstance(widget, QCheckBox) else widget.value()


def _show(widget: Field, value: Any) -> None:
    if isinstance(widget, QComboBox):
        widget.setCurrentText(value)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(value)
    else:
        widget.setValue(value)
