"""EdgeEvidence: what speaks for and against each possible link, in numbers without units."""

from __future__ import annotations

from itertools import chain

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints
from tracksam.strips import Strips, meetings

# Of the candidates within reach, only this many are looked at for each source.
MAX_TARGETS = 12
# Intensities below this, in units of the frame's spread, are hardly any.
FAINT = 0.5


@attrs.frozen(eq=False)
class EdgeEvidence:
    """E possible links from candidates of one frame to candidates of a later one.

    Parameters
    ----------
    source, target : array of int, shape (E,)
        Positions in the earlier and in the later frame.
    n_missing : int
        Frames between the two.
    distance : array, shape (E,)
        From where the source is expected to the target, in mean diameters of the two.
    overlap : array, shape (E,)
        Intersection over union after moving the source's mask to where it is expected.
    covered : array, shape (E,)
        The same intersection over the target's area.
    held : array, shape (E,)
        The same intersection over the source's area.
    share : array, shape (E,)
        Share of the source's points, weighted by confidence, that land in the target. NaN where
        it has none.
    log_area : array, shape (E,)
        Log of target's over source's area.
    brightening : array, shape (E,)
        From source to target, see `brightening`. NaN where unknown.
    border : array, shape (E,)
        Distance of the one nearer to the frame's edge from it, in diameters: what is cut there
        changes size and brightness.
    """

    source: Ints
    target: Ints
    n_missing: int
    distance: Floats
    overlap: Floats
    covered: Floats
    held: Floats
    share: Floats
    log_area: Floats
    brightening: Floats
    border: Floats

    def __len__(self) -> int:
        return len(self.source)

    def where(self, keep: NDArray[np.bool_]) -> EdgeEvidence:
        """Return the links where `keep`, shape (E,), is true."""
        columns = {
            field.name: getattr(self, field.name)[keep]
            for field in attrs.fields(EdgeEvidence)
            if field.name != "n_missing"
        }
        return EdgeEvidence(n_missing=self.n_missing, **columns)


def edge_evidence(
    before: FrameNodes, after: FrameNodes, expected_yx: Floats, reach: float
) -> EdgeEvidence:
    """Return the evidence on all links within reach.

    Parameters
    ----------
    before, after : FrameNodes
        Two frames, one or more apart.
    expected_yx : array, shape (K, 2)
        Where the candidates of `before` are expected in the frame of `after`.
    reach : float
        Greatest distance, in mean diameters of the two.

    Returns
    -------
    EdgeEvidence
        In order of source, then target.
    """
    source, target, distance = _within_reach(before, after, expected_yx, reach)
    code = source * max(len(after), 1) + target
    step = np.rint(expected_yx - before.yx).astype(np.int64)
    shape_yx = after.candidates.regions.shape_yx
    moved, _ = before.candidates.regions.strips.moved(step, shape_yx)
    shared = _shared(moved, np.ones(len(moved)), after, code)
    n_missing = after.frame - before.frame - 1
    return EdgeEvidence(
        source,
        target,
        n_missing,
        distance,
        shared / np.maximum(before.area[source] + after.area[target] - shared, 1),
        shared / after.area[target],
        shared / before.area[source],
        _share(before, after, source, code),
        np.log(after.area[target] / before.area[source]),
        brightening(before.candidates.intensity[source], after.candidates.intensity[target]),
        np.minimum(before.border[source], after.border[target]),
    )


def brightening(before: Floats, after: Floats) -> Floats:
    """Return the change of intensity relative to the greater of the two.

    Parameters
    ----------
    before, after : array, shape (N,)
        In units of the frame's spread above its background. NaN where unknown.

    Returns
    -------
    array, shape (N,)
        About the relative change for objects that stand out, near 0 for objects that do not.
    """
    greater = np.maximum(np.abs(before), np.abs(after))
    return np.asarray((after - before) / (greater + FAINT))


def _within_reach(
    before: FrameNodes, after: FrameNodes, expected_yx: Floats, reach: float
) -> tuple[Ints, Ints, Floats]:
    from scipy.spatial import cKDTree

    if not len(before) or not len(after):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    radius = reach * (before.diameter + after.diameter.max()) / 2
    found = cKDTree(after.yx).query_ball_point(expected_yx, radius)
    source = np.repeat(np.arange(len(before)), [len(targets) for targets in found])
    target = np.fromiter(chain.from_iterable(found), np.int64, len(source))
    scale = (before.diameter[source] + after.diameter[target]) / 2
    distance = np.linalg.norm(after.yx[target] - expected_yx[source], axis=1) / scale
    order = np.lexsort((target, distance, source))
    first = np.searchsorted(source[order], source[order])
    near = (np.arange(len(order)) - first < MAX_TARGETS) & (distance[order] <= reach)
    kept = order[near]
    kept = kept[np.lexsort((target[kept], source[kept]))]
    return source[kept].astype(np.int64), target[kept], distance[kept]


def _shared(strips: Strips, weight: Floats, after: FrameNodes, code: Ints) -> Floats:
    """Return, for each coded pair, the weight of the source's pixels that lie in the target."""
    result = np.zeros(len(code))
    if not len(code):
        return result
    regions = after.candidates.regions
    first, second, px = meetings(strips, regions.strips, regions.shape_yx[1])
    pairs = strips.mask[first] * len(after) + regions.strips.mask[second]
    place = np.minimum(np.searchsorted(code, pairs), len(code) - 1)
    wanted = np.flatnonzero(code[place] == pairs)
    return np.asarray(np.bincount(place[wanted], (weight[first] * px)[wanted], len(code)))


def _share(before: FrameNodes, after: FrameNodes, source: Ints, code: Ints) -> Floats:
    landing = before.candidates.landing_kp2
    n_points = landing.shape[1]
    if after.frame - before.frame > 1 or not n_points or not len(source):
        return np.full(len(source), np.nan)
    weight = np.where(np.isnan(landing).any(axis=2), 0.0, before.candidates.landing_confidence_kp)
    total = weight.sum(axis=1)[source]
    owner = np.repeat(np.arange(len(before)), n_points)
    points = Strips.of_points(landing.reshape(-1, 2), owner)
    still = np.zeros((len(before), 2), np.int64)
    inside, kept = points.moved(still, after.candidates.regions.shape_yx)
    landed = _shared(inside, weight.ravel()[kept], after, code)
    return np.where(total > 0, landed / np.maximum(total, 1e-12), np.nan)
