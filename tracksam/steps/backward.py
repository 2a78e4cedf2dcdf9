"""Backward: where marked objects were in the frames before their mark."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions
from tracksam.steps.drawing import Drawing
from tracksam.steps.patience import Patience
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
        sought = _Sought.of_marked(work.seeds[marked], work.settings.link.max_gap)
        for window in windows(marked + 1, work.window_frames, ()):
            frames = range(marked - window.start, marked - window[-1] - 1, -1)
            for frame, drawn, reached in _window_backward(work, frames, sought):
                yield frame, drawn.with_ids(np.zeros(len(drawn)))
                following = reached
            sought = following
            if not len(sought.regions):
                break


@attrs.frozen
class _Sought:
    """Objects of a window's first frame: those that were drawn, and lost ones where they may be."""

    regions: Regions
    is_seen: NDArray[np.bool_]
    patience: Patience

    @classmethod
    def of_marked(cls, marked: Regions, max_gap: int) -> _Sought:
        n = len(marked)
        return cls(marked, np.ones(n, bool), Patience.of_marked(n, max_gap))

    @classmethod
    def after(cls, drawn: Regions, expected: Regions, patience: Patience) -> _Sought:
        """What is sought on from a frame; ids are positions in the window's first frame + 1."""
        is_lost = ~np.isin(expected.object_id, drawn.object_id)
        lost = expected.select(is_lost & patience.always[expected.object_id - 1])
        regions = drawn.joined(lost)
        left = patience.left[regions.object_id - 1]
        return cls(regions, np.arange(len(regions)) < len(drawn), patience.with_left(left))


def _window_backward(
    work: Work, frames: range, sought: _Sought
) -> Iterator[tuple[int, Regions, _Sought]]:
    """Each frame of a window with what is drawn there, and what is sought on from there."""
    clip_tyxc = work.stack.clip(frames)
    drawing = Drawing(work, clip_tyxc, sought.regions, sought.is_seen)
    patience, n = sought.patience, len(sought.regions)
    for t in range(1, len(frames)):
        drawing.advance()
        wanted = patience.always
        drawn = drawing.draw(work.models.segmenter.prepare(clip_tyxc[t]), wanted)
        patience = patience.after(wanted, np.isin(np.arange(1, n + 1), drawn.object_id))
        yield frames[t], drawn, _Sought.after(drawn, drawing.expected.moved, patience)
