"""Truth: movies of candidates of which it is known which cell each one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.regions import Regions

Ints = NDArray[np.int64]
# A candidate is a cell when their intersection over union is greater than this.
SAME = 0.5


@attrs.frozen(eq=False)
class KnownMovie:
    """Candidates with truth.

    Parameters
    ----------
    frames : sequence of FrameCandidates
        In order, without a hole.
    cell : sequence of array of int, each of shape (K,)
        For each frame, the true track id of each candidate; 0: no cell. Each cell at most once.
    parents : mapping of int to int
        Daughter's true id to mother's.
    kind : str
        Where it comes from: movies of one kind count as much together as those of another.
    buds : bool
        Whether mothers live on.
    """

    frames: Sequence[FrameCandidates]
    cell: Sequence[Ints]
    parents: Mapping[int, int]
    kind: str
    buds: bool = False


def cells_of(regions: Regions, labels_yx: NDArray[np.int64], least: float = SAME) -> Ints:
    """Return which cell of a label image each region is.

    Parameters
    ----------
    regions : Regions
        K regions, which may overlap.
    labels_yx : ndarray of int, shape (Y, X)
        The truth.
    least : float
        Intersection over union that is needed.

    Returns
    -------
    ndarray of int, shape (K,)
        0: none. Of several regions the one that fits a cell best is it.
    """
    area = np.bincount(labels_yx.ravel())
    best: dict[int, tuple[float, int]] = {}
    for k, crop in enumerate(regions.crops):
        inside = np.bincount(labels_yx[regions.slices(k)][crop])
        inside[0] = 0
        label = int(inside.argmax())
        iou = inside[label] / (crop.sum() + area[label] - inside[label])
        if label and iou > max(least, best.get(label, (0.0, 0))[0]):
            best[label] = (float(iou), k)
    result = np.zeros(len(regions), np.int64)
    for label, (_, k) in best.items():
        result[k] = label
    return result


def thinned(
    movie: Sequence[NDArray[np.int64]], parents: Mapping[int, int], step: int
) -> dict[int, int]:
    """Return who is whose mother when only every so many frames are seen.

    Parameters
    ----------
    movie : sequence of ndarray of int, each of shape (Y, X)
        All frames.
    parents : mapping of int to int
        Of all frames.
    step : int
        Every `step`-th frame is seen, from the first on.

    Returns
    -------
    dict of int to int
        Tracks that are never seen are left out: their daughters are their mothers' then.
    """
    seen = {int(i) for labels_yx in movie[::step] for i in np.unique(labels_yx)}
    found = {}
    for child in parents:
        mother = parents[child]
        while mother not in seen and mother in parents:
            mother = parents[mother]
        if child in seen and mother in seen:
            found[child] = mother
    return found
