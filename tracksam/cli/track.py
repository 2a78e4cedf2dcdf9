"""`tracksam track`: one movie in, a run folder out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracksam.cli.options import with_settings
from tracksam.cli.show import progress_bars, where_results_lie
from tracksam.cli.stop import StopWish
from tracksam.errors import InvalidInputError, ReadError
from tracksam.settings import Settings

if TYPE_CHECKING:
    from tracksam.prompts import Marks
    from tracksam.record import RunRecord


@with_settings(Settings)
def track(
    movie: Annotated[
        Path | None,
        typer.Argument(
            help="A TIFF, OME-Zarr, video or .npy file, a folder or glob of numbered frames, or "
            "a Cell Tracking Challenge sequence. With --like the same one, if none is named.",
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
    prompts: Annotated[
        Path | None,
        typer.Option(help="CSV of marked objects: object_id,frame,kind,y,x,y1,x1."),
    ] = None,
    examples: Annotated[
        list[Path] | None,
        typer.Option(
            help="Examples (made by `tracksam examples`): only cells like them are kept. Give it "
            "again for another kind."
        ),
    ] = None,
    follow: Annotated[
        bool | None,
        typer.Option(
            "--follow/--all",
            help="Follow only what is marked and its descendants, or track everything.",
        ),
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option(help="The file's axes, a letter each of TCZYX, if it has no names."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="Settings as TOML; options on the command line win.")
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="Repeat the run of this run.json: its movie, settings and marks, where nothing "
            "else is said."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    chosen: Mapping[str, Any],
) -> None:
    """Track one movie: masks, tracks, lineage and tables go into a run folder."""
    from tracksam.io.images import read_movie
    from tracksam.pipeline import track as run

    if overwrite and resume:
        raise InvalidInputError("give --overwrite or --resume, not both.")
    if settings and like:
        raise InvalidInputError("give --settings or --like, not both.")
    record = _record(like) if like else None
    wanted = _settings(settings, record).changed(chosen)
    if follow is not None:
        wanted = wanted.changed({"mode": "follow" if follow else "all"})
    path, axes = (movie, axes) if movie else _movie(record, axes)
    stack = read_movie(path, wanted.read, axes=axes)
    marks = _marks(prompts, examples or [], like if record and record.input.marks_sha256 else None)
    on_exists = "overwrite" if overwrite else "resume" if resume else "refuse"
    with StopWish() as stop, progress_bars() as bars:
        result = run(
            stack,
            marks,
            settings=wanted,
            out=out,
            on_exists=on_exists,
            progress=lambda now: bars(now) or stop.is_wished,
        )
    where_results_lie(result)


def _record(like: Path) -> RunRecord:
    from tracksam.record import RunRecord

    return RunRecord.from_json(_text(like))


def _settings(settings: Path | None, record: RunRecord | None) -> Settings:
    if record:
        return Settings.from_mapping(record.settings)
    return Settings.from_toml(_text(settings)) if settings else Settings()


def _movie(record: RunRecord | None, axes: str | None) -> tuple[Path, str | None]:
    """The movie of the run that is to be repeated."""
    if record is None:
        raise InvalidInputError("name a movie, or the run.json of a run to repeat with --like.")
    if record.input.path is None:
        raise InvalidInputError("that run's movie was no file; name a movie.")
    return Path(record.input.path), axes or record.input.axes


def _marks(prompts: Path | None, examples: list[Path], like: Path | None) -> Marks:
    """What is marked: in the files that are named, else in the run that is to be repeated."""
    from tracksam.io.examples import read_examples
    from tracksam.io.found import read_kinds
    from tracksam.io.run import RunFolder
    from tracksam.io.tables import read_prompts
    from tracksam.prompts import Boxes, Marks, Prompts

    if like and not (prompts or examples):
        return RunFolder.open(like.parent).marks
    points, boxes = read_prompts(prompts) if prompts else (Prompts(), Boxes())
    kinds = read_kinds(prompts) if prompts else {}
    shown = tuple(read_examples(path) for path in examples)
    return Marks(points, boxes, examples=shown, kinds=kinds)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} can not be read as text: {error}.") from None
