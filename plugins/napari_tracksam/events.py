"""What a session tells: always on the main thread."""

from __future__ import annotations

from typing import Any

from psygnal import Signal


class Events:
    """Signals of one session; connect with ``events.changed.connect(slot)``."""

    opened = Signal()
    changed = Signal()
    history = Signal()
    look = Signal(object)
    selected = Signal(object)
    frame = Signal(int)
    preview = Signal(object)
    marks = Signal()
    ready = Signal(bool)
    progress = Signal(object)
    table = Signal()
    doubt = Signal()
    found = Signal()
    notice = Signal(object)

    def all_signals(self) -> tuple[Any, ...]:
        """Return every signal of this session."""
        names = [name for name, value in vars(type(self)).items() if isinstance(value, Signal)]
        return tuple(getattr(self, name) for name in names)
