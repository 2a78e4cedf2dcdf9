"""Workers: background threads that touch no layer, and post what they have done."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from tracksam.errors import TracksamError

Done = Callable[[Any], None]
SOON_S = 0.08
"""Time in which the screen is drawn, before what may come later is done."""
STOP_S = 10.0
"""How long a thread may take to end when a session is closed."""


@attrs.frozen(eq=False)
class Job:
    """Something to do in a thread, and what to do with its result on the main thread.

    Parameters
    ----------
    work : callable
        Takes nothing; runs in the background.
    done : callable
        Takes what `work` returned.
    failed : callable
        Takes the `TracksamError` that `work` raised.
    """

    work: Callable[[], Any]
    done: Done
    failed: Callable[[TracksamError], None]


class Lane:
    """One thread that does one job after the other."""

    def __init__(self, name: str, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._waiting: deque[Job] = deque()
        self._condition = threading.Condition()
        self._is_working = False
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name=f"tracksam {name}", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether a job is done or waits."""
        with self._condition:
            return self._is_working or bool(self._waiting)

    def add(self, job: Job, *, only_latest: bool = False) -> None:
        """Let a job be done; `only_latest` forgets those that wait."""
        with self._condition:
            if only_latest:
                self._waiting.clear()
            self._waiting.append(job)
            self._condition.notify()

    def close(self) -> None:
        """Forget what waits, and wait for the job that is being done."""
        with self._condition:
            self._is_open = False
            self._waiting.clear()
            self._condition.notify()
        self._thread.join(STOP_S)

    def _next(self) -> Job | None:
        with self._condition:
            self._is_working = False
            while self._is_open and not self._waiting:
                self._condition.wait()
            if not self._is_open:
                return None
            self._is_working = True
            return self._waiting.popleft()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._post(_outcome(job))


def _outcome(job: Job) -> Callable[[], None]:
    """Do a job, and return what is to be called on the main thread."""
    try:
        result = job.work()
    except TracksamError as error:
        refused = error
        return lambda: job.failed(refused)
    except Exception as error:  # noqa: BLE001 - the worker's last line: raised on the main thread
        unexpected = error
        return lambda: _raise(unexpected)
    return lambda: job.done(result)


def _raise(error: Exception) -> None:
    raise error


class Workers:
    """The threads of a session, by name.

    Attributes
    ----------
    wake : callable
        Called from a thread when something waits for `poll`.
    """

    def __init__(self) -> None:
        self.wake: Callable[[], object] = _nothing
        self._lanes: dict[str, Lane] = {}
        self._posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def lane(self, name: str) -> Lane:
        """Return the lane of a name; it is made when first asked for."""
        if name not in self._lanes:
            self._lanes[name] = Lane(name, self.post)
        return self._lanes[name]

    def post(self, act: Callable[[], None]) -> None:
        """Let something be called on the main thread; called from any thread."""
        self._posted.put(act)
        self.wake()

    def soon(self, act: Callable[[], object]) -> None:
        """Let something be called on the main thread a moment later, after the screen is drawn."""
        job = Job(partial(time.sleep, SOON_S), lambda _: act(), _raise)
        self.lane("soon").add(job, only_latest=True)

    def poll(self) -> int:
        """Call what was posted, on this thread; return how many things that were."""
        n = 0
        while not self._posted.empty():
            n += 1
            self._posted.get()()
        return n

    @property
    def is_busy(self) -> bool:
        """Whether a thread works, or something waits for `poll`."""
        return any(lane.is_busy for lane in self._lanes.values()) or not self._posted.empty()

    def close(self) -> None:
        """End all threads; what they still post is forgotten. New lanes can be asked for."""
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()
        while not self._posted.empty():
            self._posted.get()


def _nothing() -> None:
    """Wake nobody."""
