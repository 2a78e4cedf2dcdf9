"""Tracks cut into tracklets: the form that the Cell Tracking Challenge asks for.

There a track has no gap, and ends before its daughters begin. A track with gaps is cut at each
gap; a mother that lives on (budding) is cut where a daughter begins. The pieces are joined by
parent links, a single child where there was a gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.io.labels import RenamedLabels, replaced
from tracksam.lineage import Lineage
from tracksam.masks import Masks


@attrs.frozen
class Tracklets:
    """Pieces of tracks without gaps, one row each, sorted by label.

    Parameters
    ----------
    label : array of int, shape (K,)
        Pixel value; 1 or more, each once. The first piece of a track bears the track's id.
    begin, end : array of int, shape (K,)
        First and last frame.
    parent : array of int, shape (K,)
        Label of the piece, or mother's piece, that goes before; 0 for none.
    track_id : array of int, shape (K,)
        Track that the piece belongs to.
    """

    label: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    begin: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    end: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    parent: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    track_id: NDArray[np.int64] = array_field(np.int64, None, factory=list)

    def __attrs_post_init__(self) -> None:
        same_length(
            label=self.label,
            begin=self.begin,
            end=self.end,
            parent=self.parent,
            track_id=self.track_id,
        )

    def __len__(self) -> int:
        return len(self.label)

    @property
    def is_cut(self) -> bool:
        """Whether any label differs from its track's id."""
        return not np.array_equal(self.label, self.track_id)

    def relabelled(self, frame: int, labels_yx: NDArray[Any]) -> NDArray[Any]:
        """Return a label image of track ids under the tracklets' labels.

        Parameters
        ----------
        frame : int
            Frame number of the image.
        labels_yx : ndarray of int, shape (Y, X)
            Pixel values are track ids.

        Returns
        -------
        ndarray of int, shape (Y, X)
            The same array where nothing changes.
        """
        rows = (self.begin <= frame) & (frame <= self.end) & (self.label != self.track_id)
        return replaced(
            labels_yx,
            dict(zip(self.track_id[rows].tolist(), self.label[rows].tolist(), strict=True)),
        )


def cut(lineage: Lineage) -> Tracklets:
    """Return a lineage's tracklets.

    Parameters
    ----------
    lineage : Lineage
        Tracks may have gaps, and mothers may live on.

    Returns
    -------
    Tracklets
        No piece has a gap; each ends before the pieces that name it parent begin. New labels
        follow the largest track id. Empty for an empty lineage.
    """
    daughters = lineage.daughters_of()
    first = {t: int(lineage.frame[lineage.rows(t)][0]) for t in lineage.track_ids.tolist()}
    next_label = max(first, default=0) + 1
    pieces: dict[int, list[tuple[int, int, int]]] = {}
    for track_id in first:
        frames = lineage.frame[lineage.rows(track_id)]
        births = [first[daughter] for daughter in daughters.get(track_id, ())]
        spans = _spans(frames, births)
        labels = [track_id, *range(next_label, next_label + len(spans) - 1)]
        next_label += len(spans) - 1
        pieces[track_id] = [(n, *span) for n, span in zip(labels, spans, strict=True)]
    rows = [
        (label, begin, end, _parent(lineage, pieces, track_id, i), track_id)
        for track_id, parts in pieces.items()
        for i, (label, begin, end) in enumerate(parts)
    ]
    columns = np.array(sorted(rows), np.int64).reshape(-1, 5).T
    return Tracklets(*columns)


def _spans(frames: NDArray[np.int64], births: Iterable[int]) -> list[tuple[int, int]]:
    """Return first and last frame of each piece of one track."""
    starts = {0, *(np.flatnonzero(np.diff(frames) > 1) + 1).tolist()}
    starts |= {int(np.searchsorted(frames, birth)) for birth in births}
    bounds = [*sorted(starts - {len(frames)}), len(frames)]
    return [(int(frames[a]), int(frames[b - 1])) for a, b in pairwise(bounds)]


def _parent(
    lineage: Lineage, pieces: Mapping[int, list[tuple[int, int, int]]], track_id: int, i: int
) -> int:
    parts = pieces[track_id]
    if i > 0:
        return parts[i - 1][0]
    mother = lineage.parents.get(track_id)
    if mother is None:
        return 0
    birth = parts[0][1]
    return [label for label, _, end in pieces[mother] if end < birth][-1]


def gap_links(parents: Mapping[int, int]) -> dict[int, int]:
    """Return the links whose mother has no other child.

    Parameters
    ----------
    parents : mapping of int to int
        Child to mother.

    Returns
    -------
    dict of int to int
        Child to mother.
    """
    n_children = Counter(parents.values())
    return {child: mother for child, mother in parents.items() if n_children[mother] == 1}


def joined_ids(links: Mapping[int, int]) -> dict[int, int]:
    """Return which id each child takes when it is joined to what goes before it.

    Parameters
    ----------
    links : mapping of int to int
        Child to the piece before it.

    Returns
    -------
    dict of int to int
        Child to the id of the first piece of its chain.
    """
    result = {}
    for child in links:
        head = child
        while head in links:
            head = links[head]
        result[child] = head
    return result


def joined(masks: Masks, lineage: Lineage, links: dict[int, int]) -> tuple[Masks, Lineage]:
    """Return masks and lineage in which some tracks continue others.

    Parameters
    ----------
    masks : Masks
        Stay lazy.
    lineage : Lineage
        Its tracks that `links` name do not overlap in time.
    links : dict of int to int
        A track to the one before it.

    Returns
    -------
    masks : Masks
    lineage : Lineage
        Joined tracks bear the id of the first of them.
    """
    names = joined_ids(links)
    ids = np.array([names.get(i, i) for i in lineage.track_id.tolist()], np.int64)
    parents = {
        child: names.get(mother, mother)
        for child, mother in lineage.parents.items()
        if child not in links
    }
    sure = {c: v for c, v in lineage.parent_confidence.items() if c in parents}
    merged = attrs.evolve(
        lineage, track_id=ids, parents=parents, parent_confidence=sure, end_confidence={}
    )
    return Masks(RenamedLabels(masks.source, names)), merged
