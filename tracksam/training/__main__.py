"""`python -m tracksam.training`: train, export, evaluate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tracksam.errors import TracksamError
from tracksam.training.linking.make import LinkTraining, train_links
from tracksam.training.make import Making, evaluate_folder, export_run, make_cache, train_run

app = typer.Typer(
    help="Make the shipped model: train, export, evaluate.",
    no_args_is_help=True,
    add_completion=False,
)

LINKS = LinkTraining()
Out = Annotated[Path, typer.Option(help="Folder of the training: cache, checkpoint, pictures.")]
Real = Annotated[
    list[Path] | None,
    typer.Option(
        help="Folder with images/*.png and labels/*.png, or NN of a movie with NN_GT/SEG; "
        "may be given several times."
    ),
]


@app.command()
def train(
    out: Out,
    real: Real = None,
    minutes: Annotated[
        float, typer.Option(help="Wall time of the steps; the second network takes a third more.")
    ] = 90.0,
    seed: Annotated[int, typer.Option(help="Of crops, weights, clicks and batches.")] = 1,
    shards: Annotated[int, typer.Option(help="Shards of 64 crops a source.")] = 50,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train from nothing or from where a training was interrupted; the result is OUT/model."""
    making = Making(out, tuple(real or ()), minutes, seed, shards, device)
    make_cache(making, _say)
    train_run(making, _say)
    export_run(out, out / "model", making.real, _say)
    _refine(out / "model", out, making.real, minutes / 3, seed)


@app.command()
def export(
    out: Out,
    to: Annotated[Path, typer.Option(help="Folder for nano.onnx and nano.json.")],
    real: Real = None,
) -> None:
    """Write the weights of a training again, with calibrated scores, and pictures of examples."""
    export_run(out, to, tuple(real or ()), _say)


@app.command()
def refine(
    out: Out,
    weights: Annotated[
        Path | None,
        typer.Option(help="Folder of nano.onnx; refine.onnx is added.", show_default="OUT/model"),
    ] = None,
    real: Real = None,
    minutes: Annotated[float, typer.Option(help="Wall time of the steps.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of stills, clicks, weights and batches.")] = 1,
) -> None:
    """Train the network that redraws masks after clicks; go on where that was interrupted."""
    _refine(weights or out / "model", out, tuple(real or ()), minutes, seed)


@app.command()
def evaluate(
    real: Annotated[list[Path], typer.Option(help="Folder as `train` takes it.")],
    weights: Annotated[Path | None, typer.Option(help="Other weights than the shipped.")] = None,
) -> None:
    """Print SEG and average precision on the validation half of folders."""
    for folder in real:
        _say(evaluate_folder(folder, weights))


@app.command("small-sam")
def small_sam(
    out: Annotated[Path, typer.Option(help="File of the weights.")],
    minutes: Annotated[float, typer.Option(help="Wall time of the steps.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of scenes, weights and prompts.")] = 1,
    start: Annotated[Path | None, typer.Option(help="Weights to go on from.")] = None,
) -> None:
    """Train the small network in segment-anything's layout that the tests use."""
    from tracksam.training.small_sam import SmallRecipe, train_small_sam

    train_small_sam(SmallRecipe(minutes=minutes, seed=seed, start=start), out, _say)


@app.command()
def link(
    to: Annotated[Path, typer.Option(help="Folder for link.json.")],
    real: Annotated[
        list[Path] | None, typer.Option(help="Folder NN_GT/TRA that may be trained on.")
    ] = None,
    movies: Annotated[int, typer.Option(help="Simulated movies to learn from.")] = LINKS.movies,
    workers: Annotated[int, typer.Option(help="Processes that make them.")] = LINKS.workers,
) -> None:
    """Learn the odds of linking and calibrate its confidences."""
    train_links(LinkTraining(movies, real=tuple(real or ()), workers=workers), to, _say)


def _refine(weights: Path, out: Path, real: tuple[Path, ...], minutes: float, seed: int) -> None:
    from tracksam.training.refine.make import Refining, make_refiner

    make_refiner(Refining(weights, out / "refine", real, minutes, seed), _say)


def _say(line: str) -> None:
    typer.echo(line)


def main() -> None:
    """Run the command line; an error of ours is one line."""
    try:
        app()
    except TracksamError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
