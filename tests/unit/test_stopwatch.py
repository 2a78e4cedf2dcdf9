"""Stopwatch: steps that wait for each other have only their own time."""

from collections.abc import Iterable, Iterator

import pytest

from tracksam import stopwatch as module
from tracksam.stopwatch import Stopwatch


class Clock:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def taking(items: Iterable[int], clock: Clock, seconds: float) -> Iterator[int]:
    for item in items:
        clock.now += seconds
        yield item


def test_steps_within_steps_have_their_own_time(clock: Clock) -> None:
    watch = Stopwatch("masks")
    found = watch.over(taking(range(3), clock, 10.0), "candidates")
    for _ in watch.over(taking(found, clock, 1.0), "link"):
        clock.now += 0.25
    clock.now += 100
    assert watch.seconds() == {"masks": 100.75, "link": 3.0, "candidates": 30.0}


def test_a_step_that_fails_has_its_time(clock: Clock) -> None:
    def failing() -> Iterator[int]:
        clock.now += 5
        raise ValueError("no more")
        yield 1

    watch = Stopwatch("masks")
    with pytest.raises(ValueError, match="no more"):
        list(watch.over(failing(), "link"))
    clock.now += 2
    assert watch.seconds() == {"masks": 2.0, "link": 5.0}
