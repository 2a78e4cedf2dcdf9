"""Tracking: what is tracked and how, in the background, with masks as they are made."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from napari_tracksam.notice import Notice
from napari_tracksam.worker import Job
from tracksam import Order, Settings, Stack, registry, retrack
from tracksam.change import Change, Curation, Kinds
from tracksam.errors import CancelledError, InvalidInputError, TracksamError
from tracksam.progress import Progress
from tracksam.settings import LinkSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_tracksam.session import Session

DIRECTIONS = ("forward", "backward", "both")


@attrs.frozen
class TrackPlan:
    """What is to be tracked, and with which models.

    Parameters
    ----------
    mode : {"follow", "all"}
        Marked cells and their descendants, or every cell.
    direction : {"forward", "backward", "both"}
        From the first marked frame on, up to the last marked one, or all frames.
    first, last : int
        Frames, both included; others stay as they are.
    segmenter, detector, point_tracker, propagator : str
        Models.
    propagate : {"points", "memory", "points+memory"}
        What carries marked cells from frame to frame.
    """

    mode: str
    direction: str
    first: int
    last: int
    segmenter: str
    detector: str
    point_tracker: str
    propagator: str
    propagate: str

    def frames(self, marked: tuple[int, ...]) -> range:
        """Return the frames that are tracked, where some are marked."""
        inside = [t for t in marked if self.first <= t <= self.last]
        first, last = self.first, self.last
        if inside and self.direction == "forward":
            first = min(inside)
        if inside and self.direction == "backward":
            last = max(inside)
        return range(first, last + 1)


@attrs.frozen
class ModelChoice:
    """A model that can be chosen, or why not."""

    name: str
    summary: str
    licence: str
    is_usable: bool
    problem: str


@attrs.frozen
class TrackStatus:
    """How far tracking is; `seconds_left` is None while it is not known."""

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    is_running: bool = False


class Tracking:
    """Tracks a session's movie, one order at a time.

    Parameters
    ----------
    session : Session
        Whose movie is tracked.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cancelled = threading.Event()
        self._began = (0.0, "")
        self.status = TrackStatus()

    @property
    def is_running(self) -> bool:
        """Whether something is tracked now."""
        return self.status.is_running

    @property
    def plan(self) -> TrackPlan:
        """What would be tracked."""
        settings = self._settings
        n_frames = 1 if self._session.movie is None else self._session.movie.n_frames
        first, last = self._session.range or (0, n_frames - 1)
        return TrackPlan(
            settings.mode,
            self._session.direction,
            first,
            last,
            settings.segment.segmenter,
            settings.segment.detector,
            settings.follow.point_tracker,
            settings.follow.propagator,
            settings.follow.propagate,
        )

    def set_plan(self, **changes: Any) -> None:
        """Change what would be tracked; names as in `TrackPlan`.

        Raises
        ------
        InvalidInputError
            A value is not possible.
        """
        plan = attrs.evolve(self.plan, **changes)
        n_frames = self._session.required_movie.n_frames
        if plan.direction not in DIRECTIONS:
            raise InvalidInputError(
                f"the direction is one of {', '.join(DIRECTIONS)}; got {plan.direction!r}."
            )
        if not 0 <= plan.first <= plan.last < n_frames:
            raise InvalidInputError(
                f"frames must lie in 0 to {n_frames - 1}, the first not after the last; got "
                f"{plan.first} to {plan.last}."
            )
        settings = self._settings.changed(
            {
                "mode": plan.mode,
                "segment": {"segmenter": plan.segmenter, "detector": plan.detector},
                "follow": {
                    "point_tracker": plan.point_tracker,
                    "propagator": plan.propagator,
                    "propagate": plan.propagate,
                },
            }
        )
        self._session.direction, self._session.range = plan.direction, (plan.first, plan.last)
        if settings != self._settings:
            self._session.required_project.settings = settings
            self._session.marking.models_changed()

    @property
    def linking(self) -> LinkSettings:
        """How cells are joined into tracks."""
        return self._settings.link

    def set_linking(self, **changes: Any) -> None:
        """Change how cells are joined into tracks; names as in `LinkSettings`.

        Raises
        ------
        SettingsError
            A value is out of range.
        """
        project = self._session.required_project
        project.settings = project.settings.changed({"link": changes})

    def choices(self, socket: str) -> tuple[ModelChoice, ...]:
        """Return the models for a socket: ``"segmenters"``, ``"detectors"``, ...; usable first."""
        found = [_choice(info) for info in registry.describe(f"tracksam.{socket}")]
        return tuple(sorted(found, key=lambda choice: not choice.is_usable))

    def start(self, examples: Kinds | None = None) -> None:
        """Track what the plan says, as one step.

        Parameters
        ----------
        examples : tuple of Examples, optional
            Kinds that alone are wanted from now on; empty: every kind. Default: as before.
        """
        frames = self.plan.frames(self._session.required_project.curation.marks.frames)
        name = f"Track frames {frames[0]} to {frames[-1]}"
        self._begin(Order(name, frames, examples=examples))

    def start_like(self) -> None:
        """Track what is like the examples that are shown; without any, like those of before."""
        examples = self._session.finding.examples
        self.start(None if examples is None else (examples,))

    def start_from_here(self) -> None:
        """Track the frames after the current one anew, by the same marks and examples as before."""
        frame = self._session.frame
        frames = range(frame, max(self.plan.last, frame) + 1)
        self._begin(Order(f"Track again from frame {frame}", frames, hold_first=True))

    def cancel(self) -> None:
        """Stop tracking; the frames so far are kept."""
        self._cancelled.set()

    @property
    def _settings(self) -> Settings:
        project = self._session.project
        return Settings() if project is None else project.settings

    def _begin(self, order: Order) -> None:
        if self.is_running:
            raise InvalidInputError("tracking runs already; wait for it, or cancel it.")
        project, movie = self._session.required_project, self._session.required_movie
        self._cancelled.clear()
        self._began = (time.monotonic(), "")
        self.status = TrackStatus("starting", 0, len(order.frames or ()), None, True)
        order = attrs.evolve(project.kept(order), seen=self._seen, progress=self._report)
        work = partial(_tracked, movie, project.curation, order, project.settings)
        self._session.workers.lane("track").add(Job(work, self._done, self._failed))
        self._session.events.progress.emit(self.status)

    def _seen(self, frame: int, labels_yx: NDArray[Any]) -> None:
        """In the background: a frame has masks."""
        shown = self._session.layers.shown
        if shown is not None:
            shown.put_draft(frame, labels_yx)
            self._session.workers.post(partial(self._show, frame))

    def _show(self, frame: int) -> None:
        if self.is_running:
            self._session.show_draft(frame)

    def _report(self, progress: Progress) -> bool:
        """In the background: a frame is done."""
        now = time.monotonic()
        if progress.stage != self._began[1]:
            self._began = (now, progress.stage)
        spent, left = now - self._began[0], None
        if progress.done > 1 and spent > 0:
            left = spent / (progress.done - 1) * (progress.total - progress.done)
        status = TrackStatus(progress.stage, progress.done, progress.total, left, True)
        self._session.workers.post(partial(self._tell, status))
        return self._cancelled.is_set()

    def _tell(self, status: TrackStatus) -> None:
        if self.is_running:
            self.status = status
            self._session.events.progress.emit(status)

    def _done(self, change: Change) -> None:
        self._end()
        self._session.do(change)
        self._session.events.notice.emit(Notice("info", f"Done: {change.name}."))

    def _failed(self, error: TracksamError) -> None:
        self._end()
        level = "info" if isinstance(error, CancelledError) else "error"
        self._session.events.notice.emit(Notice(level, str(error)))

    def _end(self) -> None:
        self.status = TrackStatus()
        if self._session.layers.shown is not None:
            self._session.layers.shown.clear_drafts()
        self._session.looking.refresh(with_masks=True)
        self._session.events.progress.emit(self.status)


def _tracked(movie: Stack, curation: Curation, order: Order, settings: Settings) -> Change:
    return retrack(movie, curation, order, settings=settings)


def _choice(info: registry.BackendInfo) -> ModelChoice:
    card = info.card
    problem = info.problem
    if not problem and info.weights_there is False:
        problem = f'its weights are not there: run "tracksam weights get {info.name}".'
    return ModelChoice(
        info.name,
        "" if card is None else card.summary,
        "" if card is None else card.licence,
        info.is_usable,
        problem,
    )
