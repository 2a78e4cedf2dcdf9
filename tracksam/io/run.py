"""The run folder: everything that a run writes, and how it is read back.

::

    masks/maskTTT.tif     label images; with res_track.txt a valid Cell Tracking Challenge result
    masks/res_track.txt
    cells.csv tracks.csv  measurements
    doubtful.csv          links, births, starts and ends that may be wrong, the least sure first
    tracklets.csv         only where a track had to be cut: which label in masks/ is which track
    prompts.csv painted/  what was marked: points and boxes, and masks where some were painted
    examples/ kinds.csv   examples of wanted kinds; what marked objects are called; where there are
    settings.toml run.json overview.png
    work/                 while the run lasts: candidates, frame by frame

Every file is either whole or not there, and ``run.json`` says how far the run came.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.doubts import Doubt
from tracksam.io import ctc, tables
from tracksam.io.atomic import require_space, write_error, write_text
from tracksam.io.candidates import KeptCandidates, KeptRegions
from tracksam.io.doubtful import doubt_table, known_ends
from tracksam.io.examples import read_all_examples, write_all_examples
from tracksam.io.found import read_kinds, write_kinds
from tracksam.io.labels import RenamedLabels, open_labels
from tracksam.io.mask_files import MaskFiles
from tracksam.io.png import write_png
from tracksam.io.run_leave import RECORD, predicted_bytes, read_record, require_leave
from tracksam.io.tracklets import Tracklets, cut
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.prompts import Boxes, Marks, Prompts
from tracksam.record import RunRecord
from tracksam.settings import Settings
from tracksam.stopwatch import Stopwatch
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

_MASKS, _WORK, _PAINTED, _SHOWN = "masks", "work", "painted", "examples"
_CELLS, _TRACKS, _TRACKLETS = "cells.csv", "tracks.csv", "tracklets.csv"
_DOUBTFUL = "doubtful.csv"
_PROMPTS, _SETTINGS, _OVERVIEW = "prompts.csv", "settings.toml", "overview.png"
_KINDS = "kinds.csv"
_OWN_FILES = (_CELLS, _TRACKS, _TRACKLETS, _DOUBTFUL, _PROMPTS, _KINDS, _SETTINGS, _OVERVIEW)


class RunFolder:
    """A run's folder, open for reading, and for writing while the run lasts.

    Made by `create` or `open`.

    Parameters
    ----------
    path : Path
        The folder.
    record : RunRecord
        As ``run.json`` has it.
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self._record = record
        self._candidates: KeptCandidates | None = None
        self._backward: KeptRegions | None = None

    @classmethod
    def create(
        cls,
        path: str | Path,
        record: RunRecord,
        marks: Marks = Marks(),  # noqa: B008 - frozen
        *,
        on_exists: str = "refuse",
    ) -> Self:
        """Return a folder to write a run into; all that could forbid it is checked now.

        Parameters
        ----------
        path : path-like
            Where.
        record : RunRecord
            Of the run that begins; its start is now, if it does not say.
        marks : Marks
            What was marked; points and boxes are written as ``prompts.csv``.
        on_exists : {"refuse", "overwrite", "resume"}
            "overwrite" removes what an earlier run wrote, and nothing else; "resume" goes on with a
            run of the same movie, marks and settings that did not come to its end.

        Returns
        -------
        RunFolder

        Raises
        ------
        WriteError
            The folder is not empty and there is no leave to use it, is no run folder, can not be
            written, or its disk has too little room.
        InvalidInputError
            An earlier run that is to be resumed had another movie, other marks or settings.
        """
        path = Path(path)
        record = attrs.evolve(record, started=record.started or _now())
        require_leave(path, record, on_exists)
        try:
            path.mkdir(parents=True, exist_ok=True)
            require_space(path, predicted_bytes(record.input.shape_tyxc))
            # Written first: from now on the folder is known as a run's, and it can be written.
            write_text(path / RECORD, record.to_json())
            if on_exists == "overwrite":
                _remove_own(path)
            for folder in (path / _MASKS, path / _WORK):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise write_error(path, error) from error
        write_text(path / _SETTINGS, Settings.from_mapping(record.settings).to_toml())
        tables.write_prompts(path / _PROMPTS, marks.prompts, marks.boxes)
        _write_painted(path / _PAINTED, marks)
        _write_kinds(path / _KINDS, marks)
        write_all_examples(path / _SHOWN, marks.examples)
        return cls(path, record)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return a folder to read a run from.

        Raises
        ------
        ReadError
            There is no run.
        """
        path = Path(path)
        return cls(path, read_record(path))

    @property
    def record(self) -> RunRecord:
        """Versions, settings, input, state, seconds."""
        return self._record

    @property
    def settings(self) -> Settings:
        """Settings of the run."""
        return Settings.from_mapping(self._record.settings)

    @property
    def prompts(self) -> tuple[Prompts, Boxes]:
        """Points and boxes that were marked."""
        return tables.read_prompts(self.path / _PROMPTS)

    @property
    def marks(self) -> Marks:
        """All that was marked: points, boxes, painted masks, examples, and what it is called."""
        painted, names = KeptRegions(self.path / _PAINTED), self.path / _KINDS
        masks = {frame: painted[frame] for frame in painted}
        is_named = names.is_file()
        kinds = read_kinds(names) if is_named else {}
        examples = read_all_examples(self.path / _SHOWN)
        return Marks(*self.prompts, masks, examples, kinds, is_sought=is_named)

    @property
    def masks(self) -> Masks:
        """Label images; the pixel value is the track id. Lazy."""
        source = open_labels(self.path / _MASKS, ctc.TRACK_FILES["res_track.txt"])
        names = self._track_of_label()
        return Masks(RenamedLabels(source, names) if names else source)

    @property
    def lineage(self) -> Lineage:
        """Tracks and mothers, with confidences."""
        own = ("y_px", "x_px", "confidence", "mask_confidence", "is_interpolated")
        cells = tables.read_cells(self.path / _CELLS, own)
        tracks = tables.read_tracks(self.path / _TRACKS)
        born = tracks[tracks["parent_id"] > 0]
        mothers = dict(zip(born["track_id"], born["parent_id"], strict=True))
        sure = born[born["parent_confidence"].notna()]
        return Lineage(
            cells["track_id"].to_numpy(),
            cells["frame"].to_numpy(),
            cells[["y_px", "x_px"]].to_numpy(),
            cells["confidence"].to_numpy(),
            cells["is_interpolated"].to_numpy(),
            mothers,
            dict(zip(sure["track_id"], sure["parent_confidence"], strict=True)),
            known_ends(tracks),
            _of_masks(cells),
        )

    @property
    def tables(self) -> Tables:
        """Cells and tracks."""
        return Tables(
            tables.read_cells(self.path / _CELLS), tables.read_tracks(self.path / _TRACKS)
        )

    @property
    def candidates(self) -> KeptCandidates:
        """Candidates of the frames so far, on disk while the run lasts."""
        if self._candidates is None:
            self._candidates = KeptCandidates(self.path / _WORK)
        return self._candidates

    def candidates_of(self, tile: int) -> KeptCandidates:
        """Return the candidates of one tile of large frames, on disk while the run lasts."""
        folder = self.path / _WORK / f"tile{tile:05d}"
        folder.mkdir(exist_ok=True)
        return KeptCandidates(folder)

    @property
    def backward(self) -> KeptRegions:
        """Regions drawn in the frames before a mark, on disk while the run lasts."""
        if self._backward is None:
            self._backward = KeptRegions(self.path / _WORK)
        return self._backward

    @contextmanager
    def timed(self, step: str) -> Iterator[Stopwatch]:
        """Return a context; the time that it takes is added to the seconds of a step.

        The stopwatch that it gives parts the time among more steps.
        """
        watch = Stopwatch(step)
        try:
            yield watch
        finally:
            known = self._record.seconds
            more = {name: known.get(name, 0.0) + value for name, value in watch.seconds().items()}
            seconds = {**known, **{name: round(value, 3) for name, value in more.items()}}
            self._record = attrs.evolve(self._record, seconds=seconds)

    def add_message(self, message: str) -> None:
        """Note what a person should know of the run."""
        self._record = attrs.evolve(self._record, messages=(*self._record.messages, message))

    @property
    def mask_files(self) -> MaskFiles:
        """The label images, to be written and read frame by frame; values are track ids."""
        n_frames, height, width = self._record.input.shape_tyxc[:3]
        return MaskFiles(self.path / _MASKS, (n_frames, height, width))

    def cell_rows(self) -> AbstractContextManager[Callable[[pd.DataFrame], None]]:
        """Return a context in which rows are appended to ``cells.csv``."""
        return tables.growing_table(self.path / _CELLS)

    def write_tracks(self, lineage: Lineage, tracks: pd.DataFrame) -> Tracklets:
        """Write the lineage, when all masks are written under their final ids.

        Parameters
        ----------
        lineage : Lineage
            Has a row for each label in each mask.
        tracks : pandas.DataFrame
            Its table.

        Returns
        -------
        Tracklets
            Under which labels the tracks lie in ``masks/``: masks of tracks that the Cell Tracking
            Challenge's form has to cut are written anew.
        """
        import pandas as pd

        tracklets = cut(lineage)
        changed = tracklets.label != tracklets.track_id
        frames = {
            frame
            for begin, end in zip(tracklets.begin[changed], tracklets.end[changed], strict=True)
            for frame in range(int(begin), int(end) + 1)
        }
        if tracklets.is_cut:
            columns = {a.name: getattr(tracklets, a.name) for a in attrs.fields(Tracklets)}
            tables.write_table(self.path / _TRACKLETS, pd.DataFrame(columns))
        for frame in sorted(frames):
            self.mask_files.relabel(frame, tracklets)
        ctc.write_tracks(self.path / _MASKS, tracklets)
        tables.write_table(self.path / _TRACKS, tracks)
        return tracklets

    def write_doubtful(self, doubts: Sequence[Doubt]) -> None:
        """Write ``doubtful.csv``: a row a place, the least sure first."""
        tables.write_table(self.path / _DOUBTFUL, doubt_table(doubts))

    def write_overview(self, picture_yxc: NDArray[np.uint8]) -> None:
        """Write ``overview.png`` of a picture of shape (Y, X, 3): red, green, blue."""
        write_png(self.path / _OVERVIEW, picture_yxc)

    def close(self, state: str) -> None:
        """Write how the run ended: "complete" or "interrupted".

        What is needed to go on is removed when it is complete, unless the settings say
        ``keep_candidates``.
        """
        self._record = attrs.evolve(self._record, state=state)
        write_text(self.path / RECORD, self._record.to_json())
        if state == "complete" and not self._record.settings.get("keep_candidates"):
            shutil.rmtree(self.path / _WORK, ignore_errors=True)

    def discard(self) -> None:
        """Remove all that the run wrote, and the folder if nothing else is in it."""
        _remove_own(self.path)
        for name in (RECORD, _SETTINGS, _PROMPTS):
            (self.path / name).unlink(missing_ok=True)
        for folder in (self.path / _MASKS, self.path):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _track_of_label(self) -> dict[int, int]:
        path = self.path / _TRACKLETS
        if not path.is_file():
            return {}
        pieces = tables.read_tracklets(path)
        rows = zip(pieces["label"].tolist(), pieces["track_id"].tolist(), strict=True)
        return {label: track_id for label, track_id in rows if label != track_id}


def _of_masks(cells: pd.DataFrame) -> NDArray[np.float64]:
    """How sure each mask is; runs of earlier versions do not say it."""
    if "mask_confidence" not in cells:
        return np.ones(len(cells))
    return cells["mask_confidence"].to_numpy()


def _write_painted(folder: Path, marks: Marks) -> None:
    """Write painted masks in place of those of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    if marks.masks:
        folder.mkdir()
        painted = KeptRegions(folder)
        for frame, regions in marks.masks.items():
            painted.add(frame, regions)


def _write_kinds(path: Path, marks: Marks) -> None:
    """Write what marked objects are called; a file without rows where nothing was found."""
    path.unlink(missing_ok=True)
    if marks.kinds or marks.is_sought:
        write_kinds(path, marks.kinds)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _remove_own(path: Path) -> None:
    """Remove what a run wrote; what a person put beside it stays."""
    for folder in (_WORK, _PAINTED, _SHOWN):
        shutil.rmtree(path / folder, ignore_errors=True)
    masks = path / _MASKS
    own = [path / name for name in _OWN_FILES]
    own += [*masks.glob("mask[0-9]*.tif"), masks / "res_track.txt"]
    for file in own:
        file.unlink(missing_ok=True)
