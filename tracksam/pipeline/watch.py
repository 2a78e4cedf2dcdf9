"""Watch: progress is told, and a wish to stop is heard, while frames come by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from tracksam.errors import InvalidInputError, ReadError
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

    Attributes
    ----------
    is_stopped : bool
        The stream ended before its time.
    """

    def __init__(self, report: Report, n_frames: int) -> None:
        self._report = report
        self._n_frames = n_frames
        self._failure: ReadError | InvalidInputError | None = None
        self.is_stopped = False

    def over(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield items until they end, somebody wishes to stop, or a frame can not be read.

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
        done = 0
        try:
            for done, item in enumerate(items, start=1):
                yield item
                if self._report(Progress(stage, done, total)) and done < total:
                    self.is_stopped = True
                    return
        except (ReadError, InvalidInputError) as failure:
            self._failure = failure
            self.is_stopped = True

    def tell_failure(self, what_is_left: str) -> None:
        """Raise the error that ended the stream, if one did, with what is left of the run.

        Raises
        ------
        ReadError, InvalidInputError
            A frame could not be read.
        """
        if self._failure is not None:
            told = str(self._failure).rstrip(".")
            raise type(self._failure)(f"{told}; {what_is_left}.") from self._failure
