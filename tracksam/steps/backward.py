"""Backward: where marked objects were in the frames before their mark."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracksam.regions import Regions
from tracksam.steps.follow import Landing, follow_points
from tracksam.steps.sample import sample_points
from tracksam.steps.segment import expect
from tracksam.steps.work import Work, windows


def redraw_backward(work: Work) -> Iterator[tuple[int, Regions]]:
    """Yield what is drawn where marked objects were in the frames before their mark.

    Parameters
    ----------
    work : Work
        As for `candidates`; `backward` is not looked at.

    Yields
    ------
    frame : int
        From a marked frame down to frame 0, for each marked frame; a frame can come up again
        for other objects.
    regions : Regions
        What is drawn there; object ids are 0.
    """
    for marked in work.marked_frames:
        current = work.seeds[marked]
        for window in windows(marked + 1, work.window_frames, ()):
            frames = range(marked - window.start, marked - window[-1] - 1, -1)
            for frame, drawn in _window_backward(work, frames, current):
                yield frame, drawn
                current = drawn
            if not len(current):
                break


def _window_backward(work: Work, frames: range, current: Regions) -> Iterator[tuple[int, Regions]]:
    clip_tyxc = work.stack.clip(frames)
    points_kp2 = sample_points(current, work.settings.follow.points_per_object)
    tracks = follow_points(
        work.models.tracker, clip_tyxc, points_kp2.reshape(-1, 2), work.tracker_frames
    )
    wanted = np.ones(len(current), bool)
    carrier = work.carrier(clip_tyxc, current, wanted)
    for t in range(1, len(frames)):
        expected = expect(current, points_kp2, Landing.of(tracks, t, points_kp2))
        if carrier is not None:
            expected = carrier.expected(expected, points_kp2, current)
        prepared = work.models.segmenter.prepare(clip_tyxc[t])
        drawn = work.drawn(prepared, expected, wanted, carrier)
        yield frames[t], drawn.with_ids(np.zeros(len(drawn)))
