"""Exporting: everything that the command line writes, in the background."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from napari_tracksam.notice import Notice
from napari_tracksam.tree.colouring import by_track
from napari_tracksam.tree.layout import tree_layout
from napari_tracksam.tree.svg import Axis, tree_svg
from napari_tracksam.worker import Job
from tracksam import Curation, Settings, Stack
from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, WriteError
from tracksam.io.atomic import write_text
from tracksam.io.convert import FORMS, Form, Tracked, lost
from tracksam.pipeline.export import Result, write_film, write_report, write_run, write_tables

if TYPE_CHECKING:
    from napari_tracksam.session import Session

TITLES = {
    "ctc": "Masks and tracks (Cell Tracking Challenge)",
    "png": "Masks as indexed PNG",
    "geff": "Graph (GEFF)",
    "zarr": "Masks and graph (OME-Zarr)",
    "trackmate": "Tracks for TrackMate (XML)",
    "csv": "Tracks as a table (CSV)",
    "rle": "Masks and tracks as run lengths (JSON)",
}


@attrs.frozen
class ExportForm:
    """Something that can be written.

    Parameters
    ----------
    key, title : str
        Its name, and what a person reads.
    suffix : str
        Of the file; empty: a folder.
    needs_movie : bool
        Whether the movie has to be open.
    """

    key: str
    title: str
    suffix: str
    needs_movie: bool = False


@attrs.frozen(eq=False)
class Out:
    """What is written.

    Parameters
    ----------
    curation : Curation
        The result.
    settings : Settings
        Of the project.
    calibration : Calibration
        Of the movie.
    movie : Stack or None
        The movie, where it is open.
    """

    curation: Curation
    settings: Settings
    calibration: Calibration
    movie: Stack | None

    @property
    def result(self) -> Result:
        """The result with its movie."""
        if self.movie is None:
            raise InvalidInputError("this needs the movie; open it first.")
        return Result(self.movie, self.curation, self.settings)


def _write_tree(out: Out, path: Path) -> None:
    layout, interval_s = tree_layout(out.curation.lineage), out.calibration.frame_interval_s
    axis = Axis() if interval_s is None else Axis("min", interval_s / 60)
    write_text(path, tree_svg(layout, by_track(layout), axis))


OTHERS: dict[str, tuple[ExportForm, Callable[[Out, Path], Any]]] = {
    form.key: (form, write)
    for form, write in (
        (
            ExportForm("tables", "All tables (CSV)", "", True),
            lambda o, p: write_tables(o.result, p),
        ),
        (
            ExportForm("report", "Report (HTML)", ".html", True),
            lambda o, p: write_report(o.result, p),
        ),
        (
            ExportForm("film", "Overlay movie (MP4)", ".mp4", True),
            lambda o, p: write_film(o.result, p),
        ),
        (ExportForm("run", "Run folder", "", True), lambda o, p: write_run(o.result, p)),
        (ExportForm("tree_svg", "Lineage tree (SVG)", ".svg"), _write_tree),
    )
}


class Exporting:
    """Writes a session's result for others.

    Parameters
    ----------
    session : Session
        Whose result is written.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def forms(self) -> tuple[ExportForm, ...]:
        """Everything that can be written."""
        converted = (ExportForm(f.name, TITLES.get(f.name, f.name), f.suffix) for f in FORMS)
        return (*(form for form, _ in OTHERS.values()), *converted)

    def export(self, key: str, path: str | Path) -> None:
        """Write one form in the background; a notice says when it is there.

        Parameters
        ----------
        key : str
            Of one of `forms`.
        path : path-like
            Must not exist. A file's suffix is added where it lacks.

        Raises
        ------
        InvalidInputError
            There is no such form, or nothing is tracked.
        WriteError
            Something is there already.
        """
        form = next((form for form in self.forms if form.key == key), None)
        if form is None:
            known = ", ".join(form.key for form in self.forms)
            raise InvalidInputError(f"there is no export {key!r}; known are {known}.")
        path = Path(path)
        path = path if path.suffix or not form.suffix else path.with_name(path.name + form.suffix)
        if path.exists():
            raise WriteError(f"{path} exists; choose another name.")
        work = partial(_write, self._out(), key, path)
        job = Job(work, partial(self._is_written, path), self._session.tell_error)
        self._session.workers.lane("export").add(job)

    def _out(self) -> Out:
        project = self._session.required_project
        if not len(project.curation.lineage):
            raise InvalidInputError("nothing is tracked yet; mark or track cells first.")
        calibration = Calibration(*project.calibration)
        return Out(project.curation, project.settings, calibration, self._session.movie)

    def _is_written(self, path: Path, losses: list[str]) -> None:
        text = " ".join([f"Written: {path}.", *losses])
        self._session.events.notice.emit(Notice("info", text))


def _write(out: Out, key: str, path: Path) -> list[str]:
    """Runs in the background."""
    if key in OTHERS:
        OTHERS[key][1](out, path)
        return []
    form: Form = next(form for form in FORMS if form.name == key)
    tracked = Tracked(out.curation.lineage, out.curation.masks, out.calibration)
    form.write(tracked, path)
    return lost(tracked, form)
