"""`tracksam demo`: a sample movie, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracksam.cli.show import progress_bars, where_results_lie

if TYPE_CHECKING:
    from tracksam.stack import Stack

SAMPLE = Path(__file__).parents[2] / "sample_data" / "nuclei.tif"


def demo(
    out: Annotated[Path, typer.Option(help="The run folder to make.")] = Path("tracksam-demo"),
) -> None:
    """Track a sample movie end to end, offline; an earlier demo is replaced."""
    from tracksam.pipeline import track

    with progress_bars() as report:
        result = track(_sample(), out=out, on_exists="overwrite", progress=report)
    where_results_lie(result)


def _sample() -> Stack:
    """The sample movie: its file in a checkout; outside of one it is simulated again."""
    if SAMPLE.exists():
        from tracksam.io.images import read_movie

        return read_movie(SAMPLE)
    from tracksam.simulate import sample

    return sample("nuclei").stack
