"""Backward: a simulated movie played from its end to its beginning."""

from __future__ import annotations

import numpy as np

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.simulate.movie import SimulatedMovie
from tracksam.stack import Stack


def backward(made: SimulatedMovie) -> SimulatedMovie:
    """Return a movie with its truth, last frame first.

    Parameters
    ----------
    made : SimulatedMovie
        Small enough to be held in memory.

    Returns
    -------
    SimulatedMovie
        Under the same track ids. What divided, merges: daughters end where the mother begins.
        Since a cell has no two mothers, that is said of nobody: there are no parents.

    Examples
    --------
    >>> from tracksam.simulate import situation
    >>> made = situation("leaving")
    >>> played = backward(made)
    >>> bool((played.masks.frame(0) == made.masks.frame(11)).all())
    True
    """
    n_frames, stack = made.stack.n_frames, made.stack
    image_tyxc = np.stack([stack.frame(t) for t in reversed(range(n_frames))])
    return SimulatedMovie(
        Stack.from_array(
            image_tyxc,
            "TYXC",
            pixel_size_um=stack.pixel_size_um,
            frame_interval_s=stack.frame_interval_s,
        ),
        Masks.from_array(made.masks.to_array()[::-1].copy()),
        Lineage(made.lineage.track_id, n_frames - 1 - made.lineage.frame, made.lineage.yx),
        made.points.reversed(),
        made.point_ids[::-1],
    )
