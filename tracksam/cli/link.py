"""`tracksam link`: masks of any program in, a run folder out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer

from tracksam.cli.arguments import AxesOption, OverwriteOption, ResumeOption, on_exists
from tracksam.cli.options import with_settings
from tracksam.cli.results import MovieOption
from tracksam.cli.show import progress_bars, where_results_lie
from tracksam.cli.stop import StopWish
from tracksam.errors import InvalidInputError
from tracksam.settings import Settings


@with_settings(Settings, ("read", "follow", "link", "measure"))
def link(
    labels: Annotated[
        Path,
        typer.Argument(
            help="Label images: a stack (.tif, .npy, .zarr), a folder of numbered images, a Cell "
            "Tracking Challenge result. Their values need not name tracks."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
    image: MovieOption = None,
    axes: AxesOption = None,
    overwrite: OverwriteOption = False,
    resume: ResumeOption = False,
    *,
    chosen: Mapping[str, Any],
) -> None:
    """Link masks that are there already, of any segmenter: tracks, lineage and tables."""
    from tracksam.io.convert import read_tracked
    from tracksam.io.images import read_movie
    from tracksam.pipeline import link_labels

    at_run = on_exists(overwrite, resume)
    tracked = read_tracked(labels, axes)
    if tracked.masks is None:
        raise InvalidInputError(f"{labels} holds positions only; to link, masks are needed.")
    wanted = Settings().changed(chosen)
    stack = None if image is None else read_movie(image, wanted.read)
    if stack is None:
        wanted = Settings().changed({"read": attrs.asdict(tracked.calibration)}).changed(chosen)
    with StopWish() as stop, progress_bars() as bars:
        result = link_labels(
            tracked.masks,
            stack,
            settings=wanted,
            out=out,
            on_exists=at_run,
            progress=lambda now: bars(now) or stop.is_wished,
        )
    where_results_lie(result)
