"""Lineage: which cell is where in which frame, who is whose mother, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError


def _frozen_mapping(pairs: Mapping[int, Any]) -> Mapping[int, Any]:
    return MappingProxyType(dict(sorted(pairs.items())))


def _int_mapping(pairs: Mapping[Any, Any]) -> Mapping[int, int]:
    return _frozen_mapping({int(child): int(parent) for child, parent in pairs.items()})


def _float_mapping(pairs: Mapping[Any, Any]) -> Mapping[int, float]:
    return _frozen_mapping({int(child): float(value) for child, value in pairs.items()})


def _ones_per_row(lineage: Lineage) -> NDArray[np.float64]:
    return np.ones(len(lineage.track_id))


def _judged(lineage: Lineage) -> NDArray[np.float64]:
    """The confidences of masks: none where a mask was filled in, 1 where none is given."""
    given = np.nan_to_num(lineage.mask_confidence, nan=1.0)
    return np.where(lineage.is_interpolated, np.nan, given)


def _false_per_row(lineage: Lineage) -> NDArray[np.bool_]:
    return np.zeros(len(lineage.track_id), bool)


@attrs.frozen
class Lineage:
    """Tracks and mothers, with confidences.

    Parameters
    ----------
    track_id : array of int, shape (N,)
        1 or more; equal to the pixel value in `Masks`. Rows may come in any order; they are kept
        sorted by track and frame.
    frame : array of int, shape (N,)
        0 or more; a track has at most one row a frame, and may have gaps.
    yx : array of float, shape (N, 2)
        Position (centroid) in pixels.
    confidence : array of float, shape (N,), optional
        Probability that the link to this row from the row before it (on a track's first row:
        that the cell begins there as said) is right. Default 1.
    is_interpolated : array of bool, shape (N,), optional
        The cell was not seen in this frame; its mask was filled in across a gap. Default False.
    parents : mapping of int to int
        Daughter's track id to mother's. A mother has a row before its daughter's first row; it
        may live on (budding). A mother with a single daughter that continues it after a gap is
        a gap link.
    parent_confidence : mapping of int to float
        Daughter's track id to the probability of its parent link. Default 1.
    end_confidence : mapping of int to float
        Track id to the probability that the cell is not seen any more after the track's last row.
        Only tracks that end before the movie does, without daughters; default: not known.
    mask_confidence : array of float, shape (N,), optional
        Probability that the mask is a good one of one cell, as the back end that drew it says.
        Default 1, as of masks that a person drew or gave; NaN where `is_interpolated`, whatever
        is given.

    Raises
    ------
    InvalidInputError
        Lengths differ, an id is below 1, a track has two rows in one frame, a parent is not
        there, begins after its daughter, or is its own ancestor.

    Examples
    --------
    >>> lineage = Lineage([1, 1, 2, 3], [0, 1, 2, 2], [[0, 0], [1, 1], [0, 1], [2, 1]],
    ...                   parents={2: 1, 3: 1})
    >>> lineage.daughters(1)
    (2, 3)
    """

    track_id: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    frame: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    yx: NDArray[np.float64] = array_field(np.float64, None, 2, factory=list)
    confidence: NDArray[np.float64] = array_field(np.float64, None, otherwise=_ones_per_row)
    is_interpolated: NDArray[np.bool_] = array_field(np.bool_, None, otherwise=_false_per_row)
    parents: Mapping[int, int] = attrs.field(converter=_int_mapping, factory=dict)
    parent_confidence: Mapping[int, float] = attrs.field(converter=_float_mapping, factory=dict)
    end_confidence: Mapping[int, float] = attrs.field(converter=_float_mapping, factory=dict)
    mask_confidence: NDArray[np.float64] = array_field(np.float64, None, otherwise=_ones_per_row)

    def __attrs_post_init__(self) -> None:
        columns = {
            "track_id": self.track_id,
            "frame": self.frame,
            "yx": self.yx,
            "confidence": self.confidence,
            "is_interpolated": self.is_interpolated,
            "mask_confidence": self.mask_confidence,
        }
        same_length(**columns)
        columns["mask_confidence"] = _judged(self)
        order = np.lexsort((self.frame, self.track_id))
        for name, column in columns.items():
            ordered = column[order]
            ordered.setflags(write=False)
            object.__setattr__(self, name, ordered)
        self._check_rows()
        self._check_parents()

    def _check_rows(self) -> None:
        if len(self) and (self.track_id[0] < 1 or self.frame.min() < 0):
            raise InvalidInputError("track ids must be 1 or more and frames 0 or more.")
        twice = (np.diff(self.track_id) == 0) & (np.diff(self.frame) == 0)
        if twice.any():
            row = int(np.flatnonzero(twice)[0])
            raise InvalidInputError(
                f"track {self.track_id[row]} has two rows in frame {self.frame[row]}."
            )

    def _check_parents(self) -> None:
        first = self._first_frames()
        for child, parent in self.parents.items():
            if child not in first or parent not in first:
                raise InvalidInputError(
                    f"track {child} has mother {parent}, but one of them has no row."
                )
            if first[parent] >= first[child]:
                raise InvalidInputError(
                    f"track {child} begins in frame {first[child]}, not after its mother {parent} "
                    f"(frame {first[parent]})."
                )

    def _first_frames(self) -> dict[int, int]:
        ids, rows = np.unique(self.track_id, return_index=True)
        return dict(zip(ids.tolist(), self.frame[rows].tolist(), strict=True))

    def last_frames(self) -> dict[int, int]:
        """Return each track's last frame."""
        ids, rows = np.unique(self.track_id[::-1], return_index=True)
        return dict(zip(ids.tolist(), self.frame[::-1][rows].tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.track_id)

    @property
    def track_ids(self) -> NDArray[np.int64]:
        """Every track's id once, ascending."""
        return np.unique(self.track_id)

    @property
    def n_tracks(self) -> int:
        """Number of tracks."""
        return len(self.track_ids)

    def rows(self, track_id: int) -> slice:
        """Return where a track's rows lie in the columns."""
        start, stop = np.searchsorted(self.track_id, [track_id, track_id + 1])
        return slice(int(start), int(stop))

    def daughters(self, track_id: int) -> tuple[int, ...]:
        """Return the ids of a track's daughters, ascending."""
        return tuple(child for child, parent in self.parents.items() if parent == track_id)

    def daughters_of(self) -> dict[int, tuple[int, ...]]:
        """Return the daughters of every track that has some."""
        found: dict[int, list[int]] = {}
        for child, parent in self.parents.items():
            found.setdefault(parent, []).append(child)
        return {parent: tuple(children) for parent, children in found.items()}

    def descendants(self, track_ids: ArrayLike) -> frozenset[int]:
        """Return some tracks and all that descend from them."""
        daughters = self.daughters_of()
        found: set[int] = set()
        waiting = [int(i) for i in np.atleast_1d(track_ids)]
        while waiting:
            track_id = waiting.pop()
            if track_id not in found:
                found.add(track_id)
                waiting.extend(daughters.get(track_id, ()))
        return frozenset(found)

    def generation(self) -> dict[int, int]:
        """Return each track's generation: 0 without a known mother, else the mother's + 1."""
        first = self._first_frames()
        result: dict[int, int] = {}
        for track_id in sorted(first, key=first.__getitem__):
            parent = self.parents.get(track_id)
            result[track_id] = 0 if parent is None else result[parent] + 1
        return result

    def only(self, track_ids: Iterable[int]) -> Lineage:
        """Return the lineage of some tracks; links to others are dropped."""
        kept = {int(i) for i in track_ids}
        rows = np.isin(self.track_id, sorted(kept))
        parents = {c: p for c, p in self.parents.items() if c in kept and p in kept}
        sure = {c: v for c, v in self.parent_confidence.items() if c in parents}
        return Lineage(
            self.track_id[rows],
            self.frame[rows],
            self.yx[rows],
            self.confidence[rows],
            self.is_interpolated[rows],
            parents,
            sure,
            {i: v for i, v in self.end_confidence.items() if i in kept},
            mask_confidence=self.mask_confidence[rows],
        )

    def relabelled(self, new_id: Mapping[int, int]) -> Lineage:
        """Return the same lineage under other ids.

        Parameters
        ----------
        new_id : mapping of int to int
            Old id to new id; ids that are not named stay. The result must stay one-to-one.

        Returns
        -------
        Lineage
        """

        def name(track_id: int) -> int:
            return int(new_id.get(track_id, track_id))

        ids, inverse = np.unique(self.track_id, return_inverse=True)
        renamed = np.array([name(i) for i in ids.tolist()], np.int64)
        if len(np.unique(renamed)) != len(renamed):
            raise InvalidInputError("relabelling must give every track an id of its own.")
        return Lineage(
            renamed[inverse],
            self.frame,
            self.yx,
            self.confidence,
            self.is_interpolated,
            {name(c): name(p) for c, p in self.parents.items()},
            {name(c): v for c, v in self.parent_confidence.items()},
            {name(i): v for i, v in self.end_confidence.items()},
            mask_confidence=self.mask_confidence,
        )
