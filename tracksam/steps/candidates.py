"""Candidates: frame by frame, everything that could be an object, and where its points go.

Detected and prompted regions together. An object that a person marked is drawn anew in every
frame, forward and backward; a detected one only where the detector misses it, for a few frames.
The movie is taken in windows; the last frame of one is the first of the next, and every marked
frame is such a seam, so that a run can be taken up again at any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates, Origin
from tracksam.regions import Regions
from tracksam.steps.draft import ALWAYS, Draft, brightness
from tracksam.steps.drawing import Drawing
from tracksam.steps.follow import Landing, land
from tracksam.steps.memory import recalled
from tracksam.steps.patience import Patience
from tracksam.steps.sample import sample_points
from tracksam.steps.segment import Expected
from tracksam.steps.work import Work, windows

COVERED = 0.5
"""Share of its points from which an object counts as detected."""

NOTHING: Mapping[int, FrameCandidates] = MappingProxyType({})


def candidates(
    work: Work, known: Mapping[int, FrameCandidates] = NOTHING
) -> Iterator[FrameCandidates]:
    """Yield the candidates of every frame of a movie, in order.

    Parameters
    ----------
    work : Work
        The movie, the back ends, the marks, the settings.
    known : mapping of int to FrameCandidates, optional
        What an earlier run kept, by frame. Windows of which every frame is known are not
        computed again.

    Yields
    ------
    FrameCandidates
        One a frame.
    """
    todo = windows(work.stack.n_frames, work.window_frames, work.marked_frames)
    n_known = 0
    while n_known < len(todo) and all(t in known for t in todo[n_known]):
        n_known += 1
    first = todo[n_known].start if n_known < len(todo) else work.stack.n_frames - 1
    for frame in range(first):
        yield known[frame]
    current = known[first] if first in known else _first_frame(work, first)
    for window in todo[n_known:]:
        *finished, current = _window(work, window, current)
        yield from finished
    yield _with_landing(current, Landing.nowhere(len(current)))


def _first_frame(work: Work, frame: int) -> FrameCandidates:
    image_yxc = work.stack.frame(frame)
    _, detected = work.look_at(frame, image_yxc)
    draft = Draft.of_detected(detected, work.fresh_prompts)
    return _complete(work, frame, image_yxc, draft)


def _window(work: Work, window: range, current: FrameCandidates) -> list[FrameCandidates]:
    """The candidates of a window's frames; only the last one's landing is still open."""
    clip_tyxc = work.stack.clip(window)
    is_seen = (current.prompts_left > 0) & (current.origin != Origin.LOST)
    drawing = Drawing(work, clip_tyxc, current.regions, is_seen)
    patience = Patience.of(current, work.fresh_prompts, work.settings.link.max_gap)
    found, carried = [current], [drawing.carried]
    for t, image_yxc in enumerate(clip_tyxc[1:], start=1):
        drawing.advance()
        candidate, patience = _next_frame(work, window[t], image_yxc, patience, drawing)
        found.append(candidate)
        carried.append(drawing.carried)
    landings = _landings(work, clip_tyxc, found, drawing.landing(1), carried)
    done = [_with_landing(c, at) for c, at in zip(found[:-1], landings, strict=True)]
    return [*done, found[-1]]


def _landings(
    work: Work,
    clip_tyxc: NDArray[Any],
    found: list[FrameCandidates],
    first: Landing,
    carried: list[Regions],
) -> list[Landing]:
    """Where the points of all but the last frame of a window land in the frame after."""
    n_points = work.settings.follow.points_per_object
    points = [sample_points(c.regions, n_points) for c in found[:-1]]
    landings = [first]
    if len(points) > 1:
        landings += land(work.models.tracker, clip_tyxc[1:], points[1:], work.tracker_frames)
    return [
        recalled(landings[t], points[t], found[t].regions, carried[t], carried[t + 1])
        for t in range(len(points))
    ]


def _next_frame(
    work: Work,
    frame: int,
    image_yxc: NDArray[Any],
    patience: Patience,
    drawing: Drawing,
) -> tuple[FrameCandidates, Patience]:
    """The candidates of a window's next frame, and the patience that is left after it."""
    prepared, detected = work.look_at(frame, image_yxc)
    expected, left = drawing.expected, patience.left
    wanted = patience.wanted(_is_covered(expected, detected))
    drawn = drawing.draw(prepared, wanted)
    draft = Draft.of_detected(detected, work.fresh_prompts)
    draft = draft.with_heirs(expected, patience.always)
    draft = draft.with_drawn(drawn, left)
    draft = draft.with_lost(expected, wanted, drawn, left, work.settings.link.max_gap)
    is_drawn = np.isin(np.arange(1, len(left) + 1), drawn.object_id)
    return _complete(work, frame, image_yxc, draft), patience.after(wanted, is_drawn)


def _is_covered(expected: Expected, detected: Regions) -> NDArray[np.bool_]:
    """Which objects' points lie, for the greater part, in detections; shape (K,)."""
    yx_kp2 = expected.landing.yx_kp2
    pixel = np.nan_to_num(np.rint(yx_kp2), nan=-1).astype(np.int64)
    inside = ((pixel >= 0) & (pixel < detected.shape_yx)).all(axis=-1)
    foreground_yx = detected.to_labels() > 0
    hit = np.zeros(pixel.shape[:2], bool)
    hit[inside] = foreground_yx[pixel[inside][:, 0], pixel[inside][:, 1]]
    n_seen = np.maximum(inside.sum(axis=1), 1)
    covered: NDArray[np.bool_] = hit.sum(axis=1) / n_seen >= COVERED
    return covered


def _complete(work: Work, frame: int, image_yxc: NDArray[Any], draft: Draft) -> FrameCandidates:
    if frame in work.backward:
        drawn = work.backward[frame]
        draft = draft.with_drawn(
            drawn.with_ids(np.arange(1, len(drawn) + 1)), np.full(len(drawn), ALWAYS)
        )
    if frame in work.seeds:
        draft = draft.with_marked(work.seeds[frame])
    return FrameCandidates(
        frame,
        draft.regions,
        draft.origin,
        brightness(image_yxc, draft.regions),
        np.zeros((len(draft.regions), 0, 2)),
        np.zeros((len(draft.regions), 0)),
        draft.prompts_left,
    )


def _with_landing(found: FrameCandidates, landing: Landing) -> FrameCandidates:
    return attrs.evolve(
        found, landing_kp2=landing.yx_kp2, landing_confidence_kp=landing.confidence_kp
    )
