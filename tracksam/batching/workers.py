"""Workers: the movies of a batch on a Dask cluster, of this machine or any other."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs

import tracksam
from tracksam.batching.cluster import Cluster, require_dask, threads_of
from tracksam.batching.eyes import spread
from tracksam.batching.job import Job, Tell, attempt
from tracksam.batching.outcome import Outcome
from tracksam.errors import InvalidInputError
from tracksam.progress import Progress

Value = TypeVar("Value")

CARD = "GPU"
"""Resource of a Dask worker that stands for one graphics card."""
# Dask blames every task that a killed worker held; what a movie may do wrong is counted by itself.
_ALLOWED_FAILURES = 30
_SECONDS_BETWEEN_TELLS = 0.5
_SECONDS_TO_CONNECT = 30
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


@contextmanager
def crew_of(cluster: Cluster) -> Iterator[Workers]:
    """Give the workers of a cluster; those of this machine end with the context.

    Parameters
    ----------
    cluster : Cluster
        Who does the work.

    Yields
    ------
    Workers

    Raises
    ------
    InvalidInputError
        ``distributed`` is not installed, or the scheduler does not answer.
    """
    require_dask()
    import dask
    from distributed import Client

    with dask.config.set(_config(cluster)):
        if cluster.scheduler is not None:
            with _connected(cluster.scheduler) as client:
                _require_same_version(client)
                yield Workers(client)
            return
        with _local(cluster) as local, Client(local, set_as_default=False) as client:
            yield Workers(client)


def _config(cluster: Cluster) -> dict[str, Any]:
    threads = str(threads_of(cluster.n_local))
    return {
        "distributed.scheduler.allowed-failures": _ALLOWED_FAILURES,
        "distributed.comm.timeouts.connect": _SECONDS_TO_CONNECT,
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(_THREAD_VARIABLES, threads),
        "distributed.logging.distributed": "critical",
    }


def _connected(scheduler: str) -> Any:
    from distributed import Client

    where = {"scheduler_file": scheduler} if Path(scheduler).is_file() else {"address": scheduler}
    if "address" in where and "://" not in scheduler:
        raise InvalidInputError(
            f"{scheduler} is neither the file of a scheduler nor an address such as "
            "tcp://host:8786."
        )
    try:
        return Client(**where, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"no Dask scheduler answers at {scheduler}: {error}; is it running?"
        ) from error


def _require_same_version(client: Any) -> None:
    """Refuse workers, of those that are there already, that would give other results."""
    try:
        versions = client.run(worker_version)
    except ImportError as error:
        raise InvalidInputError(f"a worker has no tracksam: {error}; install it there.") from error
    for worker, version in versions.items():
        if version != tracksam.__version__:
            raise InvalidInputError(
                f"worker {worker} has tracksam {version}, this is {tracksam.__version__}; install "
                "the same version everywhere."
            )


def worker_version() -> str:
    """Return the version of tracksam in the process that calls it."""
    return tracksam.__version__


def _local(cluster: Cluster) -> Any:
    """A scheduler and processes of this machine, each with one movie at a time."""
    from distributed import Nanny, Scheduler, SpecCluster
    from distributed.system import MEMORY_LIMIT

    common = {
        "nthreads": 1,
        "memory_limit": int(0.95 * MEMORY_LIMIT / cluster.n_local),
        "silence_logs": logging.CRITICAL,
        "dashboard": False,
    }
    workers = {
        i: {"cls": Nanny, "options": common | _card_options(i, cluster.gpus)}
        for i in range(cluster.n_local)
    }
    options = {"host": "127.0.0.1", "port": 0, "dashboard_address": "127.0.0.1:0"}
    with _ctrl_c_unheard():
        return SpecCluster(
            workers=workers,
            scheduler={"cls": Scheduler, "options": options},
            silence_logs=logging.CRITICAL,
        )


@contextmanager
def _ctrl_c_unheard() -> Iterator[None]:
    """Let processes that start meanwhile ignore Ctrl-C: a terminal sends it to all of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _card_options(card: int, n_cards: int) -> dict[str, Any]:
    if not n_cards:
        return {}
    return {"resources": {CARD: 1}, "env": {"CUDA_VISIBLE_DEVICES": str(card)}}


@attrs.frozen
class Workers:
    """The workers of a Dask cluster, as a `Crew`.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    """

    client: Any

    def each(self, function: Callable[[Job], Value], jobs: Sequence[Job]) -> Iterator[Value]:
        """Yield what a function returns for each job, in the order of the jobs."""
        futures = self.client.map(function, jobs, pure=False)
        return iter(self.client.gather(futures))

    def attempts(self, jobs: Sequence[Job], tell: Tell) -> Iterator[tuple[Job, Outcome | str]]:
        """Yield each job when it is done, with its outcome, or why there is none.

        Where there are fewer movies than workers, the frames of each are looked at by all.
        """
        from distributed import as_completed

        if not jobs:
            return
        topic = f"tracksam-{jobs[0].call}"
        self.client.subscribe_topic(topic, _Listener(tell))
        work = on_worker_spread if self._is_spread(len(jobs)) else on_worker
        resources = {CARD: 1} if self._has_cards() else None
        of_future = {
            self.client.submit(work, job, topic, pure=False, resources=resources): job
            for job in jobs
        }
        try:
            for future in as_completed(list(of_future), loop=self.client.loop):
                yield of_future.pop(future), _result(future)
        finally:
            self.client.unsubscribe_topic(topic)
            self.client.cancel(list(of_future), force=True)

    def _is_spread(self, n_jobs: int) -> bool:
        return n_jobs < len(self.client.ncores()) and not self._has_cards()

    def _has_cards(self) -> bool:
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return any(CARD in worker.get("resources", {}) for worker in workers)


def _result(future: Any) -> Outcome | str:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception() if future.status == "error" else None
    return f"{type(error).__name__}: {error}" if error else f"its task was {future.status}"


def on_worker(job: Job, topic: str) -> Outcome:
    """Track one movie in a worker.

    Parameters
    ----------
    job : Job
        The movie.
    topic : str
        Under which progress is told.

    Returns
    -------
    Outcome
    """
    _limit_threads()
    return attempt(job, _Teller(topic))


def on_worker_spread(job: Job, topic: str) -> Outcome:
    """Track one movie in a worker; the frames are looked at by all workers.

    Parameters
    ----------
    job, topic
        As for `on_worker`.

    Returns
    -------
    Outcome
    """
    from distributed import worker_client

    _limit_threads()
    with worker_client() as client:
        return attempt(job, _Teller(topic), spread(client))


def _limit_threads() -> None:
    """OpenCV reads no variable of the environment."""
    import cv2

    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal():
        cv2.setNumThreads(int(threads))


class _Teller:
    """Tells of progress by events of the worker, not more often than one can see.

    Parameters
    ----------
    topic : str
        Of the events.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._last = 0.0

    def __call__(self, name: str, progress: Progress) -> None:
        from distributed import get_worker

        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_TELLS or progress.done == progress.total:
            self._last = now
            get_worker().log_event(self._topic, {"name": name, **attrs.asdict(progress)})


@attrs.frozen
class _Listener:
    """Hears what `_Teller` tells."""

    tell: Tell

    def __call__(self, event: tuple[float, Any]) -> None:
        told = dict(event[1])
        self.tell(told.pop("name"), Progress(told["stage"], told["done"], told["total"]))
