"""Stopwatch: how long each step takes where steps wait for each other, frame by frame."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """Runs from the beginning, always for one step.

    Parameters
    ----------
    step : str
        What is being done wherever nothing else is.
    """

    def __init__(self, step: str) -> None:
        self._steps = [step]
        self._seconds: dict[str, float] = {step: 0.0}
        self._since = time.perf_counter()

    def over(self, items: Iterable[Item], step: str) -> Iterator[Item]:
        """Yield items; the time until each comes is a step's, but for other steps within it.

        Parameters
        ----------
        items : iterable
            Made while they are asked for, maybe of what this method yields for another step.
        step : str
            What makes them.
        """
        iterator = iter(items)
        while True:
            self._note()
            self._steps.append(step)
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self._note()
                self._steps.pop()
            yield item

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each step so far."""
        self._note()
        return dict(self._seconds)

    def _note(self) -> None:
        now, step = time.perf_counter(), self._steps[-1]
        self._seconds[step] = self._seconds.get(step, 0.0) + now - self._since
        self._since = now
