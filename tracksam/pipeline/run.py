"""Run: one movie through all steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tracksam.errors import CancelledError, InvalidInputError
from tracksam.graph import FrameCandidates, Origin
from tracksam.pipeline.census import Census
from tracksam.pipeline.finish import finish
from tracksam.pipeline.models import load_models
from tracksam.pipeline.result import Result, temporary_folder
from tracksam.progress import Asked, Progress, Report, never, silent
from tracksam.prompts import Boxes, Marks, Prompts, check_against
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.backward import redraw_backward
from tracksam.steps.candidates import candidates
from tracksam.steps.link import link
from tracksam.steps.overlaps import resolve_overlaps
from tracksam.steps.work import Work

if TYPE_CHECKING:
    from tracksam.io.run import RunFolder


def track(
    stack: Stack,
    prompts: Prompts | Boxes | Marks | None = None,
    *,
    settings: Settings | None = None,
    out: str | Path | None = None,
    on_exists: str = "refuse",
    report: Report = silent,
    asked: Asked = never,
) -> Result:
    """Track a movie: masks, tracks, lineage and tables.

    Parameters
    ----------
    stack : Stack
        The movie; frames are read one at a time.
    prompts : Prompts, Boxes or Marks, optional
        What a person marked. Needed where ``settings.mode`` is ``"follow"``.
    settings : Settings, optional
        Default: ``Settings()``.
    out : path, optional
        The run folder. Default: a temporary folder that goes with the result.
    on_exists : {"refuse", "overwrite", "resume"}
        What to do when there is a run in `out` already. ``"resume"`` goes on with an interrupted
        run of the same movie, marks and settings; the result equals that of an undisturbed one.
    report : callable
        Called with a `Progress` after each frame.
    asked : callable
        Asked before each frame; if it returns True, the run stops, and the frames so far are
        finished and valid.

    Returns
    -------
    Result

    Raises
    ------
    InvalidInputError
        The marks do not fit the movie, nothing is marked although it is to be followed, or the
        movie has NaN.
    WriteError
        The folder exists, is read-only, or the disk is full.
    BackendError
        A back end is unknown or not installed.
    CancelledError
        `asked` said so. What the message names is on disk.

    Examples
    --------
    >>> import tracksam
    >>> from tracksam.simulate import situation
    >>> result = tracksam.track(situation("dividing").stack)
    >>> len(result.lineage.parents)
    2
    """
    settings = settings or Settings()
    marks = Marks.of(prompts)
    check_marks(marks, stack, settings)
    models = load_models(settings)
    run, folder = _open_run(stack, marks, settings, out, on_exists)
    work = Work(_tracked_channel(stack, settings), models, marks, settings)
    with run.timed("look back"):
        work = attrs.evolve(work, backward=_looked_back(work, run, report))
    census = Census()
    stopped = _Stopped(asked, report, stack.n_frames)
    with run.timed("track"):
        found = stopped.watched(_kept(candidates(work, run.candidates), run))
        first_id = max(marks.object_ids, default=0) + 1
        for linked in link(found, settings.link, first_id=first_id):
            run.write_mask(linked.frame, resolve_overlaps(linked.regions))
            census.add(linked)
    with run.timed("measure"):
        finish(run, stack, census, marks, settings, report)
    run.close("interrupted" if stopped.early else "complete")
    if stopped.early:
        raise CancelledError(
            f"stopped after {len(census.rows)} of {stack.n_frames} frames; masks and tables "
            f"of these are valid in {run.path}; --resume goes on."
        )
    return Result(run.path, stack, folder)


def check_marks(marks: Marks, stack: Stack, settings: Settings) -> None:
    """Check that marks fit the movie and the mode.

    Raises
    ------
    InvalidInputError
        They do not; the message says which and why.
    """
    check_against(marks, (stack.n_frames, *stack.shape_yx))
    if settings.mode == "follow" and not len(marks):
        raise InvalidInputError(
            "to follow objects, mark at least one (points, boxes or masks); or track everything."
        )
    channel = settings.read.channel
    if channel is not None and channel >= stack.n_channels:
        raise InvalidInputError(
            f"read.channel is {channel}, but the movie has channels 0 to {stack.n_channels - 1}."
        )


def _tracked_channel(stack: Stack, settings: Settings) -> Stack:
    channel = settings.read.channel
    return stack if channel is None else stack.only_channel(channel)


def _kept(found: Iterator[FrameCandidates], run: RunFolder) -> Iterator[FrameCandidates]:
    """Keep the candidates on disk on their way to linking, which never sees the lost ones."""
    for frame in found:
        if frame.frame not in run.candidates:
            run.candidates.keep(frame)
        yield frame.select(frame.origin != Origin.LOST)
