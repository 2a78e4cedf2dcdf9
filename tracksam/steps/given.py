"""Given: the candidates of label images that are there already, from whatever program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates
from tracksam.masks import Masks
from tracksam.protocols import PointTracker
from tracksam.stack import Stack
from tracksam.steps.candidates import NOTHING
from tracksam.steps.follow import land
from tracksam.steps.link import labels_to_candidates
from tracksam.steps.sample import sample_points
from tracksam.steps.work import windows

Image = NDArray[Any]


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
    window_frames : int
        Frames that the tracker is given at once, at least 2.
    """

    stack: Stack
    tracker: PointTracker
    points_per_object: int
    window_frames: int


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
        What an earlier run kept, by frame. Windows of which every frame is known are not computed
        again.

    Yields
    ------
    FrameCandidates
        One a frame, in order. One window is in memory.
    """
    length = 2 if movement is None else movement.window_frames
    image_yxc: Image | None = None
    for window in windows(masks.n_frames, length, ()):
        frames, before_yxc, image_yxc = window[:-1], image_yxc, None
        if all(frame in known for frame in frames):
            yield from (known[frame] for frame in frames)
        elif movement is None:
            yield from (labels_to_candidates(frame, masks.frame(frame)) for frame in frames)
        else:
            clip_tyxc = _clip(movement.stack, window, before_yxc)
            yield from _moving(masks, window, clip_tyxc, movement)
            image_yxc = clip_tyxc[-1]
    last = masks.n_frames - 1
    if movement is not None and image_yxc is None:
        image_yxc = movement.stack.frame(last)
    yield labels_to_candidates(last, masks.frame(last), image_yxc)


def _clip(stack: Stack, window: range, first_yxc: Image | None) -> Image:
    """Return the frames of a window; the first one is not read again where it is known."""
    if first_yxc is None:
        return stack.clip(window)
    return np.concatenate([first_yxc[None], stack.clip(window[1:])])


def _moving(
    masks: Masks, window: range, clip_tyxc: Image, movement: Movement
) -> Iterator[FrameCandidates]:
    """The labels of all frames of a window but its last, and where their points land."""
    found = [
        labels_to_candidates(frame, masks.frame(frame), clip_tyxc[t])
        for t, frame in enumerate(window[:-1])
    ]
    points = [sample_points(c.regions, movement.points_per_object) for c in found]
    landings = land(movement.tracker, clip_tyxc, points, movement.window_frames)
    for candidates, landing in zip(found, landings, strict=True):
        yield attrs.evolve(
            candidates, landing_kp2=landing.yx_kp2, landing_confidence_kp=landing.confidence_kp
        )
