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


Report = Callable[[Progress], bool | None]
"""Called after every frame; returning True asks the run to stop."""


def silent(progress: Progress) -> None:
    """Report nothing of `progress`, and never ask to stop."""
