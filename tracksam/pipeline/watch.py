"""Watch: progress is told, and a wish to stop is heard, while frames come by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from tracksam.progress import Progress, Report

Item = TypeVar("Item")


class Watch:
    """Stands beside a stream of frames.

    Parameters
    ----------
    report : callable
        Told of each frame that came by; if it returns True, the stream ends.
    n_frames : int
        Frames of the movie.
    """

    def __init__(self, report: Report, n_frames: int) -> None:
        self._report = report
        self._n_frames = n_frames
        self.is_stopped = False

    def over(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield items until they end or somebody wishes to stop.

        Parameters
        ----------
        items : iterable
            One a frame.
        stage : str
            What is being done.
        total : int, optional
            How many there will be. Default: the frames of the movie.
        """
        total = self._n_frames if total is None else total
        for done, item in enumerate(items, start=1):
            yield item
            if self._report(Progress(stage, done, total)) and done < total:
                self.is_stopped = True
                return
