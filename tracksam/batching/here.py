"""Here: the movies of a batch one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import attrs

from tracksam.batching.job import Job, Tell, attempt
from tracksam.batching.outcome import Outcome

Value = TypeVar("Value")


class Crew(Protocol):
    """Those who do the jobs of a batch."""

    def each(self, function: Callable[[Job], Value], jobs: Sequence[Job]) -> Iterator[Value]:
        """Yield what a function returns for each job, in the order of the jobs.

        Parameters
        ----------
        function : callable
            Takes a job.
        jobs : sequence of Job
            In any number.
        """
        ...

    def attempts(self, jobs: Sequence[Job], tell: Tell) -> Iterator[tuple[Job, Outcome | str]]:
        """Yield each job when it is done, with its outcome, or why there is none.

        Parameters
        ----------
        jobs : sequence of Job
            The movies.
        tell : callable
            Told of each frame.
        """
        ...


@attrs.frozen
class Here:
    """The process that asks, alone: a `Crew` that does one job after the other."""

    def each(self, function: Callable[[Job], Value], jobs: Sequence[Job]) -> Iterator[Value]:
        """Yield what a function returns for each job."""
        return map(function, jobs)

    def attempts(self, jobs: Sequence[Job], tell: Tell) -> Iterator[tuple[Job, Outcome | str]]:
        """Yield each job with its outcome, in the order of the jobs."""
        for job in jobs:
            yield job, attempt(job, tell)
