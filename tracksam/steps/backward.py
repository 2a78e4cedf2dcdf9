"""Backward: where marked objects were in the frames before their mark."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracksam.regions import Regions
from tracksam.steps.drawing import Drawing
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
    every = np.ones(len(current), bool)
    drawing = Drawing(work, clip_tyxc, current, every)
    for t in range(1, len(frames)):
        drawing.advance()
        drawn = drawing.draw(work.models.segmenter.prepare(clip_tyxc[t]), every)
        yield frames[t], drawn.with_ids(np.zeros(len(drawn)))
