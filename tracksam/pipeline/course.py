"""Course: from the candidates of every frame to a finished run folder.

Where candidates come from is not known here: back ends draw them, or label images give them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from tracksam.errors import CancelledError
from tracksam.graph import FrameCandidates, Origin
from tracksam.grid import Grid
from tracksam.io.run import RunFolder
from tracksam.pipeline.canvas import canvas_of
from tracksam.pipeline.census import Census
from tracksam.pipeline.finish import Finish
from tracksam.pipeline.watch import Watch
from tracksam.progress import Report
from tracksam.prompts import Marks
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.link import link
from tracksam.stopwatch import Stopwatch


@attrs.frozen
class Course:
    """A run that has its folder and still needs its tracks.

    Parameters
    ----------
    run : RunFolder
        Open for writing.
    stack : Stack
        The movie, with all its channels.
    settings : Settings
        All settings.
    watch : Watch
        Over this run's frames.
    grid : Grid, optional
        How large frames are cut; default: they are worked on at once.
    """

    run: RunFolder
    stack: Stack
    settings: Settings
    watch: Watch
    grid: Grid | None = None

    def complete(self, found: Iterable[FrameCandidates], marks: Marks, report: Report) -> None:
        """Link candidates, write masks, measure, and close the folder.

        Parameters
        ----------
        found : iterable of FrameCandidates
            One a frame, in order. Those that the folder keeps already are not written again.
        marks : Marks
            What a person marked.
        report : callable
            Called with a `Progress` for each measured frame.

        Raises
        ------
        CancelledError
            The watch was told to stop. What the message names is on disk.
        ReadError, InvalidInputError
            A frame could not be read; the frames before it are on disk.
        """
        run, watch = self.run, self.watch
        with run.timed("masks") as stopwatch:
            census = self._linked(found, marks, stopwatch)
        if not census.rows:
            run.discard()
            watch.tell_failure("nothing was written")
        with run.timed("measure"):
            canvas = canvas_of(run, self.stack, self.grid)
            Finish(run, self.stack, canvas, self.settings).of(census, marks, report)
        run.close("interrupted" if watch.is_stopped else "complete")
        watch.tell_failure(f"the first {len(census.rows)} frames are valid in {run.path}")
        if watch.is_stopped:
            raise CancelledError(
                f"stopped after {len(census.rows)} of {self.stack.n_frames} frames; masks and "
                f"tables of these are valid in {run.path}; --resume goes on."
            )

    def _linked(
        self, found: Iterable[FrameCandidates], marks: Marks, stopwatch: Stopwatch
    ) -> Census:
        """Link, and write the masks under the ids of linking."""
        census = Census()
        kept = stopwatch.over(self._kept(self.watch.over(found, "tracking")), "candidates")
        first_id = 1 + max(marks.object_ids, default=0)
        note = self.run.add_message
        canvas = canvas_of(self.run, self.stack, self.grid)
        frames = link(kept, self.settings.link, first_id=first_id, note=note)
        for linked in stopwatch.over(frames, "link"):
            canvas.draw(linked.frame, linked.regions)
            census.add(linked)
        return census

    def _kept(self, found: Iterator[FrameCandidates]) -> Iterator[FrameCandidates]:
        """Keep the candidates on disk on their way to linking, which never sees the lost ones."""
        for frame in found:
            if frame.frame not in self.run.candidates:
                self.run.candidates.keep(frame)
            yield frame.select(frame.origin != Origin.LOST)
