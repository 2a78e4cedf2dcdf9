"""Session: one person's work in one viewer. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from napari_tracksam.doubting import Doubting
from napari_tracksam.editing import Editing
from napari_tracksam.events import Events
from napari_tracksam.exporting import Exporting
from napari_tracksam.finding import Finding
from napari_tracksam.layer_set import LayerSet
from napari_tracksam.looking import Looking
from napari_tracksam.marking import Marking
from napari_tracksam.measuring import Measuring
from napari_tracksam.movies import path_of, stack_of
from napari_tracksam.notice import Notice
from napari_tracksam.opening import (
    calibrated,
    discard_if_untouched,
    fill_from,
    new_path,
    opened_project,
    project_for,
)
from napari_tracksam.place import go_to, position
from napari_tracksam.tracking import Tracking
from napari_tracksam.waiting import wait_for
from napari_tracksam.worker import Job, Workers
from tracksam import Project, Stack
from tracksam.change import Change
from tracksam.errors import InvalidInputError, TracksamError

SAVED_EVERY = 20
"""Label images are written after so many steps; the journal has every step at once."""


class Session:
    """What one viewer works on: a movie, its project, and the layers that show it.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
        Its layers are changed on the main thread only.
    """

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.events = Events()
        self.workers = Workers()
        self.layers = LayerSet(viewer)
        self.movie: Stack | None = None
        self.project: Project | None = None
        self.direction = "both"
        self.range: tuple[int, int] | None = None
        self.is_bound = False
        self._n_steps = self._frame = 0
        self.measuring = Measuring(self)
        self.looking = Looking(self)
        self.marking = Marking(self)
        self.finding = Finding(self)
        self.tracking = Tracking(self)
        self.editing = Editing(self)
        self.doubting = Doubting(self)
        self.exporting = Exporting(self)
        viewer.dims.events.current_step.connect(self._frame_changed)

    @property
    def wake(self) -> Callable[[], object]:
        """Called from a background thread when something waits for `poll`."""
        return self.workers.wake

    @wake.setter
    def wake(self, wake: Callable[[], object]) -> None:
        self.workers.wake = wake

    def poll(self) -> int:
        """Take in what background threads posted; on the main thread only."""
        return self.workers.poll()

    def wait(self, timeout_s: float = 60) -> None:
        """Poll until the background has nothing to do any more."""
        wait_for(self.workers, self.poll, timeout_s)

    def open_layer(
        self, layer: Any, project: str | Path | None = None, others: tuple[Any, ...] = ()
    ) -> None:
        """Begin on an image layer.

        Parameters
        ----------
        layer : napari.layers.Image
            2-D + time. It is segmented and tracked.
        project : path-like, optional
            Folder of the project, a new one or an earlier one of the same movie. Default: a new
            one among the user's data.
        others : tuple of napari.layers.Image
            More channels, which are measured too.
        """
        layers = (layer, *others)
        stack = stack_of(layers)
        path = new_path(stack.name) if project is None else Path(project)
        known = path_of(layers, stack)
        self._leave()
        opened = project_for(path, stack, known)
        if known is None:
            job = Job(lambda: opened.keep_movie(stack), _nothing, self.tell_error)
            self.workers.lane("copy").add(job)
        if len(layers) > 1 and opened.settings.read.channel is None:
            opened.settings = opened.settings.changed({"read": {"channel": 0}})
        self._begin(opened, stack, list(layers))

    def open_project(self, path: str | Path) -> None:
        """Go on with a project: movie, masks, tracks, and all that can be undone."""
        self._leave()
        opened = opened_project(Path(path))
        self._begin(opened.project, opened.movie, opened.images())
        if opened.problem:
            text = f"{opened.problem} Open the movie, then the project for its layer."
            self.events.notice.emit(Notice("warning", text))

    def open_result(self, path: str | Path) -> None:
        """Put a run, or any result with masks, into the project of its movie, as one step.

        A run brings its settings, marks and examples: tracking again keeps to them.
        """
        self.refuse_while_tracking()
        fill_from(self.required_project, Path(path))
        self.marking.models_changed()
        self.marking.reject()
        change = self.required_project.next_undo
        if change is not None:
            self.show_step(change)

    def save_as(self, path: str | Path) -> None:
        """Copy the whole project, with its history, to a new folder, and go on in the copy."""
        self.refuse_while_tracking()
        before = self.required_project
        self.wait()
        self.project = before.save_as(path)
        self.layers.show_masks(self.project.curation)
        self.events.opened.emit()

    def close(self) -> None:
        """End all threads, save, and let others open the project; the movie's layers stay."""
        self.tracking.cancel()
        self.workers.close()
        self._leave()
        self.viewer.dims.events.current_step.disconnect(self._frame_changed)
        _SESSIONS.pop(id(self.viewer), None)

    @property
    def required_project(self) -> Project:
        """The project; refuses where none is open."""
        if self.project is None:
            raise InvalidInputError("no movie is open; open an image layer or a project first.")
        return self.project

    @property
    def required_movie(self) -> Stack:
        """The movie; refuses where none is open."""
        if self.movie is None:
            raise InvalidInputError("no movie is open; open an image layer or a project first.")
        return self.movie

    @property
    def frame(self) -> int:
        """The frame that the viewer shows."""
        step = self.viewer.dims.current_step
        return int(step[0]) if len(step) > 2 else 0

    def go_to(
        self, frame: int, yx: tuple[float, float] | None = None, zoom_px: float | None = None
    ) -> None:
        """Show a frame, with a place (row, column) in the middle of a square of `zoom_px`."""
        go_to(self.viewer, self.layers, frame, yx, zoom_px)

    def position(self, world: tuple[float, ...], clip: bool = False) -> tuple[float, float] | None:
        """Return row and column of a position of the viewer: outside None, or clipped."""
        return position(self.layers, world, clip)

    @property
    def calibration(self) -> tuple[float | None, float | None]:
        """Side of a pixel in micrometres, and seconds from frame to frame."""
        return (None, None) if self.project is None else self.project.calibration

    def set_calibration(self, pixel_size_um: float | None, frame_interval_s: float | None) -> None:
        """Set the calibration, and give it to every layer; None: not known."""
        sizes = {"pixel_size_um": pixel_size_um, "frame_interval_s": frame_interval_s}
        movie = attrs.evolve(self.required_movie, **sizes)
        self.required_project.calibrate(pixel_size_um, frame_interval_s)
        self.movie = movie
        self.layers.calibrate(pixel_size_um)
        self.measuring.begin()
        self.events.opened.emit()

    def do(self, change: Change) -> None:
        """Take a step, and show what it changes; refused while something is tracked."""
        self.refuse_while_tracking()
        self.required_project.do(change)
        self.show_step(change)

    def refuse_while_tracking(self) -> None:
        """Refuse what can not be done while something is tracked."""
        if self.tracking.is_running:
            raise InvalidInputError("tracking runs; wait until it has finished, or cancel it.")

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do something; where it is refused, tell why. Return whether it was done."""
        try:
            act()
        except TracksamError as error:
            self.tell_error(error)
            return False
        return True

    def tell_error(self, error: TracksamError) -> None:
        """Tell what went wrong."""
        self.events.notice.emit(Notice("error", str(error)))

    def show_draft(self, frame: int) -> None:
        """Show a frame that is being tracked, if it is the current one."""
        if frame == self.frame:
            self.layers.show_draft(frame)

    def _begin(self, project: Project, movie: Stack | None, images: list[Any]) -> None:
        self.project, self.range, self._n_steps = project, None, 0
        self.movie = calibrated(movie, project)
        self.layers.begin(images, project.curation, project.name)
        self.layers.calibrate(project.calibration[0])
        self.viewer.dims.axis_labels = ("frame", "y", "x")[-self.viewer.dims.ndim :]
        self._frame = self.frame
        self.looking.forget()
        self.marking.forget()
        self.finding.forget()
        self.measuring.begin()
        self.looking.refresh()
        self.doubting.refresh()
        self.events.opened.emit()

    def _leave(self) -> None:
        """Close what is open."""
        if self.project is None:
            return
        self.refuse_while_tracking()
        project, self.project, self.movie = self.project, None, None
        self.marking.forget()
        self.workers.close()
        self.layers.close()
        project.close()
        discard_if_untouched(project)

    def show_step(self, change: Change) -> None:
        """Show what a step changed; first what is on the screen."""
        self.looking.refresh(with_masks=True)
        self.events.changed.emit()
        self.events.history.emit()
        self.doubting.refresh()
        self.measuring.take(change)
        self._n_steps += 1
        if self._n_steps % SAVED_EVERY == 0:
            job = Job(self.required_project.saving().write, _nothing, self.tell_error)
            self.workers.lane("save").add(job, only_latest=True)

    def _frame_changed(self, event: Any = None) -> None:
        # napari also tells so where a layer became longer, and the frame is the same.
        if self.project is None or self.frame == self._frame:
            return
        self._frame = self.frame
        if not self.tracking.is_running:
            self.looking.refresh()
        else:
            self.show_draft(self.frame)
        self.marking.frame_changed()
        self.finding.drop()
        self.events.frame.emit(self.frame)


def _nothing(result: object) -> None:
    """A result that nobody waits for."""


_SESSIONS: dict[int, Session] = {}


def session_of(viewer: Any) -> Session:
    """Return the session of a viewer; it is made when first asked for.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
        Or the proxy of one that napari hands to plugins.
    """
    viewer = getattr(viewer, "__wrapped__", viewer)
    if id(viewer) not in _SESSIONS:
        _SESSIONS[id(viewer)] = Session(viewer)
    return _SESSIONS[id(viewer)]
