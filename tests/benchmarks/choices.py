"""Choices: masks of which it is not said any more which are the right ones."""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates, Origin
from tracksam.pipeline.models import load_tracker
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.follow import land
from tracksam.steps.overlaps import resolve_overlaps
from tracksam.steps.sample import sample_points

# Of the cells, so many are offered in two halves, and of the pairs that touch as one.
SPLIT, MERGED = 0.15, 0.5
# Log-odds of a mask's score: mean of right and of wrong ones, and deviation. About every fifth
# wrong one has a better score than the right one.
RIGHT, WRONG, DEVIATION = 2.0, 0.5, 1.2
# Masks nearer than this touch.
NEAR_PX = 2

Mask = NDArray[np.bool_]


def with_choices(
    frames: Sequence[FrameCandidates], stack: Stack | None, seed: int = 0
) -> list[FrameCandidates]:
    """Return candidates of given masks, some also merged with a neighbour, some also in halves.

    Parameters
    ----------
    frames : sequence of FrameCandidates
        Without overlaps.
    stack : Stack or None
        The movie; each candidate's own points are followed through it.
    seed : int

    Returns
    -------
    list of FrameCandidates
        The right ones first.
    """
    rng = np.random.default_rng(seed)
    offered = [_offered(frame, rng) for frame in frames]
    if stack is None:
        return offered
    settings = Settings()
    tracker, n_points = load_tracker(settings), settings.follow.points_per_object
    for t, frame in enumerate(offered[:-1]):
        points = [sample_points(frame.regions, n_points)]
        (at,) = land(tracker, stack.clip(range(t, t + 2)), points, 2)
        offered[t] = attrs.evolve(
            frame, landing_kp2=at.yx_kp2, landing_confidence_kp=at.confidence_kp
        )
    return offered


def _offered(frame: FrameCandidates, rng: np.random.Generator) -> FrameCandidates:
    n = len(frame)
    labels_yx = resolve_overlaps(frame.regions.with_ids(np.arange(1, n + 1)))
    masks = [labels_yx == k + 1 for k in range(n)]
    kinds, sources = [], []
    for one, other in _touching(labels_yx):
        if rng.random() < MERGED:
            kinds.append(masks[one] | masks[other])
            sources.append((one, other))
    for k in np.flatnonzero(rng.random(n) < SPLIT).tolist():
        halves = _halves(masks[k])
        kinds += halves
        sources += [(k,)] * len(halves)
    extra = Regions.from_masks(kinds, frame.regions.shape_yx, _scores(rng, WRONG, len(kinds)))
    right = attrs.evolve(frame.regions, score=_scores(rng, RIGHT, n))
    intensity = [frame.intensity[list(source)].mean() for source in sources]
    n_all = n + len(kinds)
    return FrameCandidates(
        frame.frame,
        right.joined(extra),
        np.full(n_all, Origin.DETECTED),
        np.append(frame.intensity, intensity),
        np.zeros((n_all, 0, 2)),
        np.zeros((n_all, 0)),
    )


def _scores(rng: np.random.Generator, mean: float, n: int) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-rng.normal(mean, DEVIATION, n)))


def _touching(labels_yx: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the pairs of positions of labels that touch, or nearly."""
    pairs = set()
    for axis in (0, 1):
        for step in range(1, NEAR_PX + 1):
            a = np.split(labels_yx, [labels_yx.shape[axis] - step], axis)[0]
            b = np.split(labels_yx, [step], axis)[1]
            beside = (a != b) & (a > 0) & (b > 0)
            found = np.sort(np.stack([a[beside], b[beside]], axis=1), axis=1)
            pairs |= {(int(one) - 1, int(other) - 1) for one, other in np.unique(found, axis=0)}
    return sorted(pairs)


def _halves(mask_yx: Mask) -> list[Mask]:
    """Return a mask cut across its longest way; nothing if it is too small."""
    pixels = np.argwhere(mask_yx)
    if len(pixels) < 8:
        return []
    away = pixels - pixels.mean(axis=0)
    longest = np.linalg.eigh(away.T @ away)[1][:, -1]
    side = away @ longest > 0
    halves = []
    for part in (pixels[side], pixels[~side]):
        half = np.zeros_like(mask_yx)
        half[part[:, 0], part[:, 1]] = True
        halves.append(half)
    return halves
