"""The candidate graph, frame by frame: what linking reads, and what it answers.

Nodes are candidate regions: detected, prompted by points that were carried over from a
neighbouring frame, or marked by a person. Candidates that overlap exclude each other. Edges are
not stored: linking makes them from the evidence that the nodes carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError
from tracksam.regions import Regions


class Origin(IntEnum):
    """Where a candidate comes from."""

    DETECTED = 0
    PROMPTED = 1
    MARKED = 2
    LOST = 3
    """Not seen: where an object is expected whose points are still followed. Never linked."""


def _none_left(candidates: FrameCandidates) -> NDArray[np.int64]:
    return np.zeros(len(candidates.regions), np.int64)


@attrs.frozen
class FrameCandidates:
    """The candidates of one frame, and where their points are in the next one.

    Parameters
    ----------
    frame : int
        Frame number in the movie.
    regions : Regions
        K candidates. `object_id` is not 0 only where `origin` is MARKED: then the track through
        this candidate must bear that id.
    origin : array of int, shape (K,)
        `Origin` of each.
    intensity : array of float, shape (K,)
        Mean intensity of each region in the tracked channel, in units of the frame's own spread:
        (mean - background) / spread.
    landing_kp2 : array of float, shape (K, P, 2)
        Where P points sampled inside each region are in the next frame (row, column). NaN where
        a point was lost. P may be 0, and is 0 in the last frame.
    landing_confidence_kp : array of float, shape (K, P)
        Confidence of each of those, 0 to 1; 0 where lost.
    prompts_left : array of int, shape (K,), optional
        For how many more frames the candidate's points prompt the segmenter again. Default 0.

    Raises
    ------
    InvalidInputError
        Lengths differ, or an unmarked candidate bears an id.
    """

    frame: int
    regions: Regions
    origin: NDArray[np.int8] = array_field(np.int8, None)
    intensity: NDArray[np.float64] = array_field(np.float64, None)
    landing_kp2: NDArray[np.float64] = array_field(np.float64, None, None, 2)
    landing_confidence_kp: NDArray[np.float64] = array_field(np.float64, None, None)
    prompts_left: NDArray[np.int64] = array_field(np.int64, None, otherwise=_none_left)

    def __attrs_post_init__(self) -> None:
        same_length(
            regions=self.regions.object_id,
            origin=self.origin,
            intensity=self.intensity,
            landing_kp2=self.landing_kp2,
            landing_confidence_kp=self.landing_confidence_kp,
            prompts_left=self.prompts_left,
        )
        if ((self.regions.object_id != 0) & (self.origin != Origin.MARKED)).any():
            raise InvalidInputError("only marked candidates bear an object id.")

    def __len__(self) -> int:
        return len(self.regions)

    def select(self, keep: NDArray[np.bool_]) -> FrameCandidates:
        """Return the candidates where `keep`, shape (K,), is true."""
        if keep.all():
            return self
        return FrameCandidates(
            self.frame,
            self.regions.select(keep),
            self.origin[keep],
            self.intensity[keep],
            self.landing_kp2[keep],
            self.landing_confidence_kp[keep],
            self.prompts_left[keep],
        )

    @property
    def marked_ids(self) -> tuple[int, ...]:
        """Ids that a person marked in this frame, ascending."""
        return tuple(sorted(set(self.regions.object_id[self.regions.object_id > 0].tolist())))


@attrs.frozen
class LinkedFrame:
    """What linking decided for one frame.

    Parameters
    ----------
    frame : int
        Frame number in the movie.
    regions : Regions
        The chosen candidates, and masks filled in across gaps; `object_id` is the track id, each
        at most once. Neighbours may still overlap by a few pixels.
    confidence : array of float, shape (M,)
        Probability of the link into this row (see `Lineage.confidence`).
    is_interpolated : array of bool, shape (M,)
        The mask was filled in across a gap.
    parents : mapping of int to int
        For tracks that begin in this frame from a mother: track id to mother's track id.
    parent_confidence : mapping of int to float
        For each of `parents`: the probability of that link.
    end_confidence : mapping of int to float
        For tracks that end in this frame, before the movie does and without daughters: the
        probability of that. A later frame that has the track again takes it back.
    renamed : mapping of int to int
        Tracks of earlier frames that turn out, by a mark in this frame, to be an object that the
        person has named: old id to the person's id. From this frame on only the new id is used.
    """

    frame: int
    regions: Regions
    confidence: NDArray[np.float64] = array_field(np.float64, None)
    is_interpolated: NDArray[np.bool_] = array_field(np.bool_, None)
    parents: Mapping[int, int] = attrs.field(factory=dict)
    parent_confidence: Mapping[int, float] = attrs.field(factory=dict)
    renamed: Mapping[int, int] = attrs.field(factory=dict)
    end_confidence: Mapping[int, float] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        same_length(
            regions=self.regions.object_id,
            confidence=self.confidence,
            is_interpolated=self.is_interpolated,
        )
        ids = self.regions.object_id
        if (ids < 1).any() or len(np.unique(ids)) != len(ids):
            raise InvalidInputError("in a linked frame every region has a track id of its own.")
