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
from tracksam.mask_doubts import MaskShapes
from tracksam.pipeline.canvas import Canvas
from tracksam.pipeline.census import Census, Family, Names, Rows
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.kinds import (
    NOTHING_LIKE,
    TrackKinds,
    judge_tracks,
    lives_of,
)
from tracksam.progress import Progress, Report
from tracksam.prompts import Marks
from tracksam.report import overview, thinned
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.measure import cell_table, track_table
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


@attrs.frozen
class Finish:
    """The second pass over a run.

    Parameters
    ----------
    run : RunFolder
        Holds the masks under the ids with which they were linked.
    stack : Stack
        The movie, with all its channels.
    canvas : Canvas
        Draws and measures the run's masks.
    settings : Settings
        All settings.
    """

    run: RunFolder
    stack: Stack
    canvas: Canvas
    settings: Settings

    def of(self, census: Census, marks: Marks, report: Report) -> None:
        """Write final masks, tables, tracks and overview of the frames that were linked.

        Parameters
        ----------
        census : Census
            Rows and mothers of all linked frames.
        marks : Marks
            In the mode ``"follow"`` only marked objects and their descendants are kept.
        report : callable
            Called with a `Progress` after each frame.
        """
        run, stack, settings = self.run, self.stack, self.settings
        kinds, marked = _kept(run, stack, census, marks, settings)
        names, family = census.settled(marked, settings.link.min_track_frames)
        if kinds is None and marks.kinds:
            tracks_kept = sorted(set(names.new.tolist()) - {0})
            kinds = TrackKinds.inherited(marks.kinds, family.parents, tracks_kept)
        calibration = Calibration.of(stack)
        done = self._measured(census.rows, names, kinds, report)
        lineage = _lineage(done, family)
        cells = _read_rows(done)
        tracks = track_table(lineage, cells, len(census.rows), calibration)
        if kinds is not None:
            tracks = tracks.assign(**kinds.columns(tracks["track_id"].tolist()))
        run.write_tracks(lineage, tracks)
        run.write_doubtful(doubts(lineage, shapes=MaskShapes.of(cells)))
        if census.rows:
            seen = stack.until(len(census.rows))
            run.write_overview(overview(*thinned(seen, run.masks, lineage)))

    def _measured(
        self, linked: list[Rows], names: Names, kinds: TrackKinds | None, report: Report
    ) -> list[Finished]:
        """Rename and measure every frame; the cells' rows go to their table."""
        calibration, features = Calibration.of(self.stack), installed_features()
        done: list[Finished] = []
        trail = Trail()
        with self.run.cell_rows() as write_rows:
            for n_done, one in enumerate(linked, start=1):
                self.canvas.rename(one.frame, names)
                values = self.canvas.measured(one.frame, self.settings.measure)
                finished = _finished(one.under(names), values)
                motion, trail = moved(trail, values["track_id"], values["frame"], finished.yx)
                rows = _lineage([finished], Family({}, {}))
                cells = cell_table([{**values, **motion}], rows, calibration, features)
                if kinds is not None:
                    cells = cells.assign(kind=kinds.columns(cells["track_id"].tolist())["kind"])
                write_rows(cells)
                done.append(finished)
                report(Progress("measuring", n_done, len(linked)))
        return done


def _kept(
    run: RunFolder, stack: Stack, census: Census, marks: Marks, settings: Settings
) -> tuple[TrackKinds | None, tuple[int, ...] | None]:
    """What kinds the tracks are of, if examples say, and which tracks are kept; None: all."""
    follows = settings.mode == "follow"
    if not marks.examples:
        return None, marks.object_ids if follows else None
    names, _ = census.settled(None, 1)
    judges = Judges.of(marks.examples, settings)
    kinds = judge_tracks(
        lambda frame: names.of(run.mask_files.read(frame)),
        stack,
        lives_of(census.rows, names),
        judges,
        settings,
    )
    if not kinds.wanted:
        run.add_message(NOTHING_LIKE)
    return kinds, (*kinds.wanted, *marks.object_ids)


def _finished(rows: Rows, values: Values) -> Finished:
    """Rows in the order of the measured labels, which is ascending."""
    order = np.argsort(rows.track_id)
    ordered = rows.select(order, rows.track_id[order])
    yx = np.column_stack([values["y_px"], values["x_px"]])
    read = [*read_by_tracks(values), "solidity"]  # that one tells of doubtful masks
    return Finished(ordered, yx, {name: values[name] for name in read})


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
        mask_confidence=np.concatenate([f.rows.mask_confidence for f in done]),
    )


def _read_rows(done: list[Finished]) -> pd.DataFrame:
    """The columns of the cell table that the track table needs, without the rest."""
    import pandas as pd

    names = done[0].read if done else {}
    return pd.DataFrame({name: np.concatenate([f.read[name] for f in done]) for name in names})
