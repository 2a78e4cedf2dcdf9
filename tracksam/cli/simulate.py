"""`tracksam simulate`: a movie of made-up cells with complete truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracksam.errors import InvalidInputError, WriteError


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for NAME.tif, NAME_GT and NAME.csv.")],
    name: Annotated[str, typer.Option(help="What to call the movie.")] = "movie",
    situation: Annotated[
        str | None, typer.Option(help="A named situation (still, dividing, ...) instead.")
    ] = None,
    style: Annotated[str, typer.Option(help="Microscopy style, such as phase.")] = "fluorescence",
    frames: Annotated[int, typer.Option(help="Number of frames.", min=1)] = 24,
    height: Annotated[int, typer.Option(help="Rows of a frame.", min=16)] = 192,
    width: Annotated[int, typer.Option(help="Columns of a frame.", min=16)] = 256,
    cells: Annotated[int, typer.Option(help="Cells in the first frame.", min=0)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.", min=0)] = 0,
) -> None:
    """Simulate a movie, with its truth as a Cell Tracking Challenge folder beside it."""
    from tracksam import simulate as simulation
    from tracksam.io.ctc import write_truth
    from tracksam.io.tiff import write_movie

    if situation is not None:
        made = simulation.situation(situation, style=style, seed=seed)
    else:
        settings = simulation.MovieSettings(
            style=style, n_frames=frames, shape_yx=(height, width), n_cells=cells, seed=seed
        )
        made = simulation.movie(settings)
    if Path(name).name != name:
        raise InvalidInputError(f"--name is a file's name without folders, got {name!r}.")
    movie, truth = out / f"{name}.tif", out / f"{name}_GT"
    for path in (movie, truth):
        if path.exists():
            raise WriteError(f"{path} exists; choose another folder or name.")
    write_movie(made.stack, movie)
    write_truth(made.masks, made.lineage, truth)
    typer.echo(f"{made.stack.n_frames} frames, {made.lineage.n_tracks} tracks")
    typer.echo(f"movie  {movie}")
    typer.echo(f"truth  {truth}")
