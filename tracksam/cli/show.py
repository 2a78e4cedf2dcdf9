"""What the command line shows: progress bars on a terminal, tables, where the results lie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from tracksam.progress import Progress, Report, silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from tracksam.batching import BatchProgress
    from tracksam.pipeline import Result


@contextlib.contextmanager
def progress_bars() -> Iterator[Report]:
    """Give a function that shows progress: a bar a stage; nothing where there is no terminal."""
    import sys

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:>13}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Shown(bars)


class _Shown:
    """Moves a bar for each stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bars.add_task(
                progress.stage, total=progress.total, rate=""
            )
        task = self._tasks[progress.stage]
        self._bars.update(task, completed=progress.done)
        speed = next(t.speed for t in self._bars.tasks if t.id == task)
        self._bars.update(task, rate=f"{speed:.1f} frames/s" if speed else "")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in aligned columns.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequences
        Cells; floats with three decimals, None as a dash.
    """
    written = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(columns, *written, strict=True)]
    for line in (columns, ["-" * width for width in widths], *written):
        cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def where_results_lie(result: Result) -> None:
    """Print how many tracks a run has, what it wants to be known, and where its files are."""
    lineage = result.lineage
    n_divisions = sum(len(found) > 1 for found in lineage.daughters_of().values())
    typer.echo(
        ", ".join(
            f"{n} {word}{'' if n == 1 else 's'}"
            for n, word in (
                (result.masks.n_frames, "frame"),
                (lineage.n_tracks, "track"),
                (n_divisions, "division"),
            )
        )
    )
    for name, path in (
        ("masks", result.folder / "masks"),
        ("tables", result.folder / "cells.csv"),
        ("", result.folder / "tracks.csv"),
        ("overview", result.folder / "overview.png"),
    ):
        typer.echo(f"{name:>9}  {path}")
    for message in result.record.messages:
        typer.echo(f"     note  {message}")


@contextlib.contextmanager
def batch_bars() -> Iterator[Callable[[BatchProgress], None]]:
    """Give a function that shows a batch: its movies, and the frames of those being tracked."""
    import sys

    from tracksam.batching.run import unseen

    if not sys.stderr.isatty():
        yield unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:>24}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _BatchShown(bars)


class _BatchShown:
    """Moves a bar for the movies, and one for each movie that is being tracked."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._movies = bars.add_task("movies", total=None, note="")
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, progress: BatchProgress) -> None:
        outcomes = progress.outcomes.values()
        n_failed = sum(outcome.state == "failed" for outcome in outcomes)
        n_ended = sum(outcome.state == "complete" for outcome in outcomes) + n_failed
        done = n_ended + sum(map(_share_done, progress.frames.values()))
        note = f"{n_failed} failed" if n_failed else ""
        self._bars.update(self._movies, completed=done, total=len(progress.outcomes), note=note)
        for name in [name for name in self._tasks if name not in progress.frames]:
            self._bars.remove_task(self._tasks.pop(name))
        for name, frames in progress.frames.items():
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name[-24:], total=frames.total, note="")
            self._bars.update(
                self._tasks[name], completed=frames.done, total=frames.total, note=frames.stage
            )


def _share_done(frames: Progress) -> float:
    """How much of a movie is done; measuring takes about a fifth of the time."""
    share = frames.done / max(frames.total, 1)
    return {"tracking": 0.8 * share, "measuring": 0.8 + 0.2 * share}.get(frames.stage, 0.0)
