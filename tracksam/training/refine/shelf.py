"""Masks that were clicked on, on disk: made once, and read as they are needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tracksam.training.refine.play import Played


def kept(path: Path, make: Callable[[], list[Played]]) -> list[Played]:
    """Return masks from disk; where they are not there yet, make and write them first.

    Parameters
    ----------
    path : Path
        Without suffix: `PATH-truth.npy` and `PATH-views.npy`, of which the second is written last.
    make : callable
        Plays the clicks.

    Returns
    -------
    list of Played
        Their arrays are memory maps.
    """
    views, truth = (path.with_name(f"{path.name}-{what}.npy") for what in ("views", "truth"))
    if not views.exists():
        played = make()
        np.save(truth, np.array([one.truth for one in played], bool))
        partial = views.with_suffix(".part.npy")
        np.save(partial, np.array([one.views for one in played], np.float16))
        partial.rename(views)
    pairs = zip(np.load(views, mmap_mode="r"), np.load(truth, mmap_mode="r"), strict=True)
    return [Played(*pair) for pair in pairs]
