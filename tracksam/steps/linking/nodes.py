"""FrameNodes: the candidates of one frame with what linking reads off their masks."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.regions import Regions
from tracksam.strips import Moments, meetings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Candidates that share more than this of the smaller one are alternatives; less is the seam
# between two neighbours.
ALTERNATIVE_SHARE = 0.1
# Scores nearer to 0 or 1 than this are no surer.
LEAST_SCORE = 1e-3


@attrs.frozen(eq=False)
class FrameNodes:
    """The K candidates of one frame, measured.

    Parameters
    ----------
    candidates : FrameCandidates
        What was given.
    yx : array, shape (K, 2)
        Centroids.
    area, diameter : array, shape (K,)
        Pixels; diameter of the disc of that area.
    roundness : array, shape (K,)
        Shorter over longer axis of the ellipse with the same second moments, 0 to 1.
    border : array, shape (K,)
        Distance of the bounding box from the frame's edge in diameters; 0 where it touches.
    alternatives : array of int, shape (E, 2)
        Pairs of candidates of which at most one is real.
    """

    candidates: FrameCandidates
    yx: Floats
    area: Floats
    diameter: Floats
    roundness: Floats
    border: Floats
    alternatives: Ints

    def __len__(self) -> int:
        return len(self.area)

    @property
    def frame(self) -> int:
        """Frame number."""
        return self.candidates.frame

    @property
    def score_odds(self) -> Floats:
        """Log-odds of each candidate's score, shape (K,); infinite for score 1: it was given."""
        score = np.maximum(self.candidates.regions.score, LEAST_SCORE)
        return np.where(score < 1, np.log(score / np.maximum(1 - score, LEAST_SCORE)), np.inf)

    @property
    def is_certain(self) -> NDArray[np.bool_]:
        """Whether each candidate was given: its score is 1, shape (K,)."""
        return np.isinf(self.score_odds)

    @property
    def mark(self) -> Ints:
        """The person's id of each candidate, 0 where unmarked, shape (K,)."""
        return self.candidates.regions.object_id


def measured(candidates: FrameCandidates) -> FrameNodes:
    """Return the nodes of one frame.

    Parameters
    ----------
    candidates : FrameCandidates
        May be empty.

    Returns
    -------
    FrameNodes
    """
    regions = candidates.regions
    found = regions.strips.moments(len(regions))
    diameter = 2 * np.sqrt(found.area / np.pi)
    return FrameNodes(
        candidates,
        found.yx,
        found.area,
        diameter,
        _roundness(found),
        _border(regions) / diameter,
        _alternatives(regions, found.area),
    )


def _roundness(found: Moments) -> Floats:
    # A pixel is a square, not a point: its own second moment is 1/12.
    yy, xx = found.yy + 1 / 12, found.xx + 1 / 12
    mean, spread = (yy + xx) / 2, np.sqrt(((yy - xx) / 2) ** 2 + found.xy**2)
    return np.asarray(np.sqrt(np.maximum(mean - spread, 0) / (mean + spread)))


def _border(regions: Regions) -> Floats:
    box = regions.box_yxyx
    height, width = regions.shape_yx
    sides = np.stack([box[:, 0], box[:, 1], height - box[:, 2], width - box[:, 3]])
    nearest: Floats = sides.min(axis=0).astype(np.float64)
    return nearest


def has_rivals(nodes: FrameNodes) -> NDArray[np.bool_]:
    """Return which candidates have alternatives, shape (K,)."""
    flags = np.zeros(len(nodes), bool)
    flags[nodes.alternatives.ravel()] = True
    return flags


def rank_in_run(ordered: Ints) -> Ints:
    """Return 0, 1, 2, ... within each run of equal values, shape (N,)."""
    position = np.arange(len(ordered))
    starts = np.ones(len(ordered), dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    return position - np.maximum.accumulate(np.where(starts, position, 0))


def _alternatives(regions: Regions, area: Floats) -> Ints:
    n, strips = len(regions), regions.strips
    first, second, px = meetings(strips, strips, regions.shape_yx[1])
    one, two = strips.mask[first], strips.mask[second]
    twice = np.flatnonzero(one < two)
    code, row = np.unique(one[twice] * n + two[twice], return_inverse=True)
    shared = np.bincount(row, px[twice], len(code))
    pair = np.stack(np.divmod(code, n), axis=1)
    return np.asarray(pair[shared > ALTERNATIVE_SHARE * area[pair].min(axis=1)])
