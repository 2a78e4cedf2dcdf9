"""Progress: what a running step tells the one who waits."""

from __future__ import annotations

from collections.abc import Callable

import attrs


@attrs.frozen
class Progress:
    """How far a run is.

    Parameters
    ----------
    stage : str
        What is being done: ``"looking back"``, ``"tracking"``, ``"measuring"``.
    done : int
        Frames that are done.
    total : int
        Frames in this stage.
    """

    stage: str
    done: int
    total: int


Report = Callable[[Progress], None]
"""Called with every step forward."""
Asked = Callable[[], bool]
"""Returns whether the run shall stop."""


def silent(progress: Progress) -> None:
    """Report nothing of `progress`."""


def never() -> bool:
    """Return False: nobody asks to stop."""
    return False
