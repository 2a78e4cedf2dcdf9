"""Given: the candidates of label images that are there already, from whatever program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from tracksam.graph import FrameCandidates
from tracksam.masks import Masks
from tracksam.protocols import PointTracker
from tracksam.stack import Stack
from tracksam.steps.candidates import NOTHING
from tracksam.steps.follow import land
from tracksam.steps.link import labels_to_candidates
from tracksam.steps.sample import sample_points


@attrs.frozen
class Movement:
    """How it is seen where a given mask goes.

    Parameters
    ----------
    stack : Stack
        The movie of which the masks are, as the tracker sees it (the tracked channel only).
    tracker : PointTracker
        Follows points from a frame to the next.
    points_per_object : int
        Sampled in each mask.
    """

    stack: Stack
    tracker: PointTracker
    points_per_object: int


def given_candidates(
    masks: Masks,
    movement: Movement | None = None,
    known: Mapping[int, FrameCandidates] = NOTHING,
) -> Iterator[FrameCandidates]:
    """Yield every label of every frame as a candidate; the labels' values are thrown away.

    Parameters
    ----------
    masks : Masks
        T frames.
    movement : Movement, optional
        Of a movie of as many frames of the same size. Without it candidates have no points and
        no intensities.
    known : mapping of int to FrameCandidates, optional
        What an earlier run kept, by frame; not computed again.

    Yields
    ------
    FrameCandidates
        One a frame, in order. Two frames are in memory.
    """
    for frame in range(masks.n_frames):
        if frame in known:
            yield known[frame]
        elif movement is None:
            yield labels_to_candidates(frame, masks.frame(frame))
        else:
            yield _moving(masks, frame, movement)


def _moving(masks: Masks, frame: int, movement: Movement) -> FrameCandidates:
    """The labels of a frame, and where their points land in the next."""
    stack = movement.stack
    found = labels_to_candidates(frame, masks.frame(frame), stack.frame(frame))
    if frame == stack.n_frames - 1:
        return found
    points_kp2 = sample_points(found.regions, movement.points_per_object)
    landing = land(movement.tracker, stack.clip(range(frame, frame + 2)), [points_kp2])[0]
    return attrs.evolve(
        found, landing_kp2=landing.yx_kp2, landing_confidence_kp=landing.confidence_kp
    )
