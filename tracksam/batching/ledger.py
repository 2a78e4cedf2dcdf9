"""The folder of a batch: what was ordered, and what became of each movie.

::

    batch.csv             one row a movie
    batch.json            version, settings and movies, for --resume
    cells.csv tracks.csv  of all movies (cells.parquet, if wished)
    report.html           an index
    runs/NAME/            the run folder of each movie
    outcomes/NAME.json    what became of it, written by the process that tracks it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

import tracksam
from tracksam.batching.entry import Entry
from tracksam.batching.outcome import Outcome, table_text
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.atomic import write_error, write_text
from tracksam.settings import Settings

FORMAT = 1
TABLE, REPORT, CELLS, TRACKS = "batch.csv", "report.html", "cells.csv", "tracks.csv"
_PLAN, _RUNS, _OUTCOMES, _BALLAST = "batch.json", "runs", "outcomes", ".ballast"

# Room that is taken before the start, so that a full disk can still be told of.
_BALLAST_BYTES, _OUTCOME_BYTES = 2**18, 2**12


@attrs.frozen
class Plan:
    """What a batch was ordered to do.

    Parameters
    ----------
    entries : tuple of Entry
        The movies.
    settings : Settings
        Of all movies that do not say otherwise.
    version : str
        Of tracksam.
    """

    entries: tuple[Entry, ...]
    settings: Settings
    version: str = tracksam.__version__

    def to_json(self) -> str:
        """Return the plan as JSON, with the hashes of what is marked."""
        movies = [
            attrs.asdict(e)
            | {"prompts_sha256": _sha256(e.prompts)}
            | {"examples_sha256": [_sha256(path) for path in e.examples]}
            for e in self.entries
        ]
        values = {"version": self.version, "settings": self.settings.to_mapping()}
        return json.dumps({"tracksam_batch": FORMAT, **values, "movies": movies}, indent=1) + "\n"


@attrs.frozen
class Ledger:
    """The folder of a batch.

    Parameters
    ----------
    path : Path
        Where it is.
    """

    path: Path

    def begin(self, plan: Plan, *, resume: bool) -> Plan:
        """Write the plan; all that could forbid it is checked now.

        Parameters
        ----------
        plan : Plan
            What is to be done.
        resume : bool
            Whether to go on with the batch that the folder holds. Movies may be added then.

        Returns
        -------
        Plan
            With the movies of the earlier call that are not named now.

        Raises
        ------
        WriteError
            The folder is used already, there is nothing to resume, or it can not be written.
        InvalidInputError
            The batch that is to be resumed had other settings, marks or another version.
        """
        earlier = self._earlier(resume)
        if earlier is not None:
            _require_same(self.path, earlier, plan)
            plan = _with_earlier_movies(plan, earlier)
        try:
            for folder in (self.path, self.path / _RUNS, self.path / _OUTCOMES):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self.path, error) from error
        write_text(self.path / _PLAN, plan.to_json())
        self._reserve(plan)
        return plan

    def _earlier(self, resume: bool) -> dict[str, Any] | None:
        """The plan of an earlier call; None if the folder is new."""
        file = self.path / _PLAN
        if not file.is_file():
            if resume:
                raise WriteError(f"there is no batch in {self.path} to resume; leave resume away.")
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise WriteError(f"{self.path} is not empty; choose another folder.")
            return None
        if not resume:
            raise WriteError(
                f"{self.path} holds a batch: --resume goes on with it; or choose another folder."
            )
        return _read_plan(file)

    def run_folder(self, name: str) -> Path:
        """Return where a movie's run folder is."""
        return self.path / _RUNS / name

    def outcome_file(self, name: str) -> Path:
        """Return where a movie's outcome is."""
        return self.path / _OUTCOMES / f"{name}.json"

    def outcome(self, entry: Entry) -> Outcome:
        """Return what became of a movie; "waiting" if it was never begun, or nobody knows."""
        try:
            text = self.outcome_file(entry.name).read_text(encoding="utf-8")
            return attrs.evolve(Outcome.from_json(text), movie=entry.movie)
        except (OSError, UnicodeDecodeError, InvalidInputError):
            return Outcome(entry.name, entry.movie)

    def write_outcome(self, outcome: Outcome) -> None:
        """Write what became of a movie; where the disk is full, into the file that is there."""
        file, text = self.outcome_file(outcome.name), outcome.to_json().ljust(_OUTCOME_BYTES)
        try:
            write_text(file, text)
        except WriteError:
            _write_in_place(file, text)

    def write_table(self, outcomes: Iterable[Outcome]) -> None:
        """Write ``batch.csv``; where the disk is full, in the room that was kept for it."""
        file, text = self.path / TABLE, table_text(outcomes)
        try:
            write_text(file, text)
        except WriteError:
            with suppress(OSError):
                (self.path / _BALLAST).unlink()
            _write_in_place(file, text)

    def _reserve(self, plan: Plan) -> None:
        """Take the room for all that must be written when the disk is full."""
        try:
            (self.path / _BALLAST).write_bytes(bytes(_BALLAST_BYTES))
        except OSError as error:
            raise write_error(self.path / _BALLAST, error) from error
        for entry in plan.entries:
            if not self.outcome_file(entry.name).is_file():
                self.write_outcome(Outcome(entry.name, entry.movie))


def _write_in_place(file: Path, text: str) -> None:
    """Write into the blocks that a file has: what a full disk still takes."""
    try:
        with file.open("r+", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
            opened.truncate()
    except OSError as error:
        raise write_error(file, error) from error


def planned_entries(path: Path) -> list[Entry]:
    """Return the movies of the batch that a folder holds.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    list of Entry

    Raises
    ------
    ReadError
        It holds none.
    """
    return [_entry(movie) for movie in _read_plan(path / _PLAN)["movies"]]


def planned_settings(path: Path) -> Settings:
    """Return the settings of the batch that a folder holds.

    Raises
    ------
    ReadError
        It holds none.
    """
    return Settings.from_mapping(_read_plan(path / _PLAN)["settings"])


def _read_plan(file: Path) -> dict[str, Any]:
    try:
        plan: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        form = plan["tracksam_batch"]
        if form > FORMAT:
            raise ReadError(f"{file} has form {form}; install a newer tracksam.")
        for movie in plan["movies"]:
            _entry(movie)
        Settings.from_mapping(plan["settings"])
        str(plan["version"])
    except FileNotFoundError:
        raise ReadError(f"{file.parent} holds no batch.") from None
    except (OSError, LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ReadError(f"{file} can not be read: {error!r}.") from error
    return plan


def _entry(movie: Mapping[str, Any]) -> Entry:
    names = [field.name for field in attrs.fields(Entry)]
    return Entry(**{name: movie[name] for name in names if name in movie})


def _require_same(path: Path, earlier: Mapping[str, Any], plan: Plan) -> None:
    now = json.loads(plan.to_json())
    if earlier["version"] != now["version"]:
        raise InvalidInputError(
            f"the batch in {path} was begun with tracksam {earlier['version']}, this is "
            f"{now['version']}: results would differ within it; install that version, or choose "
            "another folder."
        )
    differences = [(f"settings.{w}", a, b) for w, a, b in _changes(earlier["settings"], now)]
    movies = {movie["name"]: movie for movie in earlier["movies"]}
    for movie in now["movies"]:
        before = movies.get(movie["name"], movie)
        for what in ("axes", "values", "prompts_sha256", "examples_sha256", "query"):
            if before.get(what) != movie[what]:
                word = what.removesuffix("_sha256")
                differences.append((f"{word} of {movie['name']}", before.get(what), movie[what]))
    if differences:
        what, before, after = differences[0]
        raise InvalidInputError(
            f"the batch in {path} differs from this one in {what}: {before!r} then, {after!r} now; "
            "resume it with what it had, or choose another folder."
        )


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, object, object]]:
    """Every setting that differs: its name and both values."""
    a, b = (_flat(values) for values in (before, now["settings"]))
    return [(key, a.get(key), b.get(key)) for key in sorted({*a, *b}) if a.get(key) != b.get(key)]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _with_earlier_movies(plan: Plan, earlier: Mapping[str, Any]) -> Plan:
    """The plan with movies of an earlier call that are not named any more, in their order."""
    now = {entry.name: entry for entry in plan.entries}
    before = [_entry(movie) for movie in earlier["movies"]]
    kept = [now.pop(entry.name, entry) for entry in before]
    return attrs.evolve(plan, entries=(*kept, *now.values()))


def _sha256(path: str | None) -> str:
    if path is None:
        return ""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise ReadError(f"{path} can not be read: {error.strerror or error}.") from error
