"""Flicker: what is drawn as two for a while, or as one, is told from what divides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.divide import DivisionEvidence
from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints, has_rivals, rank_in_run

Flags = NDArray[np.bool_]
# A candidate of which this share lies in another one is all inside it.
INSIDE = 0.5


def greatest(share: Floats, of: Ints, n: int) -> Floats:
    """Return the greatest share of each candidate, 0 where it has none.

    Parameters
    ----------
    share : array, shape (E,)
    of : array of int, shape (E,)
        Whose each is.
    n : int
        Number of candidates.

    Returns
    -------
    array, shape (n,)
    """
    result = np.zeros(n)
    np.maximum.at(result, of, share)
    return result


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


def rejoined(
    divisions: DivisionEvidence,
    edges: EdgeEvidence,
    of_mothers: EdgeEvidence | None,
    later: FrameNodes,
) -> tuple[Floats, Floats]:
    """Return how much one later candidate is both daughters, and how much it is the mother.

    Parameters
    ----------
    divisions : DivisionEvidence
        D of them.
    edges, of_mothers : EdgeEvidence
        From the daughters' frame, and from the mothers', to the later one; None where the mothers'
        is too long ago.
    later : FrameNodes
        Candidates with alternatives tell nothing.

    Returns
    -------
    array, shape (D,)
        The greatest share of both daughters that one candidate covers.
    array, shape (D,)
        The greatest intersection over union of the mother with one that covers both.
    """
    told = edges.where(~has_rivals(later)[edges.target])
    start, stop = (
        np.searchsorted(told.source, divisions.first, side) for side in ("left", "right")
    )
    division = np.repeat(np.arange(len(divisions)), stop - start)
    place = np.arange(len(division)) + np.repeat(
        start - np.append(0, np.cumsum(stop - start))[:-1], stop - start
    )
    wanted = divisions.second[division] * max(len(later), 1) + told.target[place]
    other, both = _looked_up(told, len(later), wanted)
    division, place, other = division[both], place[both], other[both]
    shared = np.minimum(told.held[place], told.held[other])
    whole = greatest(shared, division, len(divisions))
    if of_mothers is None:
        return whole, np.zeros(len(divisions))
    is_whole = shared >= INSIDE
    division, target = division[is_whole], told.target[place[is_whole]]
    mother = divisions.mother[division] * max(len(later), 1) + target
    overlap = overlap_of(of_mothers, len(later), mother)
    return whole, greatest(overlap, division, len(divisions))


def _looked_up(edges: EdgeEvidence, n_after: int, code: Ints) -> tuple[Ints, Flags]:
    """Return where edges stand, by source * `n_after` + target, and whether they do."""
    known = np.append(edges.source * max(n_after, 1) + edges.target, np.iinfo(np.int64).max)
    place = np.searchsorted(known, code)
    return place, known[place] == code


def overlap_of(edges: EdgeEvidence, n_after: int, code: Ints) -> Floats:
    """Return the overlaps of edges by source * `n_after` + target, 0 where there is no such edge.

    Parameters
    ----------
    edges : EdgeEvidence
        In order of source, then target.
    n_after : int
        Number of candidates that they lead to.
    code : array of int, shape (N,)

    Returns
    -------
    array, shape (N,)
    """
    place, is_known = _looked_up(edges, n_after, code)
    return np.where(is_known, np.append(edges.overlap, 0.0)[place], 0.0)


def were_there(edges: EdgeEvidence, n_after: int) -> Floats:
    """Return how much each candidate is one of a frame before.

    Parameters
    ----------
    edges : EdgeEvidence
        Into the candidates, from that frame. Each source counts for the one that it is most.
    n_after : int
        Number of candidates.

    Returns
    -------
    array, shape (n_after,)
        Intersection over union; 0 where there is none.
    """
    order = np.lexsort((-edges.overlap, edges.source))
    best = order[np.diff(edges.source[order], prepend=-1) > 0]
    return greatest(edges.overlap[best], edges.target[best], n_after)
