"""Work: one movie, the back ends and all that is asked of them; and its windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from numpy.typing import NDArray

from tracksam.protocols import Detector, PointTracker, Segmenter
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack


@attrs.frozen
class Models:
    """The back ends of a run.

    Parameters
    ----------
    segmenter : Segmenter
        Draws what is prompted.
    tracker : PointTracker
        Follows points.
    detector : Detector or None
        Finds every object; None: only what is prompted is drawn. May be the segmenter itself,
        then a frame is prepared once for both.
    """

    segmenter: Segmenter
    tracker: PointTracker
    detector: Detector | None = None

    def look_at(self, image_yxc: NDArray[Any], min_score: float) -> tuple[Any, Regions]:
        """Return what the segmenter prepared of a frame, and what the detector found in it.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            The frame.
        min_score : float
            Detections with a lower score are left out.

        Returns
        -------
        Any, Regions
        """
        prepared = self.segmenter.prepare(image_yxc)
        if self.detector is None:
            return prepared, Regions(image_yxc.shape[:2])
        shared = id(self.detector) == id(self.segmenter)
        found = self.detector.detect(prepared if shared else self.detector.prepare(image_yxc))
        return prepared, found.select(found.score >= min_score)


@attrs.frozen
class Work:
    """One movie and everything that its candidates are made of.

    Parameters
    ----------
    stack : Stack
        Images as the back ends see them (the tracked channel only).
    models : Models
        The back ends.
    seeds : mapping of int to Regions
        Masks of what a person marked, by frame (see `seed_all`).
    settings : Settings
        All settings.
    backward : mapping of int to Regions
        What `redraw_backward` drew, by frame.
    """

    stack: Stack
    models: Models
    seeds: Mapping[int, Regions]
    settings: Settings
    backward: Mapping[int, Regions] = attrs.field(factory=dict)

    @property
    def window_frames(self) -> int:
        """Frames in a window, as the settings and the point tracker allow."""
        return min(self.settings.follow.window_frames, self.models.tracker.max_frames)

    @property
    def marked_frames(self) -> tuple[int, ...]:
        """Frames in which something is marked, ascending."""
        return tuple(sorted(self.seeds))

    @property
    def fresh_prompts(self) -> int:
        """`prompts_left` of a detected object."""
        return self.settings.link.max_gap + 1 if self.settings.mode == "all" else 0


def windows(n_frames: int, length: int, seams: tuple[int, ...]) -> list[range]:
    """Return the windows of a movie: each begins in the frame in which the one before ends.

    Parameters
    ----------
    n_frames : int
        Frames of the movie.
    length : int
        Longest window, at least 2.
    seams : tuple of int
        Frames in which a window must begin.

    Returns
    -------
    list of range
        Of two frames or more each; empty for a movie of one frame.
    """
    found, start = [], 0
    while start < n_frames - 1:
        ends = [seam for seam in seams if seam > start]
        end = min([start + length - 1, n_frames - 1, *ends])
        found.append(range(start, end + 1))
        start = end
    return found
