"""`tracksam weights`: what there is, where it lies, whether it is right; and how to get it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from tracksam.cli.show import table

app = typer.Typer(
    help="Weights of large models: list, get, verify, where.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_all() -> None:
    """List all weights: whether they are here, how large they are, and their licences."""
    from tracksam import weights

    rows = [
        (
            one.name,
            "yes" if weights.find(one.name) else "no",
            None if one.megabytes is None else f"{one.megabytes:.0f}",
            one.licence if one.is_commercial else f"{one.licence} (no commercial use)",
            one.layout,
            one.source,
        )
        for one in weights.catalogue().values()
    ]
    table(("name", "here", "MB", "licence", "layout", "source"), rows)


@app.command("get")
def get(
    names: Annotated[list[str], typer.Argument(help="Names of `tracksam weights list`.")],
    accept_licence: Annotated[
        bool,
        typer.Option("--accept-licence", help="Accept a licence that forbids commercial use."),
    ] = False,
) -> None:
    """Download weights, or complete a download that broke off, and check them."""
    from tracksam import weights

    for name in names:
        with _bar(name) as fetched:
            path = weights.get(name, accept_licence=accept_licence, fetched=fetched, say=typer.echo)
        typer.echo(str(path))


@app.command("verify")
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of `tracksam weights list`; default: all.")
    ] = None,
) -> None:
    """Check size and hash of weights that are here; exit code 1 if one is not right."""
    from tracksam import weights
    from tracksam.errors import WeightsError

    wrong = False
    for name in names or [n for n in weights.catalogue() if weights.find(n)]:
        try:
            typer.echo(f"right  {weights.verify(name)}")
        except WeightsError as error:
            wrong = True
            typer.echo(f"wrong  {' '.join(str(error).split())}")
    if wrong:
        raise typer.Exit(1)


@app.command("where")
def where(
    name: Annotated[str | None, typer.Argument(help="Default: the folder of all.")] = None,
) -> None:
    """Print the folder of weights, or the place of one file, whether or not it is there."""
    from tracksam import weights

    typer.echo(str(weights.folder() / weights.entry(name).file if name else weights.folder()))


@contextlib.contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], object]]:
    """Give a function that moves a bar of bytes; nothing is shown without a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
