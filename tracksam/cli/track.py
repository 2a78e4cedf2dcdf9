"""`tracksam track`: one movie in, a run folder out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracksam.cli.arguments import (
    AxesOption,
    ExamplesOption,
    FollowOption,
    OverwriteOption,
    ResumeOption,
    SettingsOption,
    chosen_settings,
    on_exists,
    settings_file,
    text_of,
)
from tracksam.cli.options import with_settings
from tracksam.cli.query import require_one_way, with_query
from tracksam.cli.show import progress_bars, where_results_lie
from tracksam.cli.stop import StopWish
from tracksam.errors import InvalidInputError
from tracksam.settings import Settings

if TYPE_CHECKING:
    from tracksam.pipeline.finding.query import Query
    from tracksam.prompts import Marks
    from tracksam.record import RunRecord
    from tracksam.stack import Stack


MovieArgument = Annotated[
    Path | None,
    typer.Argument(
        help="A TIFF, OME-Zarr, video or .npy file, a folder or glob of numbered frames, or "
        "a Cell Tracking Challenge sequence. With --like the same one, if none is named.",
    ),
]
PromptsOption = Annotated[
    Path | None, typer.Option(help="CSV of marked objects: object_id,frame,kind,y,x,y1,x1.")
]
LikeOption = Annotated[
    Path | None,
    typer.Option(
        help="Repeat the run of this run.json: its movie, settings and marks, where nothing else "
        "is said."
    ),
]


@with_settings(Settings)
@with_query(in_one_frame=True)
def track(
    movie: MovieArgument = None,
    *,
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
    prompts: PromptsOption = None,
    examples: ExamplesOption = None,
    query: Query | None = None,
    follow: FollowOption = None,
    axes: AxesOption = None,
    settings: SettingsOption = None,
    like: LikeOption = None,
    overwrite: OverwriteOption = False,
    resume: ResumeOption = False,
    chosen: Mapping[str, Any],
) -> None:
    """Track one movie: masks, tracks, lineage and tables go into a run folder."""
    from tracksam.io.images import read_movie
    from tracksam.pipeline import track as run

    at_run = on_exists(overwrite, resume)
    if settings and like:
        raise InvalidInputError("give --settings or --like, not both.")
    require_one_way(query, prompts, examples)
    record = _record(like) if like else None
    start = Settings.from_mapping(record.settings) if record else settings_file(settings)
    wanted = chosen_settings(start, chosen, True if query and follow is None else follow)
    path, axes = (movie, axes) if movie else _movie(record, axes)
    stack = read_movie(path, wanted.read, axes=axes)
    if query is not None:
        marks = _found(query, stack, wanted)
    else:
        kept = like if record and record.input.marks_sha256 else None
        marks = _marks(prompts, examples or [], kept)
    with StopWish() as stop, progress_bars() as bars:
        result = run(
            stack,
            marks,
            settings=wanted,
            out=out,
            on_exists=at_run,
            progress=lambda now: bars(now) or stop.is_wished,
        )
    where_results_lie(result)


def _found(query: Query, stack: Stack, settings: Settings) -> Marks:
    """Look for what is to be followed, and say how much there is."""
    from tracksam.pipeline.finding.query import NOTHING_FOUND

    marks = query.marks(stack, settings)
    typer.echo(f"{len(marks.object_ids)} found in frame {query.frame}")
    if not marks.object_ids:
        typer.echo(NOTHING_FOUND)
    return marks


def _record(like: Path) -> RunRecord:
    from tracksam.record import RunRecord

    return RunRecord.from_json(text_of(like))


def _movie(record: RunRecord | None, axes: str | None) -> tuple[Path, str | None]:
    """The movie of the run that is to be repeated."""
    if record is None:
        raise InvalidInputError("name a movie, or the run.json of a run to repeat with --like.")
    if record.input.path is None:
        raise InvalidInputError("that run's movie was no file; name a movie.")
    return Path(record.input.path), axes or record.input.axes


def _marks(prompts: Path | None, examples: list[Path], like: Path | None) -> Marks:
    """What is marked: in the files that are named, else in the run that is to be repeated."""
    from tracksam.io.marks import read_marks
    from tracksam.io.run import RunFolder

    if like and not (prompts or examples):
        return RunFolder.open(like.parent).marks
    return read_marks(prompts, examples)
