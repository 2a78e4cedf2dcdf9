"""Job: one movie of a batch, tracked once, in whatever process it comes to."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

import tracksam
from tracksam.batching.entry import Entry
from tracksam.batching.fingerprint import Fingerprint
from tracksam.batching.ledger import CELLS, Ledger
from tracksam.batching.outcome import Outcome, killed
from tracksam.doubts import DOUBTFUL_BELOW
from tracksam.errors import InvalidInputError, ReadError, TracksamError
from tracksam.io.images import read_movie
from tracksam.io.lock import locked
from tracksam.io.marks import read_marks
from tracksam.io.run import RunFolder
from tracksam.io.tables import read_cells
from tracksam.pipeline.run import Order, carry_out
from tracksam.progress import Progress
from tracksam.prompts import Marks
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.work import Work

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIES = 3
"""How often a movie is begun in one call of a batch, if its process dies each time."""
_PATIENCE_S = 600.0

Tell = Callable[[str, Progress], None]
"""Called with the name of a movie and how far it is."""


@attrs.frozen
class Job:
    """One movie of a batch, and where its results go.

    Parameters
    ----------
    entry : Entry
        The movie.
    settings : Settings
        Of this movie.
    out : str
        The folder of the batch, as every process sees it.
    call : str
        Which call of the batch this is.
    """

    entry: Entry
    settings: Settings
    out: str
    call: str

    def stack(self) -> Stack:
        """Return the movie, opened."""
        return read_movie(self.entry.movie, self.settings.read, axes=self.entry.axes)

    def marks(self, stack: Stack) -> Marks:
        """Return what is marked in it, or found in it now."""
        if self.entry.query is not None:
            return self.entry.query.marks(stack, self.settings)
        return read_marks(self.entry.prompts, self.entry.examples)


Help = Callable[[Job, Work], Work]


def attempt(job: Job, tell: Tell, helped: Help | None = None) -> Outcome:
    """Track one movie, and write what became of it.

    Parameters
    ----------
    job : Job
        The movie.
    tell : callable
        Told of each frame.
    helped : callable, optional
        Gives the work eyes elsewhere.

    Returns
    -------
    Outcome
        As it lies on disk. Only the disk itself can make this raise.

    Raises
    ------
    WriteError
        Even the outcome could not be written.
    """
    ledger = Ledger(Path(job.out))
    with locked(ledger.outcome_file(job.entry.name), wait_s=_PATIENCE_S):
        before = ledger.outcome(job.entry)
        if before.state == "complete" and before.call == job.call:
            return before  # another worker, believed to be dead, has done it meanwhile
        begun = _begun(before, job)
        if begun.state == "running":
            ledger.write_outcome(begun)
            begun = _ended(_Attempt(job, ledger, before.input, tell, helped), begun)
        ledger.write_outcome(begun)
        return begun


def _begun(before: Outcome, job: Job) -> Outcome:
    """The outcome when an attempt begins; failed if there were enough of them."""
    faults = before.faults
    if before.state == "running":
        faults = (*faults, killed(before))
    elif before.state == "failed":
        faults = (*faults, f"attempt {before.attempts}: {before.error}")
    tries = before.tries if before.call == job.call else 0
    if tries >= MOST_TRIES:
        error = (
            f"begun {tries} times, and each time its process was killed; has it too little memory?"
        )
        return attrs.evolve(before, state="failed", error=error, faults=faults)
    return Outcome(
        job.entry.name,
        job.entry.movie,
        state="running",
        attempts=before.attempts + 1,
        faults=faults,
        call=job.call,
        tries=tries + 1,
        version=tracksam.__version__,
    )


@attrs.frozen
class _Attempt:
    """One try to track a movie.

    Parameters
    ----------
    job, tell, helped
        As for `attempt`.
    ledger : Ledger
        Where outcomes lie.
    earlier : Fingerprint or None
        Of the movie in the attempt before.
    """

    job: Job
    ledger: Ledger
    earlier: Fingerprint | None
    tell: Tell
    helped: Help | None


def _ended(this: _Attempt, begun: Outcome) -> Outcome:
    """The outcome when an attempt ends, whatever happens in it."""
    start = time.perf_counter()
    ended = begun
    try:
        ended = attrs.evolve(begun, input=Fingerprint.of(this.job.entry.movie))
        ended = _tracked(this, ended)
    except TracksamError as error:
        ended = _failed(ended, this, " ".join(str(error).split()))
    except Exception as error:  # noqa: BLE001 - the worker's last line: the other movies go on
        what = f"unexpected {type(error).__name__}: {error}"
        trace = traceback.format_exc()
        ended = attrs.evolve(_failed(ended, this, " ".join(what.split())), trace=trace)
    return attrs.evolve(ended, seconds=round(time.perf_counter() - start, 3))


def _failed(ended: Outcome, this: _Attempt, error: str) -> Outcome:
    """What is kept of a movie that changed meanwhile is not to be used again."""
    trusted = ended.input
    if trusted is not None and not _is_untouched(this.job.entry.movie, trusted):
        trusted, error = None, f"the movie changed while it was tracked; {error}"
    return attrs.evolve(ended, state="failed", error=error, input=trusted)


def _is_untouched(movie: str, earlier: Fingerprint) -> bool:
    try:
        return Fingerprint.of(movie, contents=False).is_untouched_since(earlier)
    except ReadError:
        return False


def _tracked(this: _Attempt, begun: Outcome) -> Outcome:
    job, ledger, helped = this.job, this.ledger, this.helped
    folder = ledger.run_folder(job.entry.name)
    on_exists, note = _way(folder, begun, this.earlier)
    if note:
        begun = attrs.evolve(begun, faults=(*begun.faults, note))
    ledger.write_outcome(begun)
    if on_exists != "done":
        stack = job.stack()
        order = Order(
            stack,
            job.marks(stack),
            job.settings,
            folder,
            on_exists,
            None if helped is None else _Helper(helped, job),
        )
        carry_out(order, _Watcher(this.tell, job.entry, begun.input))
    _require_untouched(job.entry.movie, begun.input)
    return _summary(begun, RunFolder.open(folder))


def _way(folder: Path, begun: Outcome, earlier: Fingerprint | None) -> tuple[str, str]:
    """How to use what an earlier attempt left, and what to say about it."""
    try:
        state = RunFolder.open(folder).record.state
    except ReadError:
        return "refuse", ""
    is_same = (
        earlier is not None and begun.input is not None and begun.input.is_untouched_since(earlier)
    )
    if is_same:
        return ("done" if state == "complete" else "resume"), ""
    return "overwrite", f"attempt {begun.attempts}: anew, as the movie was touched in between"


@attrs.frozen
class _Helper:
    """`Order.helped` of one job."""

    helped: Help
    job: Job

    def __call__(self, work: Work) -> Work:
        return self.helped(self.job, work)


@attrs.frozen
class _Watcher:
    """Tells of progress, and sees to it that the movie stays as it was."""

    tell: Tell
    entry: Entry
    input: Fingerprint | None

    def __call__(self, progress: Progress) -> bool | None:
        self.tell(self.entry.name, progress)
        if Path(self.entry.movie).is_file():
            _require_untouched(self.entry.movie, self.input)
        return None


def _require_untouched(movie: str, earlier: Fingerprint | None) -> None:
    if earlier is None or not _is_untouched(movie, earlier):
        raise InvalidInputError("leave it as it is, and resume.")


def _summary(begun: Outcome, run: RunFolder) -> Outcome:
    cells = read_cells(run.path / CELLS, ("confidence",))
    return attrs.evolve(
        begun,
        state="complete",
        frames=run.record.input.shape_tyxc[0],
        cells=len(cells),
        tracks=int(cells["track_id"].nunique()) if len(cells) else 0,
        doubtful_share=_doubtful_share(cells),
    )


def _doubtful_share(cells: pd.DataFrame) -> float | None:
    if not len(cells):
        return None
    return round(float((cells["confidence"] < DOUBTFUL_BELOW).mean()), 6)
