"""Cluster: who does the work of a batch, and how many of them fit on this machine."""

from __future__ import annotations

import os

import attrs

from tracksam.errors import InvalidInputError

BYTES_A_WORKER = 2 * 2**30
"""Room for one movie: libraries, a model, and a few frames."""


@attrs.frozen
class Cluster:
    """Who does the work of a batch.

    Parameters
    ----------
    workers : int, optional
        Processes on this machine; 1: this one alone. Default: one a core, as far as memory goes,
        where Dask's ``distributed`` is installed; else 1.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://...``), or its file: its workers do the work.
    gpus : int
        Graphics cards of this machine to use: a process for each, which sees no other one.

    Raises
    ------
    InvalidInputError
        A number is negative, or two of the three are given.
    """

    workers: int | None = None
    scheduler: str | None = None
    gpus: int = 0

    def __attrs_post_init__(self) -> None:
        if (self.workers is not None and self.workers < 1) or self.gpus < 0:
            raise InvalidInputError(
                f"workers must be 1 or more and gpus 0 or more, got {self.workers}, {self.gpus}."
            )
        if sum((self.workers is not None, self.scheduler is not None, self.gpus > 0)) > 1:
            raise InvalidInputError("give one of workers, scheduler and gpus.")

    @property
    def n_local(self) -> int:
        """How many processes of this machine do the work, if no scheduler is named."""
        if self.gpus:
            return self.gpus
        if self.workers is not None:
            return self.workers
        return default_workers() if is_dask_there() else 1

    @property
    def needs_dask(self) -> bool:
        """Whether this process alone is not enough."""
        return self.scheduler is not None or self.gpus > 0 or self.n_local > 1


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_workers() -> int:
    """Return how many movies are tracked at a time: one a core, as far as memory goes."""
    return max(1, min(cores(), _memory_bytes() // BYTES_A_WORKER))


def threads_of(n_workers: int) -> int:
    """Return how many threads each of some processes may use: together no more than cores."""
    return max(1, cores() // n_workers)


def is_dask_there() -> bool:
    """Return whether Dask's ``distributed`` is installed."""
    import importlib.util

    return importlib.util.find_spec("distributed") is not None


def require_dask() -> None:
    """Check that Dask's ``distributed`` is installed.

    Raises
    ------
    InvalidInputError
        It is not; the message says how to get it.
    """
    if not is_dask_there():
        raise InvalidInputError(
            "several workers need Dask's distributed; install it with: pip install "
            "'tracksam[cluster]'; or use one worker."
        )


def _memory_bytes() -> int:
    """Memory of this machine; where the system does not say, room for all cores."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return cores() * BYTES_A_WORKER
