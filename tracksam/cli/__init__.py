"""The command line: one door to the core.

A `TracksamError` is printed on one line and the exit code is 1; anything else keeps its traceback.
"""

from __future__ import annotations

import sys

import typer

from tracksam.cli.batch import batch
from tracksam.cli.demo import demo
from tracksam.cli.find import examples, find, kinds
from tracksam.cli.inspect import backends, evaluate
from tracksam.cli.link import link
from tracksam.cli.results import convert, film, measure, report
from tracksam.cli.simulate import simulate
from tracksam.cli.track import track
from tracksam.cli.weights import app as weights
from tracksam.errors import TracksamError

app = typer.Typer(
    name="tracksam",
    help="Follow cells through microscope time-lapses, and objects through video.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("track")(track)
app.command("batch")(batch)
app.command("link")(link)
app.command("examples")(examples)
app.command("find")(find)
app.command("kinds")(kinds)
app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("evaluate")(evaluate)
app.command("measure")(measure)
app.command("report")(report)
app.command("film")(film)
app.command("convert")(convert)
app.command("backends")(backends)
app.add_typer(weights, name="weights")


@app.callback(invoke_without_command=True)
def version(
    show: bool = typer.Option(False, "--version", is_eager=True, help="Print the version."),
) -> None:
    """Follow cells through microscope time-lapses, and objects through video."""
    if show:
        from tracksam import __version__

        typer.echo(f"tracksam {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    try:
        app()
    except TracksamError as error:
        typer.echo(f"tracksam: {one_line(error)}", err=True)
        sys.exit(1)


def one_line(error: TracksamError) -> str:
    """Return an error's message on one line."""
    return " ".join(str(error).split())
