"""Run: one movie through all steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from tracksam.errors import CancelledError, InvalidInputError
from tracksam.graph import FrameCandidates
from tracksam.grid import Grid
from tracksam.io.images import read_movie
from tracksam.io.lock import locked
from tracksam.io.run import RunFolder
from tracksam.pipeline.course import Course
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.query import NOTHING_FOUND
from tracksam.pipeline.models import load_models, told, weights_used
from tracksam.pipeline.result import Result, run_folder
from tracksam.pipeline.watch import Watch
from tracksam.progress import Report, silent
from tracksam.prompts import Boxes, Marks, Prompts, check_against
from tracksam.record import RunRecord
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.backward import redraw_backward
from tracksam.steps.candidates import candidates
from tracksam.steps.seed import seed_all
from tracksam.steps.tiled import tiled
from tracksam.steps.work import POINTS, Work

_CHECKED_PX = 4096
"""As many pixels as a square of this side are checked for NaN at a time."""


def track(
    stack: Stack | str | Path,
    prompts: Prompts | Boxes | Marks | None = None,
    *,
    settings: Settings | None = None,
    out: str | Path | None = None,
    on_exists: str = "refuse",
    progress: Report = silent,
) -> Result:
    """Track a movie: masks, tracks, lineage and tables.

    Parameters
    ----------
    stack : Stack or path
        The movie; frames are read one at a time. A path is opened by `read_movie`.
    prompts : Prompts, Boxes or Marks, optional
        What a person marked. Needed where ``settings.mode`` is ``"follow"``.
    settings : Settings, optional
        Default: ``Settings()``.
    out : path, optional
        The run folder. Default: a temporary folder that goes with the result.
    on_exists : {"refuse", "overwrite", "resume"}
        What to do when there is a run in `out` already. ``"resume"`` goes on with an interrupted
        run of the same movie, marks and settings; the result equals that of an undisturbed one.
    progress : callable
        Called with a `Progress` after each frame. If it returns True, the run stops; the frames
        so far are finished and valid.

    Returns
    -------
    Result

    Raises
    ------
    InvalidInputError
        The marks do not fit the movie, nothing is marked although it is to be followed, the
        movie has NaN, or it is something else than a Stack or a path.
    ReadError
        The path leads to no movie that can be read.
    WriteError
        The folder exists, is read-only, or the disk is full.
    BackendError
        A back end is unknown or not installed.
    CancelledError
        `progress` said so. What the message names is on disk.

    Examples
    --------
    >>> import tracksam
    >>> from tracksam.simulate import situation
    >>> result = tracksam.track(situation("dividing").stack)
    >>> result.masks.n_frames
    12
    """
    settings = settings or Settings()
    order = Order(_opened(stack, settings), Marks.of(prompts), settings, out, on_exists)
    return carry_out(order, progress)


def _opened(movie: Stack | str | Path, settings: Settings) -> Stack:
    if isinstance(movie, Stack):
        return movie
    if isinstance(movie, str | Path):
        return read_movie(movie, settings.read)
    raise InvalidInputError(
        f"expected a Stack or a path, got {type(movie).__name__}; "
        "tracksam.Stack.from_array(array, axes) makes a Stack of an array."
    )


@attrs.frozen
class Order:
    """One movie that is to be tracked.

    Parameters
    ----------
    stack, settings, out, on_exists
        As for `track`.
    marks : Marks
        What a person marked.
    helped : callable, optional
        Takes the `Work` and returns it with `eyes` that look at frames elsewhere. The result is
        the same.
    """

    stack: Stack
    marks: Marks
    settings: Settings
    out: str | Path | None = None
    on_exists: str = "refuse"
    helped: Callable[[Work], Work] | None = None


def carry_out(order: Order, progress: Report = silent) -> Result:
    """Track a movie; see `track`.

    Parameters
    ----------
    order : Order
        What is to be done.
    progress : callable
        As for `track`.

    Returns
    -------
    Result

    Raises
    ------
    TracksamError
        As `track` does.
    """
    stack, marks, settings = order.stack, order.marks, order.settings
    check_marks(marks, stack, settings)
    tracked = _tracked_channel(stack, settings)
    check_numbers(stack)
    models = load_models(settings, tracked)
    if marks.examples:
        Judges.of(marks.examples, settings).check(stack, settings)
    work = Work(tracked, models, seed_all(models.segmenter, tracked, marks), settings)
    folder, keeper = run_folder(order.out)
    record = RunRecord.of(stack, settings, marks, weights=weights_used(models))
    is_empty = marks.is_sought and not len(marks)
    record = attrs.evolve(record, messages=(*told(models), *((NOTHING_FOUND,) * is_empty)))
    with locked(folder):
        run = RunFolder.create(folder, record, marks, on_exists=order.on_exists)
        grid = grid_of(order)
        course = Course(run, stack, settings, Watch(progress, stack.n_frames), grid)
        with run.timed("look back"):
            work = attrs.evolve(work, backward=_looked_back(work, course))
        if grid is None:
            helped = order.helped(work) if order.helped else work
            found = candidates(helped, run.candidates)
        else:
            found = tiled(grid, _of_tiles(work, run, grid))
        course.complete(found, marks, progress)
    return Result(run.path, stack, keeper)


def grid_of(order: Order) -> Grid | None:
    """Return how the frames of a movie are cut; None: they are worked on at once.

    Parameters
    ----------
    order : Order
        What is marked, by points, masks or examples, is drawn in whole frames; so is what a
        propagator carries.

    Returns
    -------
    Grid or None
    """
    settings, marks = order.settings, order.marks
    is_whole = len(marks) or marks.examples or settings.follow.propagate != POINTS
    return None if is_whole else Grid.of(order.stack.shape_yx, settings.segment.tile_px)


def _of_tiles(work: Work, run: RunFolder, grid: Grid) -> list[Iterator[FrameCandidates]]:
    """The candidates of each tile, which is a movie of its own; they are kept on disk."""
    return [
        _kept_of_tile(attrs.evolve(work, stack=work.stack.windowed(tile.seen)), run, number)
        for number, tile in enumerate(grid.tiles())
    ]


def _kept_of_tile(work: Work, run: RunFolder, number: int) -> Iterator[FrameCandidates]:
    kept = run.candidates_of(number)
    for found in candidates(work, kept):
        if found.frame not in kept:
            kept.keep(found)
        yield found


def check_marks(marks: Marks, stack: Stack, settings: Settings) -> None:
    """Check that marks fit the movie and the mode.

    Parameters
    ----------
    marks : Marks
        What a person marked.
    stack : Stack
        The movie.
    settings : Settings
        The mode and the channel are looked at.

    Raises
    ------
    InvalidInputError
        They do not; the message says which and why.
    """
    check_against(marks, (stack.n_frames, *stack.shape_yx))
    has_some = len(marks) or marks.examples or marks.is_sought
    if settings.mode == "follow" and not has_some:
        raise InvalidInputError(
            "to follow objects, mark at least one (points, boxes, masks or examples); or track "
            "everything."
        )
    channel = settings.read.channel
    if channel is not None and channel >= stack.n_channels:
        raise InvalidInputError(
            f"read.channel is {channel}, but the movie has channels 0 to {stack.n_channels - 1}."
        )


def check_numbers(stack: Stack) -> None:
    """Check that no frame holds NaN or infinity; frames of whole numbers are not read.

    Raises
    ------
    InvalidInputError
        One does; the message says which.
    """
    if stack.dtype.kind == "f":
        for window in Grid(stack.shape_yx, _CHECKED_PX).bands():
            for image_yxc in stack.windowed(window):
                del image_yxc  # to read it is to check it


def _tracked_channel(stack: Stack, settings: Settings) -> Stack:
    channel = settings.read.channel
    return stack if channel is None else stack.only_channel(channel)


def _looked_back(work: Work, course: Course) -> Mapping[int, Regions]:
    """What is drawn in the frames before each mark, on disk.

    Candidates come after it: where some are kept from an earlier run, this is complete.
    """
    run, watch = course.run, course.watch
    is_needed = work.settings.mode == "follow" or work.models.detector is None
    if is_needed and not len(run.candidates):
        run.backward.clear()
        total = sum(work.marked_frames)
        for frame, regions in watch.over(redraw_backward(work), "looking back", total):
            run.backward.add(frame, regions)
        if watch.is_stopped:
            run.close("interrupted")
            watch.tell_failure(f"nothing is tracked yet; what was drawn is kept in {run.path}")
            raise CancelledError(
                f"stopped before the first frame was tracked; --resume goes on in {run.path}."
            )
    return run.backward
