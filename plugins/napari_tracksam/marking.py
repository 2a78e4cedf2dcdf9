"""Marking: points, boxes and painted masks of one frame, with a preview of what they mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_tracksam.movies import labels_of
from napari_tracksam.notice import Notice
from napari_tracksam.preparing import Preparing
from napari_tracksam.seeds import accepted, joined, taken
from napari_tracksam.worker import Job
from tracksam import Boxes, Preview, Prompts, Regions, edit
from tracksam.errors import InvalidInputError, TracksamError
from tracksam.pipeline.preview import PreparedFrame
from tracksam.prompts import Marks

if TYPE_CHECKING:
    from napari_tracksam.session import Session

TOOLS = ("point", "box", "brush")


class Marking:
    """What a person marks in the current frame, until it is accepted.

    Parameters
    ----------
    session : Session
        Whose movie is marked.

    Attributes
    ----------
    is_drawing : bool
        Whether what was marked is not drawn yet.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prepared = Preparing(session)
        self._requested: Marks | None = None
        self.is_drawing = self._accepts = False
        self._frame = 0
        self.active = False
        self.tool = "point"
        self.pending = Marks()
        self.preview: Regions | None = None

    @property
    def object_id(self) -> int:
        """Id that marks go to: of the one selected cell, else of a new one."""
        selected = self._session.looking.selected
        if len(selected) == 1:
            return selected[0]
        return self._session.required_project.curation.highest_id + 1

    @property
    def models(self) -> Preview:
        """What draws outlines; loaded when it is first used, in the background."""
        return self._prepared.models

    @property
    def is_ready(self) -> bool:
        """Whether the current frame is prepared: previews take no time."""
        return self._session.frame in self._prepared

    def set_active(self, active: bool) -> None:
        """Let clicks mark cells, or not."""
        if active:
            self._session.required_movie  # noqa: B018 - refuses where no movie is open
        self.active = active
        if active:
            self._session.finding.drop()
            self.prepare()
        else:
            self.reject()
        self._use_brush()
        self._session.events.marks.emit()

    def set_tool(self, name: str) -> None:
        """Mark with a ``"point"``, a ``"box"`` or a ``"brush"``."""
        if name not in TOOLS:
            raise InvalidInputError(f"the tool is one of {', '.join(TOOLS)}; got {name!r}.")
        self.tool = name
        self._use_brush()
        self._session.events.marks.emit()

    def models_changed(self) -> None:
        """Begin anew with other models."""
        self._prepared.forget()
        self._session.events.ready.emit(False)
        if self.active:
            self.prepare()

    def prepare(self) -> None:
        """Prepare the current frame in the background, then the next one."""
        if self._session.movie is not None and self.active:
            self._prepared.prepare()

    def hover(self, yx: tuple[float, float]) -> None:
        """Show what a click here would mark, unless marks wait already."""
        if self.active and self.tool == "point" and not len(self.pending) and self.is_ready:
            self._draw(Marks.of(Prompts([self.object_id], [self._session.frame], [yx])))

    def add_point(self, yx: tuple[float, float], positive: bool = True) -> None:
        """Say that a position belongs to the cell, or does not."""
        point = Prompts([self.object_id], [self._session.frame], [yx], [positive])
        self._add(Marks.of(point))

    def add_box(self, box_yxyx: ArrayLike) -> None:
        """Say that the cell lies in a box: first row and column, end row and column."""
        box = Boxes([self.object_id], [self._session.frame], [np.asarray(box_yxyx, float)])
        others = self.pending.boxes.where(self.pending.boxes.object_id != self.object_id)
        self.pending = attrs.evolve(self.pending, boxes=others)
        self._add(Marks.of(box))

    def paint(self, mask_yx: NDArray[Any]) -> None:
        """Say which pixels the cell has, shape (Y, X)."""
        if not np.any(mask_yx):
            raise InvalidInputError("nothing is painted; paint the cell, then accept.")
        self._frame, self.is_drawing = self._session.frame, False
        self.pending = Marks(masks={self._frame: edit.one(mask_yx, self.object_id)})
        self._show(self.pending.masks[self._frame])
        self._session.events.marks.emit()

    def use_labels(self, layer: Any) -> None:
        """Take the masks of a Labels layer in the current frame as marked cells, as one step."""
        frame = self._session.frame
        shape_yx = self._session.required_project.curation.masks.shape_yx
        regions = Regions.from_labels(labels_of(layer, frame, shape_yx))
        take(self._session, frame, regions, f"Take cells of {layer.name!r}")

    def find_all(self) -> None:
        """Mark every cell that is found in the current frame, as one step, when it is found."""
        preview, frame = self._prepared.models, self._session.frame
        known = self._prepared.get(frame)
        work = partial(_found, preview, frame, known)
        job = Job(work, partial(self._is_found, frame), self._session.tell_error)
        self._session.workers.lane("preview").add(job)

    def accept(self) -> None:
        """Make what is previewed a cell, as one step."""
        if self.tool == "brush" and self._session.layers.brush is not None:
            painted = np.asarray(self._session.layers.brush.data) > 0
            if painted.any():
                self.paint(painted)
        if not len(self.pending):
            raise InvalidInputError("nothing is marked; click a cell first.")
        if self.is_drawing:
            self._accepts = True
            return
        if self.preview is None or not len(self.preview):
            raise InvalidInputError(
                "nothing is found where you marked; add a point, or draw a box or a mask."
            )
        self._accept(self.preview)

    def reject(self) -> None:
        """Forget the marks that were not accepted."""
        self.pending, self._requested = Marks(), None
        self.is_drawing = self._accepts = False
        self._show(None)
        if self._session.layers.brush is not None:
            self._session.layers.brush.data = np.zeros_like(self._session.layers.brush.data)
        self._session.events.marks.emit()

    def next(self) -> None:
        """Accept, and go on with a new cell."""
        self.accept()
        self._session.looking.select(())

    def frame_changed(self) -> None:
        """Forget what was marked in another frame, and prepare this one."""
        if len(self.pending) and self._frame != self._session.frame:
            self.reject()
        if self.active:
            self._show(None)
            self._session.events.ready.emit(self.is_ready)
            self.prepare()

    def forget(self) -> None:
        """Begin anew with another movie."""
        self.active = False
        self._prepared.forget()
        self.pending, self.preview, self._requested = Marks(), None, None
        self.is_drawing = self._accepts = False

    def frame_ready(self) -> None:
        """Draw what was marked before the frame was prepared."""
        if len(self.pending):
            self._draw(self.pending)

    def _add(self, marks: Marks) -> None:
        frame = self._session.frame
        if len(self.pending) and self._frame != frame:
            self.reject()
        self._frame = frame
        self.pending, self.is_drawing = joined(self.pending, marks), True
        if frame in self._prepared:
            self._draw(self.pending)
        else:
            self.prepare()
        self._session.events.marks.emit()

    def _draw(self, marks: Marks) -> None:
        """Ask for a preview; the latest request wins."""
        prepared = self._prepared.get(self._session.frame)
        if prepared is not None:
            self._requested = marks
            work = partial(self._prepared.models.draw, prepared, marks)
            job = Job(work, partial(self._is_drawn, marks), self._not_drawn)
            self._session.workers.lane("preview").add(job, only_latest=True)

    def _is_drawn(self, marks: Marks, regions: Regions) -> None:
        if marks is not self._requested:
            return
        accepts = marks is self.pending and self._accepts
        if marks is self.pending:
            self.is_drawing = self._accepts = False
        self._show(regions)
        if accepts:
            self._session.attempt(self.accept)

    def _not_drawn(self, error: TracksamError) -> None:
        self.is_drawing = self._accepts = False
        self._session.tell_error(error)

    def _show(self, regions: Regions | None) -> None:
        self.preview = regions
        mask_yx = None if regions is None or not len(regions) else regions.to_labels() > 0
        self._session.layers.show_preview(self._session.frame, mask_yx)
        self._session.events.preview.emit(regions)

    def _accept(self, regions: Regions) -> None:
        curation = self._session.required_project.curation
        self._session.do(accepted(curation, self._frame, regions, self.pending))
        self.reject()

    def _is_found(self, frame: int, found: tuple[PreparedFrame, Regions]) -> None:
        self._prepared.keep(found[0])
        name = f"Find all cells in frame {frame}"
        self._session.attempt(partial(take, self._session, frame, found[1], name))

    def _use_brush(self) -> None:
        if self.active and self.tool == "brush":
            acts = {"Enter": self.accept, "Shift-Enter": self.next, "Escape": self.reject}
            attempt = self._session.attempt
            keys = {key: partial(_attempted, attempt, act) for key, act in acts.items()}
            self._session.layers.begin_brush(keys)
        else:
            self._session.layers.end_brush()


def _attempted(attempt: Any, act: Callable[[], None], _layer: Any) -> None:
    attempt(act)


def take(session: Session, frame: int, regions: Regions, name: str) -> None:
    """Make masks new cells of a frame, where there is none yet, as one step."""
    change = taken(session.required_project.curation, frame, regions, name)
    if change is None:
        session.events.notice.emit(Notice("info", "No new cell is found in this frame."))
    else:
        session.do(change)


def _found(
    preview: Preview, frame: int, known: PreparedFrame | None
) -> tuple[PreparedFrame, Regions]:
    """Runs in the background."""
    prepared = preview.prepare(frame) if known is None else known
    return prepared, preview.find(prepared)
