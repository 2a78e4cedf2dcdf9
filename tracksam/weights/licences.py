"""Licences that somebody has to accept before the weights are used, once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tracksam.errors import WeightsError
from tracksam.weights.entries import Entry

Say = Callable[[str], object]


def record_path() -> Path:
    """Return the file in which accepted licences are recorded, one a person.

    Returns
    -------
    Path
        It need not exist.
    """
    import platformdirs

    return Path(platformdirs.user_data_path("tracksam")) / "licences.json"


def is_accepted(entry: Entry) -> bool:
    """Say whether weights may be used: their licence allows all use, or was accepted.

    Parameters
    ----------
    entry : Entry
        Of the catalogue.

    Returns
    -------
    bool
    """
    if entry.is_commercial:
        return True
    found = _accepted().get(entry.name, {})
    return found.get("licence") == entry.licence


def check_accepted(entry: Entry, accept_licence: bool = False, say: Say | None = None) -> None:
    """Check that a licence was accepted, or accept it now.

    Parameters
    ----------
    entry : Entry
        Of the catalogue.
    accept_licence : bool
        True: the person accepts it.
    say : callable, optional
        Told the licence when it is accepted for the first time.

    Raises
    ------
    WeightsError
        It was not accepted; the message says how to.
    """
    if is_accepted(entry):
        return
    if not accept_licence:
        raise WeightsError(
            f"the weights {entry.name!r} are under {entry.licence}, which forbids commercial use. "
            f"Read {entry.licence_url or entry.source}; if your use is allowed, run: "
            f"tracksam weights get {entry.name} --accept-licence"
        )
    accept(entry, say)


def accept(entry: Entry, say: Say | None = None) -> None:
    """Record that a licence is accepted.

    Parameters
    ----------
    entry : Entry
        Of the catalogue.
    say : callable, optional
        Told which licence, where its text is, and where the acceptance is recorded.

    Raises
    ------
    WeightsError
        It can not be recorded.
    """
    path = record_path()
    rows = _accepted()
    rows[entry.name] = {
        "licence": entry.licence,
        "text": entry.licence_url,
        "accepted": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.part")
        temporary.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise WeightsError(f"the licence can not be recorded in {path}: {error}.") from error
    if say is not None:
        say(
            f"{entry.name} is under {entry.licence}: no commercial use. Its text is at "
            f"{entry.licence_url or entry.source}. That you accept it is recorded in {path}."
        )


def _accepted() -> dict[str, dict[str, str]]:
    path = record_path()
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} can not be read ({error}); delete it.") from error
    return found if isinstance(found, dict) else {}
