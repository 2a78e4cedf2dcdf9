"""Jobs: many things to make, one after the other or in several processes, with word of progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Made = TypeVar("Made")
# Word is given after each of so many parts of the whole.
PARTS = 10


def finished(
    jobs: Sequence[Callable[[], Made]], workers: int, say: Callable[[str], None]
) -> Iterator[Made]:
    """Yield what jobs make, in their order.

    Parameters
    ----------
    jobs : sequence of callable
        Without arguments; with several workers they are pickled, and so is what they return.
    workers : int
        Processes; 1: all is done here.
    say : callable
        Called with a line of progress about ten times.

    Yields
    ------
    object
        Of each job.
    """
    if workers == 1:
        yield from _told((job() for job in jobs), len(jobs), say)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from _told(pool.map(_done, jobs), len(jobs), say)


def _done(job: Callable[[], Made]) -> Made:
    return job()


def _told(made: Iterable[Made], n: int, say: Callable[[str], None]) -> Iterator[Made]:
    every = max(n // PARTS, 1)
    for number, one in enumerate(made, start=1):
        if number % every == 0:
            say(f"{number} of {n} movies")
        yield one
