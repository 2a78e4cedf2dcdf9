"""In which unit a movie's time is shown."""

from __future__ import annotations

from tracksam.stack import Stack

_LONG_S = 4 * 3600


def clock(stack: Stack) -> tuple[float, str]:
    """Return how long a frame is, and in which unit.

    Parameters
    ----------
    stack : Stack
        The movie.

    Returns
    -------
    per_frame : float
        In hours for movies of more than four, else in minutes; 1 if it is not known.
    unit : str
        ``"h"``, ``"min"`` or ``"frame"``.
    """
    if stack.frame_interval_s is None:
        return 1.0, "frame"
    is_long = stack.n_frames * stack.frame_interval_s > _LONG_S
    return stack.frame_interval_s / (3600 if is_long else 60), "h" if is_long else "min"
