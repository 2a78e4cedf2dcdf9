"""Flicker: what is drawn as two for a while, or as one, is told from what divides."""

from __future__ import annotations

import numpy as np

from tracksam.steps.divide import DivisionEvidence
from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.nodes import Floats, FrameNodes, has_rivals, rank_in_run

# A candidate of which this share lies in another one is all inside it.
INSIDE = 0.5


def was_two(edges: EdgeEvidence, before: FrameNodes, n_after: int) -> Floats:
    """Return what share of each candidate a second one held that was all inside it before.

    Parameters
    ----------
    edges : EdgeEvidence
        Into the candidates, from one frame before them.
    before : FrameNodes
        That frame. Candidates with alternatives tell nothing.
    n_after : int
        Number of candidates.

    Returns
    -------
    array, shape (n_after,)
    """
    inside = (edges.held >= INSIDE) & ~has_rivals(before)[edges.source]
    target, covered = edges.target[inside], edges.covered[inside]
    order = np.lexsort((-covered, target))
    target, covered = target[order], covered[order]
    second = np.flatnonzero(rank_in_run(target) == 1)
    result = np.zeros(n_after)
    result[target[second]] = covered[second]
    return result


def rejoined(divisions: DivisionEvidence, edges: EdgeEvidence, later: FrameNodes) -> Floats:
    """Return the greatest share of both daughters that one later candidate covers.

    Parameters
    ----------
    divisions : DivisionEvidence
        D of them.
    edges : EdgeEvidence
        From the daughters' frame to the later one.
    later : FrameNodes
        Candidates with alternatives tell nothing.

    Returns
    -------
    array, shape (D,)
    """
    told = edges.where(~has_rivals(later)[edges.target])
    code = np.append(told.source * max(len(later), 1) + told.target, np.iinfo(np.int64).max)
    start, stop = (
        np.searchsorted(told.source, divisions.first, side) for side in ("left", "right")
    )
    division = np.repeat(np.arange(len(divisions)), stop - start)
    place = np.arange(len(division)) + np.repeat(
        start - np.append(0, np.cumsum(stop - start))[:-1], stop - start
    )
    wanted = divisions.second[division] * max(len(later), 1) + told.target[place]
    other = np.searchsorted(code, wanted)
    both = code[other] == wanted
    result = np.zeros(len(divisions))
    shared = np.minimum(told.held[place[both]], told.held[other[both]])
    np.maximum.at(result, division[both], shared)
    return result
