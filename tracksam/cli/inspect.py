"""`tracksam evaluate` and `tracksam backends`: how good a result is, and what can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracksam.cli.show import table


def evaluate(
    result: Annotated[
        Path, typer.Argument(help="A run folder, or any Cell Tracking Challenge result folder.")
    ],
    truth: Annotated[Path, typer.Argument(help="The truth, such as 01_GT.")],
) -> None:
    """Compare a result with the truth: SEG, DET, TRA, LNK, CHOTA, divisions (extra [eval])."""
    from tracksam.evaluate import evaluate as scores

    table(("measure", "value", "meaning"), scores(result, truth).to_rows())


def backends() -> None:
    """List the back ends: which are ready, what the others lack, and their licences."""
    from tracksam import registry

    rows = [
        (
            info.name,
            group.removeprefix("tracksam.").removesuffix("s").replace("_", " "),
            info.problem or ("weights are missing" if info.weights_there is False else "yes"),
            info.card.weights or "none needed" if info.card else None,
            info.card.device if info.card else None,
            info.card.licence if info.card else None,
        )
        for group in registry.GROUPS
        for info in registry.describe(group)
    ]
    table(("name", "kind", "ready", "weights", "device", "licence"), rows)
