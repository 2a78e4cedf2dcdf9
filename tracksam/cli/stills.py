"""`tracksam evaluate --stills`: segmenters beside each other on labelled images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracksam.cli.show import table
from tracksam.errors import InvalidInputError

if TYPE_CHECKING:
    from tracksam.evaluate.stills import StillScore
    from tracksam.io.stills import LabelledStill

N_WORST = 5
_SHOWN = ("segmenter", "n_images", "n_truth", "n_found", "iou", "dice")
_SHOWN_LAST = ("precision_50", "recall_50", "ap_50", "ap_75", "ap", "image_ap_50", "seconds")


def evaluate_images(
    images: Path, labels: Path, segmenters: list[str], told: str, out: Path | None
) -> None:
    """Print how well segmenters draw the objects of images; write every image and the worst.

    Parameters
    ----------
    images, labels : Path
        As for `tracksam.io.stills.read_stills`.
    segmenters : list of str
        Names of back ends.
    told : str
        What they are told of the true objects.
    out : Path or None
        Folder for tables and pictures.
    """
    from tracksam.evaluate.stills import TOLD, evaluate_stills, summary
    from tracksam.io.stills import read_stills

    if told not in TOLD:
        raise InvalidInputError(f"--told must be one of {', '.join(TOLD)}; got {told!r}.")
    scores: dict[str, list[StillScore]] = {name: [] for name in segmenters}
    worst: dict[str, list[tuple[LabelledStill, StillScore]]] = {name: [] for name in segmenters}
    for still, score in evaluate_stills(read_stills(images, labels), segmenters, told):
        scores[score.segmenter].append(score)
        kept = [*worst[score.segmenter], (still, score)]
        worst[score.segmenter] = sorted(kept, key=lambda pair: _quality(pair[1]))[:N_WORST]
    if not any(scores.values()):
        raise InvalidInputError(f"{labels} holds no labelled image.")
    overall = [summary(of_one) for of_one in scores.values()]
    shown = (*_SHOWN, *_SHOWN_LAST)
    table(shown, [[row[name] for name in shown] for row in overall])
    if out is not None:
        _write(out, overall, scores, worst)
        typer.echo(f"every image and the worst  {out}")


def _quality(score: StillScore) -> float:
    value = score.row()["ap_50"]
    return float(value) if isinstance(value, float) and value == value else 2.0


def _write(
    out: Path,
    overall: list[dict[str, object]],
    scores: dict[str, list[StillScore]],
    worst: dict[str, list[tuple[LabelledStill, StillScore]]],
) -> None:
    import pandas as pd

    from tracksam.io.png import write_png
    from tracksam.io.tables import write_table
    from tracksam.io.whole_folder import whole_folder
    from tracksam.report.stills import compared

    with whole_folder(out) as building:
        building.mkdir()
        write_table(building / "overall.csv", pd.DataFrame(overall))
        rows = [score.row() for of_one in scores.values() for score in of_one]
        write_table(building / "images.csv", pd.DataFrame(rows))
        for name, pairs in worst.items():
            for rank, (still, score) in enumerate(pairs, start=1):
                title = (
                    f"{name}, {still.name}: AP50 {_quality(score):.2f}; green is true, red found"
                )
                picture = compared(still.image_yxc, still.truth, score.found, title)
                write_png(building / f"worst-{name}-{rank}.png", picture)
