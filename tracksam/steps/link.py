"""Link: candidates of every frame to tracks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.graph import FrameCandidates, LinkedFrame, Origin
from tracksam.regions import Regions
from tracksam.settings import LinkSettings
from tracksam.steps.draft import brightness
from tracksam.steps.linking.names import TrackNames
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.window import Decided, Window

# Frames that are solved together, and how many of them are decided then: the last ones are
# solved again with more of their future in view.
WINDOW_FRAMES = 12
DECIDED_FRAMES = 8
# A part of a window that takes longer is solved by assignment.
TIME_LIMIT_S = 5.0


def link(
    frames: Iterable[FrameCandidates],
    settings: LinkSettings,
    *,
    window_frames: int = WINDOW_FRAMES,
    first_id: int = 1,
    note: Callable[[str], None] | None = None,
) -> Iterator[LinkedFrame]:
    """Yield every frame with its track ids.

    Parameters
    ----------
    frames : iterable of FrameCandidates
        In order, without a frame left out; a frame may be empty. Only `window_frames` and
        `settings.max_gap` of them are held.
    settings : LinkSettings
        `min_track_frames` is not looked at: a track's length is known only at its end.
    window_frames : int
        Frames that are solved together, at least 2; two thirds of them are decided then.
    first_id : int
        Smallest id of a track that nobody marked. Where it is larger than every mark's id, no
        unmarked track has to give way.
    note : callable, optional
        Called at the end with what a person should know: parts of the movie for which there was
        no time to prove that no better solution exists.

    Yields
    ------
    LinkedFrame
        One for each frame, in order. Every mark is chosen under its id. No track has a hole: a
        frame in which a cell is missing is filled, or a new track with the old one as its only
        parent goes on.

    Raises
    ------
    InvalidInputError
        Frames out of order, or left out.
    """
    odds = LinkOdds.shipped()
    window = Window(settings, odds, TIME_LIMIT_S)
    names = TrackNames(settings, odds.trust, first_id)
    for decided in in_windows(frames, window, window_frames):
        yield from names.add(decided)
    yield from names.finish()
    if note is not None and window.n_assigned:
        note(
            f"{window.n_assigned} crowded part(s) of the movie took longer than "
            f"{TIME_LIMIT_S:g} s to link and were solved by assignment: look at doubtful.csv."
        )


def in_windows(
    frames: Iterable[FrameCandidates], window: Window, window_frames: int = WINDOW_FRAMES
) -> Iterator[Decided]:
    """Yield what is decided on every frame.

    Parameters
    ----------
    frames : iterable of FrameCandidates
        In order, without a frame left out.
    window : Window
        Without any frame yet.
    window_frames : int
        Frames that are solved together; two thirds of them are decided then.

    Yields
    ------
    Decided
        One for each frame.

    Raises
    ------
    InvalidInputError
        Frames out of order, or left out.
    """
    n_decided = max(window_frames * DECIDED_FRAMES // WINDOW_FRAMES, 1)
    last = None
    for candidates in frames:
        if last is not None and candidates.frame != last + 1:
            raise InvalidInputError(
                f"frame {last + 1} is needed after frame {last}, got {candidates.frame}; give "
                "every frame, in order, with no candidates where nothing was found."
            )
        last = candidates.frame
        if window.n_waiting == window_frames:
            yield from window.decide(n_decided)
        window.add(candidates)
    yield from window.decide(window.n_waiting)


def labels_to_candidates(
    frame: int, labels_yx: NDArray[Any], image_yxc: NDArray[Any] | None = None
) -> FrameCandidates:
    """Return the candidates of a given label image, to be linked like any others.

    Parameters
    ----------
    frame : int
        Frame number.
    labels_yx : ndarray of int, shape (Y, X)
        0 is background; the labels themselves are thrown away.
    image_yxc : ndarray, shape (Y, X, C), optional
        The image; the mean of its channels gives the intensities. Without it they are unknown.

    Returns
    -------
    FrameCandidates
        Every region with score 1, in ascending order of the labels, without points.
    """
    regions = Regions.from_labels(labels_yx)
    n = len(regions)
    intensity = np.full(n, np.nan)
    if image_yxc is not None:
        intensity = brightness(np.asarray(image_yxc), regions)
    return FrameCandidates(
        frame,
        regions,
        np.full(n, Origin.DETECTED),
        intensity,
        np.zeros((n, 0, 2)),
        np.zeros((n, 0)),
    )
