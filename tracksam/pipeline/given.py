"""Given masks: link label images of any program into tracks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np

from tracksam import registry
from tracksam.errors import InvalidInputError
from tracksam.io.run import RunFolder
from tracksam.masks import Masks
from tracksam.pipeline.course import Course
from tracksam.pipeline.result import Result, run_folder
from tracksam.pipeline.watch import Watch
from tracksam.progress import Report, silent
from tracksam.prompts import Marks
from tracksam.record import RunRecord
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.given import Movement, given_candidates

WITHOUT_MOVIE = "masks were linked without their movie: no points, no intensities."


def link_labels(
    masks: Masks,
    stack: Stack | None = None,
    *,
    settings: Settings | None = None,
    out: str | Path | None = None,
    on_exists: str = "refuse",
    progress: Report = silent,
) -> Result:
    """Link masks that are there already: tracks, lineage and tables.

    Parameters
    ----------
    masks : Masks
        Of any segmenter. Their values name nothing: the same value in two frames is no link.
    stack : Stack, optional
        The movie. With it, points and intensities are evidence, and intensities are measured.
    settings : Settings, optional
        `read` (the channel; without a movie the calibration), `follow`, `link` and `measure` are
        looked at. Everything is tracked.
    out, on_exists, progress
        As for `track`.

    Returns
    -------
    Result
        Its masks are the given ones under their track ids, and those filled in across gaps
        (``link.fill_gaps``).

    Raises
    ------
    InvalidInputError
        Masks and movie differ in frames or size.
    WriteError
        The folder exists, is read-only, or the disk is full.
    BackendError
        The point tracker is unknown or not installed.
    CancelledError
        `progress` said so. What the message names is on disk.

    Examples
    --------
    >>> import tracksam
    >>> from tracksam.simulate import situation
    >>> made = situation("dividing")
    >>> len(tracksam.link_labels(made.masks, made.stack).lineage.parents)
    4
    """
    settings = (settings or Settings()).changed({"mode": "all"})
    movement = None if stack is None else _movement(masks, stack, settings)
    messages = (WITHOUT_MOVIE,) if stack is None else ()
    if stack is None:
        stack, settings = _without_movie(masks, settings)
    folder, keeper = run_folder(out)
    record = attrs.evolve(RunRecord.of(stack, settings, weights=_given(masks)), messages=messages)
    run = RunFolder.create(folder, record, on_exists=on_exists)
    course = Course(run, stack, settings, Watch(progress, stack.n_frames))
    course.complete(given_candidates(masks, movement, run.candidates), Marks(), progress)
    return Result(run.path, stack, keeper)


def _without_movie(masks: Masks, settings: Settings) -> tuple[Stack, Settings]:
    """What stands for the movie of masks alone, and settings that fit it."""
    read = settings.read
    stack = Stack.of_masks(masks, read.pixel_size_um, read.frame_interval_s)
    return stack, settings.changed({"measure": {"intensity": False}})


def _movement(masks: Masks, stack: Stack, settings: Settings) -> Movement:
    _check_alike(masks, stack)
    tracker = registry.create("tracksam.point_trackers", settings.follow.point_tracker)
    channel = settings.read.channel
    tracked = stack if channel is None else stack.only_channel(channel)
    length = min(settings.follow.window_frames, tracker.max_frames)
    return Movement(tracked, tracker, settings.follow.points_per_object, length)


def _given(masks: Masks) -> Mapping[str, str]:
    """What stands in a record for the weights of a segmenter: the masks themselves."""
    first_yx = np.ascontiguousarray(masks.frame(0), np.int64)
    return {"given masks, first frame": hashlib.sha256(first_yx.tobytes()).hexdigest()}


def _check_alike(masks: Masks, stack: Stack) -> None:
    if (masks.n_frames, masks.shape_yx) != (stack.n_frames, stack.shape_yx):
        raise InvalidInputError(
            f"the masks have {masks.n_frames} frames of {masks.shape_yx} pixels, the movie "
            f"{stack.n_frames} of {stack.shape_yx}; give the movie of which the masks were made."
        )
