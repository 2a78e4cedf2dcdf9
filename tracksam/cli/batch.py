"""`tracksam batch`: many movies in, a run folder each out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracksam.cli.arguments import (
    ExamplesOption,
    FollowOption,
    ResumeOption,
    SettingsOption,
    chosen_settings,
    settings_file,
)
from tracksam.cli.options import with_settings
from tracksam.cli.query import require_one_way, with_query
from tracksam.cli.show import batch_bars
from tracksam.errors import InvalidInputError
from tracksam.settings import Settings

if TYPE_CHECKING:
    from tracksam.batching import BatchResult, Cluster, Entry
    from tracksam.pipeline.finding.query import Query


INTERRUPTED = 130
"""Exit code of what Ctrl-C stopped: 128 and the number of the signal."""

MoviesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="A manifest (.csv with the column movie, and name, prompts, axes, settings as "
        "needed), a glob in quotes, or movies. Not needed with --resume.",
    ),
]
PromptsOption = Annotated[
    Path | None, typer.Option(help="Folder with what is marked in each movie: NAME.csv.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(help="Processes on this machine; 1: this one alone. Default: one a core."),
]
SchedulerOption = Annotated[
    str | None, typer.Option(help="Address or file of a Dask scheduler, whose workers do it.")
]
GpusOption = Annotated[
    int, typer.Option(help="Graphics cards to use, a process and a movie at a time for each.")
]
ParquetOption = Annotated[
    bool, typer.Option("--parquet", help="Joint tables as Parquet too (extra [parquet]).")
]


@with_settings(Settings)
@with_query(in_one_frame=True)
def batch(
    movies: MoviesArgument = None,
    out: Annotated[Path, typer.Option(help="The folder of the batch.")] = ...,  # type: ignore[assignment]
    settings: SettingsOption = None,
    prompts: PromptsOption = None,
    examples: ExamplesOption = None,
    query: Query | None = None,
    follow: FollowOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    gpus: GpusOption = 0,
    resume: ResumeOption = False,
    parquet: ParquetOption = False,
    *,
    chosen: Mapping[str, Any],
) -> None:
    """Track many movies, each into a run folder of its own; one bad movie stops no other."""
    from tracksam.batching import Cluster
    from tracksam.batching.joint import require_parquet, write_joint_parquet
    from tracksam.batching.ledger import planned_settings

    if parquet:
        require_parquet()
    require_one_way(query, prompts, examples)
    is_as_planned = resume and not (settings or chosen or follow is not None or query)
    start = planned_settings(out) if is_as_planned else settings_file(settings)
    wanted = chosen_settings(start, chosen, True if query and follow is None else follow)
    entries = _entries(movies or [], out, prompts, resume)
    entries = _sought(entries, examples or [], query)
    result = _run(entries, out, wanted, Cluster(workers, scheduler, gpus), resume)
    if parquet:
        write_joint_parquet(result.folder)
    _told(result)


def _run(
    entries: list[Entry], out: Path, settings: Settings, cluster: Cluster, resume: bool
) -> BatchResult:
    from tracksam.batching import batch as run

    try:
        with batch_bars() as bars:
            return run(
                entries, out, settings=settings, cluster=cluster, resume=resume, progress=bars
            )
    except KeyboardInterrupt:
        typer.echo(f"stopped; what is done stays in {out}, --resume goes on.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _sought(entries: list[Entry], examples: list[Path], query: Query | None) -> list[Entry]:
    """The movies with what is looked for in each of them."""
    from tracksam.batching.entry import with_examples, with_query

    entries = with_examples(entries, examples)
    return entries if query is None else with_query(entries, query)


def _entries(movies: list[str], out: Path, prompts: Path | None, resume: bool) -> list[Entry]:
    from tracksam.batching.entry import with_prompts
    from tracksam.batching.ledger import planned_entries
    from tracksam.batching.run import entries_of

    if not movies and not resume:
        raise InvalidInputError("name movies: a manifest (.csv), a glob in quotes, or files.")
    entries = entries_of(movies) if movies else planned_entries(out)
    return entries if prompts is None else with_prompts(entries, prompts)


def _told(result: BatchResult) -> None:
    """Print what became of the batch; exit with 1 where a movie failed."""
    for outcome in result.failed:
        typer.echo(f"{outcome.name}: {outcome.error or outcome.state}", err=True)
    n_done = len(result.outcomes) - len(result.failed)
    typer.echo(f"{n_done} of {len(result.outcomes)} movies complete")
    for name in ("batch.csv", "cells.csv", "report.html"):
        typer.echo(f"{name:>12}  {result.folder / name}")
    if result.failed:
        raise typer.Exit(1)
