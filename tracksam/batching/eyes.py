"""Eyes: the frames of one long movie are looked at by all workers, ahead of the one that links."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import attrs
from numpy.typing import NDArray

from tracksam.batching.job import Help, Job
from tracksam.io.images import read_movie
from tracksam.pipeline.models import load_models
from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Segmenter
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.work import Models, Work

FRAMES_A_CHUNK = 2
CHUNKS_AHEAD = 2
"""For each worker: what lies ready while the points are followed."""


def spread(client: Any) -> Help:
    """Return what gives a movie's work the eyes of all workers.

    Parameters
    ----------
    client : distributed.Client
        Of the worker that tracks the movie.

    Returns
    -------
    callable
        For `attempt`.
    """
    return _Spread(client)


@attrs.frozen
class _Spread:
    client: Any

    def __call__(self, job: Job, work: Work) -> Work:
        eyes = WorkerEyes(self.client, job, work.stack.n_frames)
        segmenter = FarSegmenter(work.models.segmenter)
        return attrs.evolve(work, models=attrs.evolve(work.models, segmenter=segmenter), eyes=eyes)


class WorkerEyes:
    """Looks at the frames of a movie by the workers of a cluster, some chunks ahead.

    Frames are asked for in order; after a gap the chunks in between are not looked at. What was
    prepared stays with the worker that did it until the frame is passed; a worker's death costs
    the chunks that it held, and these are looked at again.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    job : Job
        Names the movie and its settings.
    n_frames : int
        Of the movie.
    """

    def __init__(self, client: Any, job: Job, n_frames: int) -> None:
        self._client = client
        self._job = job
        self._n_frames = n_frames
        self._chunks: dict[int, Any] = {}

    def look_at(self, frame: int) -> tuple[FarPrepared, Regions]:
        """Return where a frame's preparation is, and what was found in the frame."""
        here = frame // FRAMES_A_CHUNK
        n_ahead = CHUNKS_AHEAD * max(len(self._client.ncores()), 1)
        for passed in [chunk for chunk in self._chunks if chunk < here]:
            del self._chunks[passed]
        for chunk in range(here, here + n_ahead + 1):
            self._order(chunk)
        position = frame % FRAMES_A_CHUNK
        chunk = self._chunks[here]
        found = self._client.submit(_found, chunk, position, pure=False, priority=10).result()
        return FarPrepared(self._client, chunk, position), found

    def _order(self, chunk: int) -> None:
        frames = range(chunk * FRAMES_A_CHUNK, min((chunk + 1) * FRAMES_A_CHUNK, self._n_frames))
        if chunk not in self._chunks and frames:
            self._chunks[chunk] = self._client.submit(
                look_at_chunk, self._job, frames, pure=False, priority=-chunk
            )


@attrs.frozen(eq=False)
class FarPrepared:
    """What a segmenter prepared of a frame, in some worker.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    chunk : distributed.Future
        Of `look_at_chunk`.
    position : int
        Of the frame in it.
    """

    client: Any
    chunk: Any
    position: int

    def brought(self) -> Any:
        """Return it, brought here."""
        future = self.client.submit(_prepared, self.chunk, self.position, pure=False, priority=10)
        return future.result()


@attrs.frozen(eq=False)
class FarSegmenter:
    """A segmenter that brings what was prepared elsewhere, when it is needed.

    Parameters
    ----------
    inner : Segmenter
        Does the work.
    """

    inner: Segmenter

    def prepare(self, image_yxc: NDArray[Any]) -> Any:
        """Prepare a frame here."""
        return self.inner.prepare(image_yxc)

    def segment(
        self, prepared: Any, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        """Return the proposals for what is asked."""
        if isinstance(prepared, FarPrepared):
            prepared = prepared.brought()
        return self.inner.segment(prepared, prompts, boxes, previous)


def look_at_chunk(job: Job, frames: range) -> tuple[tuple[Any, Regions], ...]:
    """Look at some frames of a movie; in any worker.

    Parameters
    ----------
    job : Job
        Names the movie and its settings.
    frames : range
        Which.

    Returns
    -------
    tuple of (Any, Regions)
        What `Models.look_at` returns, for each.
    """
    return tuple(_looks(job, frames))


def _looks(job: Job, frames: range) -> Iterator[tuple[Any, Regions]]:
    tracked, models = _opened(job.entry.movie, job.entry.axes, job.settings.to_toml(), job.call)
    for frame in frames:
        yield models.look_at(tracked.frame(frame), job.settings.segment.min_score)


# A worker looks at many chunks of one movie; loading a model takes longer than a chunk.
@functools.lru_cache(maxsize=1)
def _opened(movie: str, axes: str | None, settings_toml: str, _call: str) -> tuple[Stack, Models]:
    settings = Settings.from_toml(settings_toml)
    stack = read_movie(movie, settings.read, axes=axes)
    channel = settings.read.channel
    tracked = stack if channel is None else stack.only_channel(channel)
    return tracked, load_models(settings, tracked)


def _found(looks: tuple[tuple[Any, Regions], ...], position: int) -> Regions:
    return looks[position][1]


def _prepared(looks: tuple[tuple[Any, Regions], ...], position: int) -> Any:
    return looks[position][0]
