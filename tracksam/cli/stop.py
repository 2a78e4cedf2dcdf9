"""Ctrl-C: the first one stops a run after its frame, the second one at once."""

from __future__ import annotations

import signal
import types
from typing import Any


class StopWish:
    """Turns the first Ctrl-C into a wish to stop after the frame; the second one interrupts."""

    def __init__(self) -> None:
        self.is_wished = False
        self._before: Any = None

    def __enter__(self) -> StopWish:
        self._before = signal.signal(signal.SIGINT, self._wish)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _wish(self, number: int, frame: types.FrameType | None) -> None:
        self.is_wished = True
        signal.signal(signal.SIGINT, self._before)
