"""Preparing: frames made ready in the background, so that previews take no time."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from napari_tracksam.worker import Job
from tracksam import Preview
from tracksam.pipeline.preview import PreparedFrame

if TYPE_CHECKING:
    from napari_tracksam.session import Session

KEPT_FRAMES = 3
"""Frames that stay prepared."""


class Preparing:
    """The models that draw previews, and the frames that are prepared for them.

    Parameters
    ----------
    session : Session
        Whose movie is marked.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._models: Preview | None = None
        self._frames: OrderedDict[int, PreparedFrame] = OrderedDict()

    def __contains__(self, frame: int) -> bool:
        return frame in self._frames

    def get(self, frame: int) -> PreparedFrame | None:
        """Return a frame, if it is prepared."""
        return self._frames.get(frame)

    def keep(self, prepared: PreparedFrame) -> None:
        """Keep a frame that is prepared; the oldest one is forgotten."""
        self._frames[prepared.frame] = prepared
        self._frames.move_to_end(prepared.frame)
        while len(self._frames) > KEPT_FRAMES:
            self._frames.popitem(last=False)

    def forget(self) -> None:
        """Begin anew with another movie, or other models."""
        self._models = None
        self._frames.clear()

    @property
    def models(self) -> Preview:
        """What draws; loaded when it is first used, in the background."""
        if self._models is None:
            settings = self._session.required_project.settings
            self._models = Preview(self._session.required_movie, settings)
        return self._models

    def prepare(self) -> None:
        """Prepare the current frame in the background, then the next one."""
        frame = self._session.frame
        if frame in self._frames:
            self._frames.move_to_end(frame)
            self._ahead(frame + 1)
            return
        job = Job(partial(self.models.prepare, frame), self._is_prepared, self._session.tell_error)
        self._session.workers.lane("preview").add(job, only_latest=True)

    def _is_prepared(self, prepared: PreparedFrame) -> None:
        self.keep(prepared)
        if prepared.frame == self._session.frame:
            self._session.events.ready.emit(True)
            self._session.marking.frame_ready()
            self._ahead(prepared.frame + 1)
        elif self._session.marking.active and self._session.frame not in self._frames:
            self.prepare()

    def _ahead(self, frame: int) -> None:
        lane, movie = self._session.workers.lane("preview"), self._session.required_movie
        if frame < movie.n_frames and frame not in self._frames and not lane.is_busy:
            work = partial(self.models.prepare, frame)
            lane.add(Job(work, self.keep, self._session.tell_error), only_latest=True)
