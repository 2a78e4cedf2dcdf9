"""Finish: the second pass over a run's frames, when it is known which tracks are kept.

Masks get their final ids, cells are measured, and tables, lineage and overview are written. One
frame is in memory at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration, installed_features
from tracksam.doubts import doubts
from tracksam.io.run import RunFolder
from tracksam.lineage import Lineage
from tracksam.pipeline.census import Census, Family, Rows
from tracksam.pipeline.finding.kinds import Judges, TrackKinds, judge_tracks
from tracksam.progress import Progress, Report
from tracksam.prompts import Marks
from tracksam.report import overview
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.measure import cell_table, measure_frame, track_table
from tracksam.steps.measuring.tracks import read_by_tracks
from tracksam.steps.motility import Trail, moved

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, NDArray[Any]]


@attrs.frozen
class Finished:
    """What one finished frame adds to the lineage."""

    rows: Rows
    yx: NDArray[np.float64]
    read: Values


def finish(
    run: RunFolder,
    stack: Stack,
    census: Census,
    marks: Marks,
    settings: Settings,
    report: Report,
) -> None:
    """Write final masks, tables, tracks and overview of the frames that were linked.

    Parameters
    ----------
    run : RunFolder
        Holds the masks under the ids with which they were linked.
    stack : Stack
        The movie, with all its channels.
    census : Census
        Rows and mothers of all linked frames.
    marks : Marks
        In the mode ``"follow"`` only marked objects and their descendants are kept.
    settings : Settings
        All settings.
    report : callable
        Called with a `Progress` after each frame.
    """
    kinds, marked = _kept(run, stack, census, marks, settings)
    names, family = census.settled(marked, settings.link.min_track_frames)
    if kinds is None and marks.kinds:
        tracks_kept = sorted(set(names.new.tolist()) - {0})
        kinds = TrackKinds.inherited(marks.kinds, family.parents, tracks_kept)
    calibration, features = Calibration.of(stack), installed_features()
    done: list[Finished] = []
    trail = Trail()
    with run.cell_rows() as write_rows:
        for n_done, linked in enumerate(census.rows, start=1):
            labels_yx = names.of(run.read_mask(linked.frame))
            run.write_mask(linked.frame, labels_yx)
            values = measure_frame(
                labels_yx,
                stack.frame(linked.frame),
                linked.frame,
                settings.measure,
                calibration,
                features,
            )
            finished = _finished(linked.under(names), values)
            motion, trail = moved(trail, values["track_id"], values["frame"], finished.yx)
            rows = _lineage([finished], Family({}, {}))
            told = {"mask_confidence": finished.rows.mask_confidence}
            cells = cell_table([{**values, **motion, **told}], rows, calibration, features)
            if kinds is not None:
                cells = cells.assign(kind=kinds.columns(cells["track_id"].tolist())["kind"])
            write_rows(cells)
            done.append(finished)
            report(Progress("measuring", n_done, len(census.rows)))
    lineage = _lineage(done, family)
    tracks = track_table(lineage, _read_rows(done), len(census.rows), calibration)
    if kinds is not None:
        tracks = tracks.assign(**kinds.columns(tracks["track_id"].tolist()))
    run.write_tracks(lineage, tracks)
    run.write_doubtful(doubts(lineage))
    if census.rows:
        seen = stack.until(len(census.rows))
        run.write_overview(overview(seen, run.masks, lineage))


def _kept(
    run: RunFolder, stack: Stack, census: Census, marks: Marks, settings: Settings
) -> tuple[TrackKinds | None, tuple[int, ...] | None]:
    """What kinds the tracks are of, if examples say, and which tracks are kept; None: all."""
    follows = settings.mode == "follow"
    if not marks.examples:
        return None, marks.object_ids if follows else None
    names, _ = census.settled(None, 1)
    judges = Judges.of(marks.examples, settings)
    kinds = judge_tracks(run, stack, (census.rows, names), judges, settings)
    if not kinds.wanted:
        run.add_message(
            "no track is like the examples; lower find.min_likeness or mark more examples."
        )
    return kinds, (*kinds.wanted, *marks.object_ids)


def _finished(rows: Rows, values: Values) -> Finished:
    """Rows in the order of the measured labels, which is ascending."""
    order = np.argsort(rows.track_id)
    ordered = rows.select(order, rows.track_id[order])
    yx = np.column_stack([values["y_px"], values["x_px"]])
    return Finished(ordered, yx, {name: values[name] for name in read_by_tracks(values)})


def _lineage(done: list[Finished], family: Family) -> Lineage:
    if not done:
        return Lineage()
    return Lineage(
        np.concatenate([f.rows.track_id for f in done]),
        np.concatenate([np.full(len(f.yx), f.rows.frame) for f in done]),
        np.concatenate([f.yx for f in done]),
        np.concatenate([f.rows.confidence for f in done]),
        np.concatenate([f.rows.is_interpolated for f in done]),
        family.parents,
        family.confidence,
        family.end_confidence,
    )


def _read_rows(done: list[Finished]) -> pd.DataFrame:
    """The columns of the cell table that the track table needs, without the rest."""
    import pandas as pd

    names = done[0].read if done else {}
    return pd.DataFrame({name: np.concatenate([f.read[name] for f in done]) for name in names})
