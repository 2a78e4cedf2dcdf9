"""Work: one movie, the back ends and all that is asked of them; and its windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
from numpy.typing import NDArray

from tracksam.protocols import Detector, MaskPropagator, PointTracker, Segmenter
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack

POINTS, MEMORY = "points", "memory"
"""Choices of the setting `follow.propagate`; the third is both."""


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
    propagator : MaskPropagator or None
        Carries masks; None: only points carry objects.
    """

    segmenter: Segmenter
    tracker: PointTracker
    detector: Detector | None = None
    propagator: MaskPropagator | None = None

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


class Eyes(Protocol):
    """Looks at frames somewhere else, ahead of the one that asks."""

    def look_at(self, frame: int) -> tuple[Any, Regions]:
        """Return what `Models.look_at` gives for a frame of the movie.

        What was prepared may stay elsewhere; then it is a name for it that the segmenter of the
        same work understands.
        """
        ...


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
    eyes : Eyes, optional
        Default: frames are looked at here, one after the other.
    """

    stack: Stack
    models: Models
    seeds: Mapping[int, Regions]
    settings: Settings
    backward: Mapping[int, Regions] = attrs.field(factory=dict)
    eyes: Eyes | None = None

    def look_at(self, frame: int, image_yxc: NDArray[Any]) -> tuple[Any, Regions]:
        """Return what the segmenter prepared of a frame, and what the detector found in it.

        Parameters
        ----------
        frame : int
            Of the movie.
        image_yxc : ndarray, shape (Y, X, C)
            That frame.

        Returns
        -------
        Any, Regions
        """
        if self.eyes is not None:
            return self.eyes.look_at(frame)
        return self.models.look_at(image_yxc, self.settings.segment.min_score)

    @property
    def window_frames(self) -> int:
        """Frames in a window: those of the propagator's memory, or of the point tracker's clip."""
        if self.models.propagator is None:
            return self.tracker_frames
        return min(self.settings.follow.memory_frames, self.models.propagator.max_frames)

    @property
    def tracker_frames(self) -> int:
        """Frames that the point tracker sees at once, as it and the settings allow."""
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
