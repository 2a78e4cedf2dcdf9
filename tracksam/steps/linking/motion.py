"""Where every candidate is expected in the next frame: by its points, else by its neighbours."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints
from tracksam.steps.sample import sample_points

# A cell's own points are believed when at least this much of their confidence is left.
MIN_POINT_CONFIDENCE = 0.25
# Points that bring cells this near to a candidate, in diameters on average, are not doubted.
GOOD_FIT = 0.15
# Neighbours whose median step stands for the drift at a place, and how far away they may be.
N_NEIGHBOURS = 8
NEIGHBOUR_DIAMETERS = 12.0
# A jump of the whole frame is looked for when, without one, fewer cells than this stand on a
# cell of the next frame; it is believed when it brings this share of cells onto one.
SHARE_IN_PLACE = 0.5
SHARE_AFTER_JUMP = 0.7
JUMP_DIAMETERS = 5.0
IN_PLACE_DIAMETERS = 0.35
MIN_CELLS_FOR_JUMP = 5
MAX_CELLS_FOR_JUMP = 60


@attrs.frozen(eq=False)
class Motion:
    """How the candidates of one frame move to the next.

    Parameters
    ----------
    yx : array, shape (K, 2)
        Where each is expected.
    sample_yx, sample_step : array, shape (N, 2)
        Places, and the steps that were seen there: the evidence for the drift anywhere else.
    """

    yx: Floats
    sample_yx: Floats
    sample_step: Floats

    def carry(self, yx: Floats, diameter: Floats) -> Floats:
        """Return where places, shape (N, 2), drift to with their neighbours.

        Parameters
        ----------
        yx : array, shape (N, 2)
            Places in the frame that this motion starts from.
        diameter : array, shape (N,)
            Of the cells that are at those places.
        """
        return yx + local_drift(yx, diameter, self.sample_yx, self.sample_step)


def motion(
    before: FrameNodes, after: FrameNodes, max_distance: float, previous: Motion | None = None
) -> Motion:
    """Return where the candidates of a frame are expected in the next one.

    Parameters
    ----------
    before, after : FrameNodes
        Neighbouring frames.
    max_distance : float
        In diameters; steps longer than this are no evidence of drift.
    previous : Motion, optional
        To `before` from the frame before it: the drift may go on.

    Returns
    -------
    Motion
    """
    landed, has_points = _landings(before)
    if has_points.sum() < min(3, max(1, len(before))):
        found = _by_neighbours(before, after, max_distance, previous)
        return attrs.evolve(found, yx=np.where(has_points[:, None], landed, found.yx))
    places, steps = before.yx[has_points], (landed - before.yx)[has_points]
    drifted = before.yx + local_drift(before.yx, before.diameter, places, steps)
    found = Motion(np.where(has_points[:, None], landed, drifted), places, steps)
    misfit = _misfit(found.yx, before, after)
    if misfit <= GOOD_FIT:
        return found
    # Where the points of a whole frame are wrong, they bring fewer cells onto one than none do.
    other = _by_neighbours(before, after, max_distance, previous)
    return found if misfit <= _misfit(other.yx, before, after) else other


def _by_neighbours(
    before: FrameNodes, after: FrameNodes, max_distance: float, previous: Motion | None
) -> Motion:
    """Return where candidates are expected if they rest, drift together, or jump."""
    drifted = _first_guess(before, after, previous)
    places, steps = before.yx, np.zeros_like(before.yx)
    for _ in range(2):
        pairs = mutual_nearest(drifted, before, after, max_distance)
        places, steps = before.yx[pairs[0]], after.yx[pairs[1]] - drifted[pairs[0]]
        drifted = drifted + local_drift(before.yx, before.diameter, places, steps)
        steps = after.yx[pairs[1]] - before.yx[pairs[0]]
    return Motion(drifted, places, steps)


def _misfit(yx: Floats, before: FrameNodes, after: FrameNodes) -> float:
    """Return how far places lie from the nearest candidate, in diameters, each at most 1."""
    from scipy.spatial import cKDTree

    if not len(before) or not len(after):
        return 0.0
    return float(np.minimum(cKDTree(after.yx).query(yx)[0] / before.diameter, 1).mean())


def _first_guess(before: FrameNodes, after: FrameNodes, previous: Motion | None) -> Floats:
    """Return where cells are expected if they rest, drift on, or jump: what fits best."""
    guesses = [before.yx, before.yx + frame_jump(before, after)]
    if previous is not None:
        guesses.append(previous.carry(before.yx, before.diameter))
    if not len(before) or not len(after):
        return before.yx
    return guesses[int(np.argmin([_misfit(yx, before, after) for yx in guesses]))]


def _landings(nodes: FrameNodes) -> tuple[Floats, NDArray[np.bool_]]:
    """Return each candidate's moved centroid by its own points, and where they are believed."""
    landing = nodes.candidates.landing_kp2
    n_points = landing.shape[1]
    if n_points == 0 or len(nodes) == 0:
        return nodes.yx, np.zeros(len(nodes), dtype=bool)
    weight = np.where(np.isnan(landing).any(axis=2), 0.0, nodes.candidates.landing_confidence_kp)
    believed = weight.sum(axis=1) >= MIN_POINT_CONFIDENCE * n_points
    step = landing - sample_points(nodes.candidates.regions, n_points)
    middle = np.stack([_weighted_median(step[:, :, i], weight) for i in (0, 1)], axis=1)
    return nodes.yx + np.where(believed[:, None], middle, 0.0), believed


def _weighted_median(values: Floats, weight: Floats) -> Floats:
    """Return the weighted median of each row; NaN counts nothing."""
    order = np.argsort(np.where(np.isnan(values), np.inf, values), axis=1)
    ordered = np.take_along_axis(np.nan_to_num(values), order, axis=1)
    reached = np.take_along_axis(weight, order, axis=1).cumsum(axis=1)
    half = reached[:, -1:] / 2
    low = np.take_along_axis(ordered, np.argmax(reached >= half, axis=1)[:, None], axis=1)
    high = np.take_along_axis(ordered, np.argmax(reached > half, axis=1)[:, None], axis=1)
    return np.asarray((low + high)[:, 0] / 2)


def mutual_nearest(
    expected: Floats, before: FrameNodes, after: FrameNodes, max_distance: float
) -> tuple[Ints, Ints]:
    """Return pairs of candidates that are each other's nearest.

    Parameters
    ----------
    expected : array, shape (K, 2)
        Where the candidates of `before` are expected.
    before, after : FrameNodes
        Neighbouring frames.
    max_distance : float
        In mean diameters of the two.

    Returns
    -------
    tuple of two int arrays
        Positions in `before` and in `after`. Pairs whose areas differ more than twofold are
        left out.
    """
    from scipy.spatial import cKDTree

    if not len(before) or not len(after):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distance, nearest = (np.asarray(found) for found in cKDTree(after.yx).query(expected))
    back = np.asarray(cKDTree(expected).query(after.yx)[1])
    scale = (before.diameter + after.diameter[nearest]) / 2
    similar = np.abs(np.log(after.area[nearest] / before.area)) < np.log(2)
    mutual = (back[nearest] == np.arange(len(before))) & similar
    kept = np.flatnonzero(mutual & (distance < max_distance * scale))
    return kept, nearest[kept]


def local_drift(yx: Floats, diameter: Floats, sample_yx: Floats, sample_step: Floats) -> Floats:
    """Return the common step of the neighbours of each place.

    Parameters
    ----------
    yx : array, shape (N, 2)
        Places. A sample at the place itself is not asked: a cell is no witness for itself.
    diameter : array, shape (N,)
        Sets how far away a neighbour may be.
    sample_yx, sample_step : array, shape (M, 2)
        Places and the steps seen there.

    Returns
    -------
    array, shape (N, 2)
        Median step of the neighbours, shrunk towards 0 as far as they disagree with each other;
        0 with fewer than 3 neighbours.
    """
    from scipy.spatial import cKDTree

    if len(yx) == 0 or len(sample_yx) < 3:
        return np.zeros_like(yx)
    k = min(N_NEIGHBOURS + 1, len(sample_yx))
    distance, index = cKDTree(sample_yx).query(yx, k=k)
    usable = (distance > 1e-9) & (distance < NEIGHBOUR_DIAMETERS * diameter[:, None])
    steps = np.where(usable[:, :, None], sample_step[np.minimum(index, len(sample_yx) - 1)], np.nan)
    enough = usable.sum(axis=1) >= 3
    steps[~enough] = 0.0
    middle = _median(steps)
    spread = 1.48 * _median(np.abs(steps - middle[:, None]))
    signal = (middle**2).sum(axis=1)
    noise = (spread**2).sum(axis=1) / np.maximum(usable.sum(axis=1), 1)
    shrink = np.where(enough, signal / np.maximum(signal + 2 * noise, 1e-12), 0.0)
    return np.asarray(middle * shrink[:, None])


def _median(values: Floats) -> Floats:
    """Return the medians over the second axis of what is not NaN; each has one that is not."""
    # NumPy's nanmedian does the same, in ten times the time: it works on masked arrays.
    ordered = np.sort(values, axis=1)
    n = np.count_nonzero(~np.isnan(values), axis=1, keepdims=True)
    low, high = (np.take_along_axis(ordered, at, axis=1)[:, 0] for at in ((n - 1) // 2, n // 2))
    return np.asarray((low + high) / 2)


def frame_jump(before: FrameNodes, after: FrameNodes) -> Floats:
    """Return the step of the whole frame, when it jumped farther than cells move.

    Parameters
    ----------
    before, after : FrameNodes
        Neighbouring frames.

    Returns
    -------
    array, shape (2,)
        0 unless most cells stand on no cell of the next frame, and one common step brings most
        of them onto one.
    """
    from scipy.spatial import cKDTree

    nothing = np.zeros(2)
    if len(before) < MIN_CELLS_FOR_JUMP or len(after) < MIN_CELLS_FOR_JUMP:
        return nothing
    tree = cKDTree(after.yx)
    radius = IN_PLACE_DIAMETERS * before.diameter
    if (tree.query(before.yx)[0] < radius).mean() >= SHARE_IN_PLACE:
        return nothing
    some = np.linspace(0, len(before) - 1, min(len(before), MAX_CELLS_FOR_JUMP)).astype(np.intp)
    reach = JUMP_DIAMETERS * float(np.median(before.diameter))
    steps = [after.yx[tree.query_ball_point(before.yx[i], reach)] - before.yx[i] for i in some]
    tried = np.concatenate(steps)
    if not len(tried):
        return nothing
    moved = before.yx[some][None] + tried[:, None]
    share = (tree.query(moved)[0] < radius[some]).mean(axis=1)
    best = int(share.argmax())
    return tried[best] if share[best] >= SHARE_AFTER_JUMP else nothing
