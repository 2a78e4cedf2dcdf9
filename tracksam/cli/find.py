"""`tracksam examples`, `find` and `kinds`: what is like what was shown, without clicking it all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracksam.cli.arguments import (
    AxesOption,
    ExamplesOption,
    OverwriteOption,
    on_exists,
)
from tracksam.cli.options import with_settings
from tracksam.cli.query import with_query
from tracksam.cli.show import progress_bars, table
from tracksam.cli.stop import StopWish
from tracksam.errors import InvalidInputError, WriteError
from tracksam.settings import Settings

if TYPE_CHECKING:
    from tracksam.pipeline.finding.query import Query
    from tracksam.pipeline.finding.search import Look, Tally

SECTIONS = ("read", "segment", "find")

MovieArgument = Annotated[Path, typer.Argument(help="Any movie that `tracksam track` reads.")]


@with_settings(Settings, SECTIONS)
def examples(
    movie: MovieArgument,
    points: Annotated[
        Path,
        typer.Option(
            help="CSV of points: object_id,frame,kind,y,x; positive: wanted, negative: unwanted."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file of examples to make, .npz.")] = Path(
        "examples.npz"
    ),
    name: Annotated[str, typer.Option(help="What the wanted kind is called.")] = "wanted",
    add: Annotated[
        bool, typer.Option("--add", help="Add to the examples that the file holds already.")
    ] = False,
    axes: AxesOption = None,
    overwrite: OverwriteOption = False,
    *,
    chosen: Mapping[str, Any],
) -> None:
    """Show a few cells that you want more of, and some that you do not; their like is found."""
    from tracksam.io.examples import read_examples, write_examples
    from tracksam.io.images import read_movie
    from tracksam.io.png import write_png
    from tracksam.io.tables import read_prompts
    from tracksam.pipeline.finding.collect import collect_examples
    from tracksam.report.contact import example_sheet

    if out.exists() and not (add or overwrite):
        raise WriteError(f"{out} exists; give --add to add to it, or --overwrite.")
    settings = Settings().changed(chosen)
    marked, boxes = read_prompts(points)
    if len(boxes):
        raise InvalidInputError(f"{points} holds boxes; examples are shown by points.")
    stack = read_movie(movie, settings.read, axes=axes)
    found = collect_examples(stack, marked, name=name, settings=settings)
    if add and out.exists():
        found = read_examples(out).joined(found)
    write_examples(out, found)
    sheet = out.with_suffix(".png")
    write_png(sheet, example_sheet(found))
    typer.echo(f"{len(found.wanted)} wanted, {len(found.unwanted)} unwanted  {out}")
    typer.echo(f"pictures  {sheet}")


@with_settings(Settings, SECTIONS)
@with_query(in_one_frame=False)
def find(
    source: Annotated[
        Path, typer.Argument(help="A movie; with --stills a folder of images of any size.")
    ],
    out: Annotated[Path, typer.Option(help="The table to write, .csv.")],
    examples: ExamplesOption = None,
    query: Query | None = None,
    stills: Annotated[
        bool, typer.Option("--stills", help="Look at every image of a folder, however many.")
    ] = False,
    every: Annotated[
        int, typer.Option(min=1, help="Of a movie, look at every so many frames.")
    ] = 1,
    overwrite: OverwriteOption = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted search ended.")
    ] = False,
    *,
    chosen: Mapping[str, Any],
) -> None:
    """Find cells like examples or a reference, or what words describe, in a movie or in stills."""
    from tracksam.io.found import FoundTable, looked_at
    from tracksam.io.images import read_movie
    from tracksam.pipeline.finding.search import search_movie, search_stills, still_paths

    at_table = on_exists(overwrite, resume)
    settings = Settings().changed(chosen)
    look = _look(examples or [], query, settings)
    with FoundTable.open(out, at_table) as opened, StopWish() as stop, progress_bars() as bars:
        if stills:
            tally = search_stills(
                still_paths(source),
                look,
                opened,
                settings,
                lambda now: bars(now) or stop.is_wished,
            )
        else:
            stack = read_movie(source, settings.read)
            tally = search_movie(stack, look, range(0, stack.n_frames, every), opened)
    _tell(tally, out, looked_at(out), is_by_words=query is not None and bool(query.words))


@with_settings(Settings, SECTIONS)
def kinds(
    movie: MovieArgument,
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    count: Annotated[
        int | None, typer.Option(min=2, help="How many kinds; found from the cells if not given.")
    ] = None,
    frames: Annotated[
        int, typer.Option(min=1, help="How many frames, evenly spread, are looked at.")
    ] = 5,
    *,
    chosen: Mapping[str, Any],
) -> None:
    """Sort a movie's cells into kinds without any example: a page of pictures for each."""
    from tracksam.io.examples import write_examples
    from tracksam.io.images import read_movie
    from tracksam.io.png import write_png
    from tracksam.io.whole_folder import whole_folder
    from tracksam.pipeline.finding.sort import sorted_kinds
    from tracksam.report.contact import example_sheet

    settings = Settings().changed(chosen)
    stack = read_movie(movie, settings.read)
    found = sorted_kinds(stack, count, frames, settings)
    with whole_folder(out) as building:
        building.mkdir()
        for kind in found:
            write_examples(building / f"{kind.name}.npz", kind.examples)
            write_png(building / f"{kind.name}.png", example_sheet(kind.examples))
    table(
        ("kind", "cells", "pictures"), [(k.name, k.n_cells, out / f"{k.name}.png") for k in found]
    )


def _look(examples: list[Path], query: Query | None, settings: Settings) -> Look:
    from tracksam.io.examples import read_examples
    from tracksam.pipeline.finding.search import LikeExamples

    if bool(examples) == (query is not None):
        raise InvalidInputError(
            "give what is looked for: either --examples or --words or --reference."
        )
    if query is not None:
        return query.look(settings)
    return LikeExamples.of(tuple(read_examples(path) for path in examples), settings)


def _tell(tally: Tally, out: Path, looked: Path, *, is_by_words: bool) -> None:
    typer.echo(f"{tally.n_found} found in {tally.n_images} images  {out}")
    if tally.n_failed:
        typer.echo(f"{tally.n_failed} could not be looked at; why is in  {looked}")
    if not tally.n_found and tally.n_images > tally.n_failed:
        lower = "--min-word-score" if is_by_words else "--min-likeness"
        other = "another phrase" if is_by_words else "more examples"
        typer.echo(f"nothing is likely enough: try a lower {lower}, or {other}.")
