"""FrameNodes: the candidates of one frame with what linking reads off their masks."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.regions import Regions

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
    pixel_yx : array of int, shape (N, 2)
        The pixels of all candidates.
    pixel_node : array of int, shape (N,)
        Which candidate each belongs to.
    alternatives : array of int, shape (E, 2)
        Pairs of candidates of which at most one is real.
    """

    candidates: FrameCandidates
    yx: Floats
    area: Floats
    diameter: Floats
    roundness: Floats
    border: Floats
    pixel_yx: Ints
    pixel_node: Ints
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
    n = len(regions)
    pixel_yx, pixel_node = _pixels(regions)
    area = np.bincount(pixel_node, minlength=n).astype(np.float64)
    yx = np.stack([np.bincount(pixel_node, pixel_yx[:, i], n) / area for i in (0, 1)], axis=1)
    diameter = 2 * np.sqrt(area / np.pi)
    return FrameNodes(
        candidates,
        yx,
        area,
        diameter,
        _roundness(pixel_yx - yx[pixel_node], pixel_node, area),
        _border(regions) / diameter,
        pixel_yx,
        pixel_node,
        _alternatives(regions, pixel_yx, pixel_node, area),
    )


def _pixels(regions: Regions) -> tuple[Ints, Ints]:
    found = [np.argwhere(crop) for crop in regions.crops]
    if not found:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    node = np.repeat(np.arange(len(found)), [len(pixels) for pixels in found])
    return np.concatenate(found).astype(np.int64) + regions.box_yx[node], node


def _roundness(offset_yx: Floats, node: Ints, area: Floats) -> Floats:
    n = len(area)
    # A pixel is a square, not a point: its own second moment is 1/12.
    yy = np.bincount(node, offset_yx[:, 0] ** 2, n) / area + 1 / 12
    xx = np.bincount(node, offset_yx[:, 1] ** 2, n) / area + 1 / 12
    xy = np.bincount(node, offset_yx[:, 0] * offset_yx[:, 1], n) / area
    mean, spread = (yy + xx) / 2, np.sqrt(((yy - xx) / 2) ** 2 + xy**2)
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


def pixel_layers(nodes: FrameNodes) -> NDArray[np.int32]:
    """Return label images that together hold every pixel of every candidate.

    Parameters
    ----------
    nodes : FrameNodes
        K candidates that may overlap.

    Returns
    -------
    ndarray of int32, shape (L, Y, X)
        Position + 1 of a candidate, 0 where there is none. L is the greatest number of
        candidates on one pixel, at least 1.
    """
    shape_yx = nodes.candidates.regions.shape_yx
    place = np.ravel_multi_index((nodes.pixel_yx[:, 0], nodes.pixel_yx[:, 1]), shape_yx)
    order = np.argsort(place, kind="stable")
    rank = rank_in_run(place[order])
    layers = np.zeros((int(rank.max(initial=0)) + 1, shape_yx[0] * shape_yx[1]), np.int32)
    layers[rank, place[order]] = nodes.pixel_node[order] + 1
    return layers.reshape(-1, *shape_yx)


def rank_in_run(ordered: Ints) -> Ints:
    """Return 0, 1, 2, ... within each run of equal values, shape (N,)."""
    position = np.arange(len(ordered))
    starts = np.ones(len(ordered), dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    return position - np.maximum.accumulate(np.where(starts, position, 0))


def _alternatives(regions: Regions, pixel_yx: Ints, pixel_node: Ints, area: Floats) -> Ints:
    n = len(regions)
    place = np.ravel_multi_index((pixel_yx[:, 0], pixel_yx[:, 1]), regions.shape_yx)
    order = np.argsort(place, kind="stable")
    place, node = place[order], pixel_node[order]
    found = []
    for step in range(1, n):
        same = place[step:] == place[:-step]
        if not same.any():
            break
        found.append(node[:-step][same] * n + node[step:][same])
    if not found:
        return np.zeros((0, 2), np.int64)
    code, shared = np.unique(np.concatenate(found), return_counts=True)
    pair = np.stack(np.divmod(code, n), axis=1)
    return np.asarray(pair[shared > ALTERNATIVE_SHARE * area[pair].min(axis=1)])
