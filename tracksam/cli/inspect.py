"""`tracksam evaluate` and `tracksam backends`: how good a result is, and what can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracksam.cli.show import table
from tracksam.registry import BackendInfo


def evaluate(
    result: Annotated[
        Path, typer.Argument(help="A run folder, or any Cell Tracking Challenge result folder.")
    ],
    truth: Annotated[Path, typer.Argument(help="The truth, such as 01_GT.")],
    explain: Annotated[
        Path | None,
        typer.Option(help="Also write every failure, with its cause and pictures, here."),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(
            "--image",
            help="The movie, for the pictures of failures. A run knows where its own lay.",
        ),
    ] = None,
    stills: Annotated[
        bool,
        typer.Option(
            "--stills",
            help="Compare segmenters on labelled images: RESULT is the images, TRUTH the labels "
            "(label images, BBBC038 folders, COCO .json, PanNuke .npy).",
        ),
    ] = False,
    segmenter: Annotated[
        list[str] | None,
        typer.Option(help="With --stills: a back end; give it again for another. Default: nano."),
    ] = None,
    told: Annotated[
        str,
        typer.Option(
            help="With --stills: what they are told of each true object: nothing, point or box."
        ),
    ] = "nothing",
    out: Annotated[
        Path | None,
        typer.Option(help="With --stills: folder for a table of images and the worst of them."),
    ] = None,
) -> None:
    """Compare a result with the truth: SEG, DET, TRA, LNK, CHOTA, divisions (extra [eval])."""
    if stills:
        from tracksam.cli.stills import evaluate_images

        evaluate_images(result, truth, segmenter or ["nano"], told, out)
        return
    from tracksam.evaluate import evaluate as scores

    table(("measure", "value", "meaning"), scores(result, truth).to_rows())
    if explain is not None:
        _explain(result, truth, explain, image)


def _explain(result: Path, truth: Path, out: Path, image: Path | None) -> None:
    """Write failures as a table and pictures; print how many there are of each kind."""
    from tracksam.evaluate import explain
    from tracksam.evaluate.failure_pictures import Scene, failure_sheets
    from tracksam.io.images import read_movie
    from tracksam.io.png import write_png
    from tracksam.io.run_sources import movie_of
    from tracksam.io.tables import write_table
    from tracksam.io.whole_folder import whole_folder
    from tracksam.stack import Stack

    found = explain(result, truth)
    stack = movie_of(result) if image is None else read_movie(image)
    stack = Stack.of_masks(found.result) if stack is None else stack
    scene = Scene(stack, found.truth, found.result)
    with whole_folder(out) as building:
        building.mkdir()
        write_table(building / "failures.csv", found.to_table())
        for what, picture_yxc in failure_sheets(found.failures, scene):
            name = what.replace(",", "").replace(" ", "-")
            write_png(building / f"{name}.png", picture_yxc)
    typer.echo()
    table(("failure", "candidates", "number"), found.counts())
    typer.echo(f"every one  {out / 'failures.csv'}")


def backends() -> None:
    """List the back ends: which are ready, what mends the others, size, device and licence."""
    from tracksam import registry

    found = [(group, info) for group in registry.GROUPS for info in registry.describe(group)]
    rows = [
        (
            info.name,
            group.removeprefix("tracksam.").removesuffix("s").replace("_", " "),
            "yes" if info.is_usable else "no",
            *_facts(info),
        )
        for group, info in found
    ]
    table(("name", "kind", "ready", "installed", "weights", "MB", "device", "licence"), rows)
    for name, mend in {info.name: info.mend for _, info in found if info.mend}.items():
        typer.echo(f"{name}: {mend}")


def _facts(info: BackendInfo) -> tuple[str | None, ...]:
    """Whether it is installed, whether weights are there, their size, device and licence."""
    card = info.card
    installed = "no" if info.problem else "yes"
    if card is None:
        return installed, None, None, None, None
    words = {None: "none needed", True: "there", False: "missing"}
    size = None if info.megabytes is None else f"{info.megabytes:.0f}"
    return installed, words[info.weights_there], size, card.device, card.licence
