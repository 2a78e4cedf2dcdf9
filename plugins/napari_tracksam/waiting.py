"""Waiting: until the background has nothing to do any more; for scripts and tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from napari_tracksam.worker import Workers

STEP_S = 0.005


def wait_for(workers: Workers, poll: Callable[[], int], timeout_s: float) -> None:
    """Poll until all threads are idle.

    Parameters
    ----------
    workers : Workers
        Whose threads.
    poll : callable
        Takes in what they posted.
    timeout_s : float
        After so long, `TimeoutError` is raised.
    """
    end = time.monotonic() + timeout_s
    while True:
        poll()
        if not workers.is_busy:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"the background still works after {timeout_s:g} s.")
        time.sleep(STEP_S)
