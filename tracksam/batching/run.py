"""Run: the movies of a batch, by whoever does the work; nothing that is done is done again."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from tracksam.batching.cluster import Cluster
from tracksam.batching.entry import Entry, movies_of, named
from tracksam.batching.fingerprint import Fingerprint
from tracksam.batching.here import Crew, Here
from tracksam.batching.job import Job
from tracksam.batching.joint import write_joint
from tracksam.batching.ledger import CELLS, REPORT, TRACKS, Ledger, Plan
from tracksam.batching.manifest import SUFFIX, read_manifest
from tracksam.batching.outcome import Outcome, given_up
from tracksam.errors import InvalidInputError, ReadError, TracksamError, WriteError
from tracksam.io.atomic import require_space, write_text
from tracksam.io.lock import locked
from tracksam.io.run_leave import predicted_bytes
from tracksam.pipeline.finding.query import Query
from tracksam.progress import Progress
from tracksam.report.index import Line, index_page
from tracksam.settings import Settings

Movies = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Sequence[Entry]


@attrs.frozen
class BatchProgress:
    """How far a batch is.

    Parameters
    ----------
    outcomes : mapping of str to Outcome
        What became of each movie, by name.
    frames : mapping of str to Progress
        How far each movie is that is being tracked.
    """

    outcomes: Mapping[str, Outcome]
    frames: Mapping[str, Progress]


Report = Callable[[BatchProgress], None]
"""Called whenever a movie has come further."""


def unseen(progress: BatchProgress) -> None:
    """Report nothing of `progress`."""


@attrs.frozen
class BatchResult:
    """What became of a batch.

    Parameters
    ----------
    folder : Path
        Where everything lies.
    outcomes : tuple of Outcome
        One a movie, in the order of the batch.
    """

    folder: Path
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those that are not complete."""
        return tuple(outcome for outcome in self.outcomes if outcome.state != "complete")


def batch(
    movies: Movies,
    out: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    cluster: Cluster | None = None,
    resume: bool = False,
    progress: Report = unseen,
) -> BatchResult:
    """Track many movies, each into a run folder of its own.

    Parameters
    ----------
    movies : path-like, or sequence of them, or of Entry
        A manifest (``.csv``, see `read_manifest`), a glob, or movies. Each gets the name of its
        file.
    out : path-like
        The folder of the batch; see `tracksam.batching.ledger` for what lies in it.
    settings : Settings, optional
        Of all movies that do not say otherwise. Default: ``Settings()``.
    cluster : Cluster, optional
        Who does the work. Default: a process a core, where Dask's ``distributed`` is installed.
        In a script, call it below ``if __name__ == "__main__":``, as processes are started.
    resume : bool
        Go on with the batch in `out`: complete movies stay, interrupted ones go on, failed ones
        are tried again. Movies may be added.
    progress : callable
        Called with a `BatchProgress` whenever a movie has come further.

    Returns
    -------
    BatchResult
        A movie that failed is in it, with the reason; it stops no other.

    Raises
    ------
    InvalidInputError
        Two movies have one name; the batch to resume had other settings, marks, another version,
        or a complete movie has changed since.
    WriteError
        The folder is used already, or the disk has too little room for all movies.

    Examples
    --------
    >>> import tempfile
    >>> from tracksam.batching import Cluster
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = batch(["missing.tif"], f"{folder}/out", cluster=Cluster(workers=1))
    >>> [(outcome.name, outcome.state) for outcome in result.outcomes]
    [('missing', 'failed')]
    """
    cluster = cluster or Cluster()
    ledger = Ledger(Path(out))
    with locked(ledger.path):
        plan = Plan(tuple(entries_of(movies)), settings or Settings())
        plan = ledger.begin(plan, resume=resume)
        with _crew(cluster) as crew:
            return Batch(ledger, plan, progress).run(crew)


def entries_of(movies: Movies) -> list[Entry]:
    """Return the movies that are meant, with their names.

    Parameters
    ----------
    movies : path-like, or sequence of them, or of Entry
        As for `batch`.

    Returns
    -------
    list of Entry

    Raises
    ------
    InvalidInputError
        There are none, or two have one name.
    ReadError
        A glob matches nothing, or the manifest can not be read.
    """
    words: list[str] = []
    if isinstance(movies, str | os.PathLike):
        movies = [movies]
    given = [movie for movie in movies if isinstance(movie, Entry)]
    words = [os.fspath(movie) for movie in movies if not isinstance(movie, Entry)]
    if len(words) == 1 and not given and words[0].lower().endswith(SUFFIX):
        return read_manifest(words[0])
    entries = [*given, *named(movies_of(words))]
    if not entries:
        raise InvalidInputError("a batch needs at least one movie, got none.")
    return entries


@contextmanager
def _crew(cluster: Cluster) -> Iterator[Crew]:
    if not cluster.needs_dask:
        yield Here()
        return
    from tracksam.batching.workers import crew_of

    with crew_of(cluster) as crew:
        yield crew


class Batch:
    """A batch that is being worked on.

    Parameters
    ----------
    ledger : Ledger
        Its folder.
    plan : Plan
        What is to be done.
    report : callable
        Told of progress.
    """

    def __init__(self, ledger: Ledger, plan: Plan, report: Report) -> None:
        self._ledger = ledger
        self._plan = plan
        self._report = report
        self._call = uuid.uuid4().hex
        self._frames: dict[str, Progress] = {}
        self._outcomes = {entry.name: ledger.outcome(entry) for entry in plan.entries}

    def run(self, crew: Crew) -> BatchResult:
        """Do what is missing, and write the tables.

        Parameters
        ----------
        crew : Crew
            Who does it.

        Returns
        -------
        BatchResult
        """
        self._check_complete()
        jobs = self._jobs()
        self._check_space(crew, jobs)
        self._ledger.write_table(self._outcomes.values())
        self._told()
        for job, ended in crew.attempts(jobs, self._tell):
            self._note(job, ended)
        self._ledger.write_table(self._outcomes.values())
        self._write_joint()
        return BatchResult(self._ledger.path, tuple(self._outcomes.values()))

    def _jobs(self) -> list[Job]:
        """What is to be done: every movie that is not complete."""
        out = str(self._ledger.path.resolve())
        return [
            Job(_absolute(entry), self._plan.settings.changed(entry.values), out, self._call)
            for entry in self._plan.entries
            if self._outcomes[entry.name].state != "complete"
        ]

    def _check_complete(self) -> None:
        """Refuse to go on where a complete movie is not what it was."""
        for entry in self._plan.entries:
            outcome = self._outcomes[entry.name]
            if outcome.state == "complete" and outcome.input and _is_changed(entry, outcome.input):
                raise InvalidInputError(
                    f"{entry.movie} changed since it was tracked: its results in "
                    f"{self._ledger.run_folder(entry.name)} are of another movie; put it back, "
                    f"or remove {self._ledger.outcome_file(entry.name)} to track it anew."
                )

    def _check_space(self, crew: Crew, jobs: Sequence[Job]) -> None:
        require_space(self._ledger.path, sum(crew.each(needed_bytes, jobs)))

    def _tell(self, name: str, progress: Progress) -> None:
        self._frames[name] = progress
        self._told()

    def _told(self) -> None:
        self._report(BatchProgress(dict(self._outcomes), dict(self._frames)))

    def _note(self, job: Job, ended: Outcome | str) -> None:
        """Note what became of a movie, on disk and for those who watch."""
        name = job.entry.name
        if isinstance(ended, str):
            ended = given_up(self._ledger.outcome(job.entry), ended)
            with suppress(WriteError):  # a full disk: then it stands in the table, at the end
                self._ledger.write_outcome(ended)
        self._outcomes[name] = attrs.evolve(ended, movie=self._entry(name).movie)
        self._frames.pop(name, None)
        with suppress(WriteError):
            self._ledger.write_table(self._outcomes.values())
        self._told()

    def _entry(self, name: str) -> Entry:
        return next(entry for entry in self._plan.entries if entry.name == name)

    def _write_joint(self) -> None:
        """Write the tables of all complete movies, and the index."""
        folders = [
            (outcome.name, self._ledger.run_folder(outcome.name))
            for outcome in self._outcomes.values()
            if outcome.state == "complete"
        ]
        for table in (CELLS, TRACKS):
            write_joint(
                self._ledger.path / table, [(name, folder / table) for name, folder in folders]
            )
        lines = [_line(outcome) for outcome in self._outcomes.values()]
        page = index_page(self._ledger.path.resolve().name, lines)
        write_text(self._ledger.path / REPORT, page)


def needed_bytes(job: Job) -> int:
    """Return how much a movie's results may need; 0 for one that can not be opened.

    Parameters
    ----------
    job : Job
        The movie.

    Returns
    -------
    int
        Bytes.
    """
    try:
        return predicted_bytes(job.stack().shape_tyxc)
    except TracksamError:
        return 0  # its attempt will say why


def _absolute(entry: Entry) -> Entry:
    """The entry as processes elsewhere find it."""
    prompts = entry.prompts
    return attrs.evolve(
        entry,
        movie=os.path.abspath(entry.movie),  # noqa: PTH100 - links are kept as they are
        prompts=None if prompts is None else str(Path(prompts).resolve()),
        examples=tuple(str(Path(path).resolve()) for path in entry.examples),
        query=None if entry.query is None else _absolute_query(entry.query),
    )


def _absolute_query(query: Query) -> Query:
    image, mask = (
        None if path is None else str(Path(path).resolve())
        for path in (query.reference, query.mask)
    )
    return attrs.evolve(query, reference=image, mask=mask)


def _is_changed(entry: Entry, earlier: Fingerprint) -> bool:
    """Whether a movie that is there is another one; one that is away may come back."""
    try:
        if Fingerprint.of(entry.movie, contents=False).is_same_age(earlier):
            return False
        return Fingerprint.of(entry.movie).sha256 != earlier.sha256
    except ReadError:
        return False


def _line(outcome: Outcome) -> Line:
    is_complete = outcome.state == "complete"
    notes: Iterable[str] = (*outcome.faults, *([outcome.error] if outcome.error else []))
    return Line(
        outcome.name,
        outcome.movie,
        outcome.state,
        outcome.seconds,
        outcome.frames,
        outcome.cells,
        outcome.tracks,
        outcome.doubtful_share,
        tuple(notes),
        f"runs/{outcome.name}" if is_complete else "",
    )
