"""`tracksam measure`, `convert`, `report` and `film`: what can be made of a result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracksam.cli.arguments import AxesOption
from tracksam.errors import InvalidInputError, WriteError

if TYPE_CHECKING:
    from tracksam.io.convert import Tracked
    from tracksam.lineage import Lineage
    from tracksam.masks import Masks
    from tracksam.stack import Stack

ResultArgument = Annotated[
    Path,
    typer.Argument(
        help="A run folder, a Cell Tracking Challenge result, label images, or any form that "
        "`tracksam convert` reads."
    ),
]
MovieOption = Annotated[
    Path | None,
    typer.Option(
        "--image",
        help="The movie, for pictures, intensities and calibration. A run knows where its own lay.",
    ),
]


def measure(
    result: ResultArgument,
    out: Annotated[Path, typer.Option(help="Folder for the tables; is made.")],
    image: MovieOption = None,
    axes: AxesOption = None,
    wide: Annotated[
        str | None, typer.Option(help="Also write this column with a column for each track.")
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Parquet in place of CSV (extra [parquet]).")
    ] = False,
) -> None:
    """Measure masks that are there already: tables of cells, tracks, frames, families and more."""
    from tracksam.io.parquet import write_parquet
    from tracksam.io.tables import write_table
    from tracksam.io.whole_folder import whole_folder
    from tracksam.report.tables import all_tables
    from tracksam.steps.measuring.wide import wide_table

    tracked, stack = _read(result, image, axes)
    if tracked.masks is None:
        raise InvalidInputError(f"{result} holds positions only; masks are needed to measure.")
    tables = all_tables(tracked.masks, stack, tracked.lineage, tracked.calibration)
    if wide is not None:
        tables[f"wide_{wide}"] = wide_table(tables["cells"], wide)
    with whole_folder(out) as building:
        building.mkdir()
        for name, table in tables.items():
            if parquet:
                write_parquet(building / f"{name}.parquet", table)
            else:
                write_table(building / f"{name}.csv", table)
    typer.echo(f"{len(tables['cells'])} cells in {len(tables['tracks'])} tracks  {out}")


def convert(
    source: ResultArgument,
    target: Annotated[
        Path, typer.Argument(help="Its ending says the form: .geff .zarr .xml .csv .json.")
    ],
    to: Annotated[
        str | None, typer.Option(help="ctc, png, geff, zarr, trackmate, csv or rle.")
    ] = None,
    axes: AxesOption = None,
) -> None:
    """Convert tracks and masks to another program's form; what it can not hold is said."""
    from tracksam.io.convert import convert as converted

    for sentence in converted(source, target, to, axes):
        typer.echo(sentence)
    typer.echo(f"written  {target}")


def report(
    result: ResultArgument,
    image: MovieOption = None,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    axes: AxesOption = None,
) -> None:
    """Write a page with charts, trees and the most doubtful places; it needs no network."""
    from tracksam.io.atomic import write_text
    from tracksam.io.run import RunFolder
    from tracksam.report import Findings, report_page
    from tracksam.steps.measure import measure as measured

    _refuse_existing(out)
    stack, masks, lineage = _with_movie(result, image, axes)
    is_run = (result / "run.json").is_file()
    record = RunFolder.open(result).record if is_run else None
    tables = measured(masks, stack, lineage)
    findings = Findings(stack, masks, lineage, tables, record)
    write_text(out, report_page(findings))
    typer.echo(f"report  {out}")


def film(
    result: ResultArgument,
    image: MovieOption = None,
    out: Annotated[Path, typer.Option(help="The film to write, .mp4 or .gif.")] = Path(
        "overlay.mp4"
    ),
    rate: Annotated[float, typer.Option(help="Frames per second.")] = 8.0,
    axes: AxesOption = None,
) -> None:
    """Write the movie with outlines, tails and ids as mp4 or GIF."""
    from tracksam.io.film import write_film
    from tracksam.report import overlay_frames

    _refuse_existing(out)
    write_film(overlay_frames(*_with_movie(result, image, axes)), out, rate)
    typer.echo(f"film  {out}")


def _read(result: Path, image: Path | None, axes: str | None) -> tuple[Tracked, Stack | None]:
    """What a result holds, and its movie, calibrated by the result if it is not itself."""
    import attrs

    from tracksam.io.convert import read_tracked
    from tracksam.io.images import read_movie
    from tracksam.io.run_sources import movie_of

    tracked = read_tracked(result, axes)
    for sentence in tracked.unread:
        typer.echo(sentence, err=True)
    stack = movie_of(result) if image is None else read_movie(image)
    if stack is None:
        return tracked, None
    known = tracked.calibration
    return tracked, attrs.evolve(
        stack,
        pixel_size_um=stack.pixel_size_um or known.pixel_size_um,
        frame_interval_s=stack.frame_interval_s or known.frame_interval_s,
    )


def _with_movie(result: Path, image: Path | None, axes: str | None) -> tuple[Stack, Masks, Lineage]:
    """A movie, its masks and its tracks, all of which must be there."""
    tracked, stack = _read(result, image, axes)
    if tracked.masks is None:
        raise InvalidInputError(f"{result} holds positions only; masks are needed for this.")
    if stack is None:
        raise InvalidInputError(
            f"{result} does not say where its movie lies, or it is there no more; name it with "
            "--image."
        )
    return stack, tracked.masks, tracked.lineage


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise WriteError(f"{path} exists; choose another name.")
