"""Outcome: what became of one movie of a batch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import attrs

from tracksam.batching.fingerprint import Fingerprint
from tracksam.errors import InvalidInputError
from tracksam.io.tables import csv_text

STATES = ("waiting", "running", "complete", "failed")
COLUMNS = (
    *("name", "movie", "state", "seconds", "frames", "cells", "tracks"),
    *("doubtful_share", "attempts", "faults", "error"),
)
"""Of ``batch.csv``."""


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class Outcome:
    """What became of one movie.

    Parameters
    ----------
    name : str
        Of the movie in the batch.
    movie : str
        Where it lies.
    state : {"waiting", "running", "complete", "failed"}
        "running" where nothing runs: its process was killed.
    seconds : float
        Of the attempt that completed it, or of the last one.
    frames, cells, tracks : int
        Tracked frames, rows of the table of cells, tracks.
    doubtful_share : float or None
        Share of cells whose link is doubtful; None: no cells.
    attempts : int
        How often it was begun.
    faults : tuple of str
        What went wrong in earlier attempts.
    error : str
        Why it failed.
    call : str
        In which call of the batch it was last begun.
    tries : int
        Attempts in that call.
    version : str
        Of tracksam, when it was begun.
    input : Fingerprint, optional
        Of the movie when it was begun; None: not to be trusted.
    trace : str
        Where an unexpected error happened.
    """

    name: str
    movie: str
    state: str = attrs.field(default="waiting", validator=attrs.validators.in_(STATES))
    seconds: float = 0.0
    frames: int = 0
    cells: int = 0
    tracks: int = 0
    doubtful_share: float | None = None
    attempts: int = 0
    faults: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    error: str = ""
    call: str = ""
    tries: int = 0
    version: str = ""
    input: Fingerprint | None = None
    trace: str = ""

    def to_json(self) -> str:
        """Return the outcome as JSON."""
        return json.dumps(attrs.asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """Return the outcome that `to_json` wrote.

        Raises
        ------
        InvalidInputError
            It is none.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            found = values.pop("input")
            return cls(**values, input=None if found is None else Fingerprint(**found))
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"this is no outcome of a movie: {error!r}.") from error


def given_up(known: Outcome, error: str) -> Outcome:
    """Return the outcome of a movie whose process could not even say what became of it.

    Parameters
    ----------
    known : Outcome
        As it lies on disk.
    error : str
        What the one who asked was told.

    Returns
    -------
    Outcome
        Failed; an attempt that was running is told of as killed.
    """
    faults = known.faults
    if known.state == "running":
        faults = (*faults, killed(known))
    return attrs.evolve(known, state="failed", faults=faults, error=" ".join(error.split()))


def killed(outcome: Outcome) -> str:
    """Return what is said of an attempt that was begun and never heard of again."""
    return f"attempt {outcome.attempts}: its process was killed"


def table_text(outcomes: Iterable[Outcome]) -> str:
    """Return outcomes as ``batch.csv``.

    Parameters
    ----------
    outcomes : iterable of Outcome
        In the order of the rows.

    Returns
    -------
    str
        CSV with `COLUMNS`; a row a movie.
    """
    rows = []
    for outcome in outcomes:
        values = attrs.asdict(outcome, recurse=False)
        share = outcome.doubtful_share
        values |= {
            "seconds": f"{outcome.seconds:.1f}",
            "doubtful_share": "" if share is None else f"{share:.4f}",
            "faults": "; ".join(outcome.faults),
        }
        rows.append([" ".join(str(values[column]).split()) for column in COLUMNS])
    return csv_text(COLUMNS, rows)
