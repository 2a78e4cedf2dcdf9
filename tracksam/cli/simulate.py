"""`tracksam simulate`: a movie of made-up cells with complete truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracksam.cli.options import assigned
from tracksam.errors import InvalidInputError, SettingsError, WriteError


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for NAME.tif and NAME_GT.")],
    name: Annotated[str, typer.Option(help="What to call the movie.")] = "movie",
    situation: Annotated[
        str | None, typer.Option(help="A named situation (still, dividing, ...) instead of --set.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the movie, such as --set n_cells=30."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.", min=0)] = 0,
) -> None:
    """Simulate a movie, with its truth as a Cell Tracking Challenge folder beside it."""
    from tracksam import simulate as simulation
    from tracksam.io.ctc import write_truth
    from tracksam.io.tiff import write_movie
    from tracksam.settings import with_values

    if Path(name).name != name:
        raise InvalidInputError(f"--name is a file's name without folders, got {name!r}.")
    if situation is not None and values:
        raise SettingsError("give --situation or --set, not both.")
    movie, truth = out / f"{name}.tif", out / f"{name}_GT"
    for path in (movie, truth):
        if path.exists():
            raise WriteError(f"{path} exists; choose another folder or name.")
    if situation is not None:
        made = simulation.situation(situation, seed=seed)
    else:
        chosen = {"seed": seed, **assigned(values or [])}
        made = simulation.movie(with_values(simulation.MovieSettings(), chosen))
    out.mkdir(parents=True, exist_ok=True)
    write_movie(made.stack, movie)
    write_truth(made.masks, made.lineage, truth)
    typer.echo(f"{made.stack.n_frames} frames, {made.lineage.n_tracks} tracks")
    typer.echo(f"movie  {movie}")
    typer.echo(f"truth  {truth}")
