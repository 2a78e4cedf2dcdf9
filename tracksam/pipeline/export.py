"""Export: what can be made of a result that is in memory."""

from __future__ import annotations

from pathlib import Path

import attrs

from tracksam.change import Curation
from tracksam.columns import Calibration
from tracksam.io.atomic import write_text
from tracksam.io.film import write_film as written_film
from tracksam.io.run import RunFolder
from tracksam.io.tables import write_table
from tracksam.io.whole_folder import whole_folder
from tracksam.pipeline.finding.kinds import kinds_of_result
from tracksam.record import RunRecord
from tracksam.report import Findings, overlay_frames, overview, report_page
from tracksam.report.tables import all_tables
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.measure import measure
from tracksam.tables import Tables

FILM_RATE = 8.0
"""Frames per second of a film."""


@attrs.frozen
class Result:
    """A result in memory, with its movie.

    Parameters
    ----------
    stack : Stack
        The movie.
    curation : Curation
        Tracks and masks.
    settings : Settings
        With which it was tracked.
    """

    stack: Stack
    curation: Curation
    settings: Settings


def write_tables(result: Result, folder: Path) -> None:
    """Write the tables of cells, tracks, frames, families, lags and the movie into a new folder.

    Parameters
    ----------
    result : Result
        What is measured.
    folder : Path
        Is made; whole or not there.
    """
    stack, curation = result.stack, result.curation
    tables = all_tables(curation.masks, stack, curation.lineage, Calibration.of(stack))
    named = _with_kinds(Tables(tables["cells"], tables["tracks"]), result)
    tables |= {"cells": named.cells, "tracks": named.tracks}
    with whole_folder(folder) as building:
        building.mkdir()
        for name, table in tables.items():
            write_table(building / f"{name}.csv", table)


def write_report(result: Result, path: Path) -> None:
    """Write a page with charts, trees and the most doubtful places.

    Parameters
    ----------
    result : Result
        What it is about.
    path : Path
        An HTML file.
    """
    curation = result.curation
    tables = measure(curation.masks, result.stack, curation.lineage)
    findings = Findings(result.stack, curation.masks, curation.lineage, tables, None)
    write_text(path, report_page(findings))


def write_film(result: Result, path: Path) -> None:
    """Write the movie with outlines, tails and ids.

    Parameters
    ----------
    result : Result
        What is drawn.
    path : Path
        An MP4 or GIF file.
    """
    curation = result.curation
    frames = overlay_frames(result.stack, curation.masks, curation.lineage)
    written_film(frames, path, FILM_RATE)


def write_run(result: Result, folder: Path) -> None:
    """Write a run folder, as tracking writes one.

    Parameters
    ----------
    result : Result
        What is written.
    folder : Path
        Is made; must not hold a run.
    """
    stack, curation = result.stack, result.curation
    marks = attrs.evolve(curation.marks, examples=curation.examples)
    run = RunFolder.create(folder, RunRecord.of(stack, result.settings, marks), marks)
    run.add_message("Corrected by hand, and exported from a project.")
    for frame, labels_yx in enumerate(curation.masks):
        run.mask_files.write(frame, labels_yx)
    tables = _with_kinds(measure(curation.masks, stack, curation.lineage), result)
    with run.cell_rows() as write_rows:
        write_rows(tables.cells)
    run.write_tracks(curation.lineage, tables.tracks)
    run.write_overview(overview(stack, curation.masks, curation.lineage))
    run.close("complete")


def _with_kinds(tables: Tables, result: Result) -> Tables:
    """Return tables with the columns of kinds, where a result has examples or names."""
    kinds = kinds_of_result(result.stack, result.curation, result.settings)
    return tables if kinds is None else kinds.added_to(tables)
