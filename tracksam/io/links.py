"""Spots and links between them: the form in which most programs exchange tracks.

A row of a `Lineage` is a spot. Links join the rows of a track one after the other, and a mother's
last row before her daughter's first one with that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage

Ints = NDArray[np.int64]


def links_of(lineage: Lineage) -> Ints:
    """Return the links of a lineage.

    Parameters
    ----------
    lineage : Lineage
        N rows.

    Returns
    -------
    ndarray of int64, shape (L, 2)
        Positions of an earlier and a later row.
    """
    row = np.arange(len(lineage))
    same = np.diff(lineage.track_id) == 0
    within = np.stack([row[:-1][same], row[1:][same]], axis=1)
    born = []
    for child, mother in lineage.parents.items():
        first = lineage.rows(child).start
        rows = lineage.rows(mother)
        before = np.searchsorted(lineage.frame[rows], lineage.frame[first]) - 1
        born.append((rows.start + int(before), first))
    return np.concatenate([within, np.array(born, np.int64).reshape(-1, 2)])


def lineage_of_links(
    frame: ArrayLike,
    yx: ArrayLike,
    links: ArrayLike,
    track_id: ArrayLike | None = None,
    link_confidence: ArrayLike | None = None,
    **columns: Any,
) -> Lineage:
    """Return the lineage of linked spots.

    Parameters
    ----------
    frame : array_like of int, shape (N,)
        Frame of each spot.
    yx : array_like of float, shape (N, 2)
        Position in pixels.
    links : array_like of int, shape (L, 2)
        Positions of spots, in either order of time; a link that is there twice counts once.
    track_id : array_like of int, shape (N,), optional
        Track of each spot. Default: spots belong to one track as long as each has one link before
        and one after it; tracks are numbered from 1, in order of their first spots.
    link_confidence : array_like of float, shape (L,), optional
        Of links into a track's first spot it becomes the confidence in the mother, unless NaN.
    **columns
        `confidence`, `is_interpolated`, `mask_confidence` of each spot; see `Lineage`.

    Returns
    -------
    Lineage

    Raises
    ------
    InvalidInputError
        A link names a spot that is not there, stays in one frame, or two tracks merge; or the
        tracks contradict the links.
    """
    frames, place_yx = np.asarray(frame, np.int64), np.asarray(yx, np.float64)
    pairs = _in_time(frames, np.asarray(links, np.int64).reshape(-1, 2))
    target, count = np.unique(pairs[:, 1], return_counts=True)
    if (count > 1).any():
        spot = int(target[count > 1][0])
        raise InvalidInputError(
            f"spot {spot} in frame {int(frames[spot])} has {int(count.max())} spots before it: "
            "tracks that merge can not be read; remove the merge."
        )
    ids = _chains(frames, pairs) if track_id is None else np.asarray(track_id, np.int64)
    across = ids[pairs[:, 0]] != ids[pairs[:, 1]]
    parents = dict(zip(ids[pairs[across, 1]].tolist(), ids[pairs[across, 0]].tolist(), strict=True))
    sure = {} if link_confidence is None else _sure(frames, links, link_confidence, ids)
    sure = {child: value for child, value in sure.items() if child in parents}
    lineage = Lineage(ids, frames, place_yx, parents=parents, parent_confidence=sure, **columns)
    if track_id is not None:
        _check_tracks(lineage, frames, ids, pairs)
    return lineage


def _in_time(frames: Ints, links: Ints) -> Ints:
    """Links with the earlier spot first, each once."""
    if len(links) and not (links.min() >= 0 and links.max() < len(frames)):
        raise InvalidInputError(
            f"links must name spots 0 to {len(frames) - 1}, got {links.min()} to {links.max()}."
        )
    back = frames[links[:, 0]] > frames[links[:, 1]]
    ordered = np.where(back[:, None], links[:, ::-1], links)
    level = frames[ordered[:, 0]] == frames[ordered[:, 1]]
    if level.any():
        a, b = ordered[level][0].tolist()
        raise InvalidInputError(
            f"a link must lead on in time, but spots {a} and {b} are both in frame {frames[a]}."
        )
    return np.unique(ordered, axis=0)


def _sure(frames: Ints, links: ArrayLike, confidence: ArrayLike, ids: Ints) -> dict[int, float]:
    """Confidence of the links from one track to another, by the later one."""
    pairs, values = np.asarray(links, np.int64).reshape(-1, 2), np.asarray(confidence, np.float64)
    later = np.where(frames[pairs[:, 0]] > frames[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    given = (ids[pairs[:, 0]] != ids[pairs[:, 1]]) & np.isfinite(values)
    return dict(zip(ids[later[given]].tolist(), values[given].tolist(), strict=True))


def _chains(frames: Ints, pairs: Ints) -> Ints:
    """Number the maximal chains without a branch, by first frame and then by position."""
    n_after = np.bincount(pairs[:, 0], minlength=len(frames))
    onward = pairs[n_after[pairs[:, 0]] == 1]
    before = np.full(len(frames), -1)
    before[onward[:, 1]] = onward[:, 0]
    ids = np.zeros(len(frames), np.int64)
    n_chains = 0
    for spot in np.lexsort((np.arange(len(frames)), frames)).tolist():
        if before[spot] < 0:
            n_chains += 1
            ids[spot] = n_chains
        else:
            ids[spot] = ids[before[spot]]
    return ids


def _check_tracks(lineage: Lineage, frames: Ints, ids: Ints, pairs: Ints) -> None:
    """Check that links between rows of one track are those of the lineage, and all of them."""
    order = np.lexsort((frames, ids))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    given = {tuple(pair) for pair in place[pairs].tolist()}
    wanted = {tuple(pair) for pair in links_of(lineage).tolist()}
    for a, b in sorted(given ^ wanted):
        raise InvalidInputError(
            f"tracks and links contradict each other between track {lineage.track_id[a]} in frame "
            f"{lineage.frame[a]} and track {lineage.track_id[b]} in frame {lineage.frame[b]}: the "
            f"link is {'missing' if (a, b) in wanted else 'not from row to row'}."
        )
