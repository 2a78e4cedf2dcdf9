"""Weights on this machine: where they lie, and whether they are what they should be."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

import attrs

from tracksam.errors import WeightsError
from tracksam.weights.entries import Entry, catalogue, entry
from tracksam.weights.licences import check_accepted

FOLDER_VARIABLE = "TRACKSAM_WEIGHTS"
"""Environment variable that names the folder of all weights; needed where there is no network."""

PARTIAL = ".partial"
"""What the name of an unfinished download ends with."""

_BLOCK = 1 << 22


@attrs.frozen
class Local:
    """A checked file of weights.

    Parameters
    ----------
    path : Path
        Where it lies.
    name : str
        Its name in the catalogue, or the file's own.
    sha256 : str
        Of its content, as it stands in the record of a run.
    """

    path: Path
    name: str
    sha256: str


def folder() -> Path:
    """Return the folder of weights: ``TRACKSAM_WEIGHTS``, or one of the person's own.

    Returns
    -------
    Path
        It need not exist.
    """
    return cache_folder(FOLDER_VARIABLE, "weights")


def cache_folder(variable: str, name: str) -> Path:
    """Return a folder for what can be fetched or computed again.

    Parameters
    ----------
    variable : str
        Environment variable that may name it.
    name : str
        Of the folder among the person's own, where the variable is not set.

    Returns
    -------
    Path
        It need not exist.
    """
    named = os.environ.get(variable)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_path("tracksam")) / name


def find(name: str | Path) -> Path | None:
    """Return where weights lie, without a look into the file.

    Parameters
    ----------
    name : str or Path
        Of the catalogue, or a file or folder of your own.

    Returns
    -------
    Path or None
        None: they are not on this machine.
    """
    known = catalogue().get(str(name))
    if known is not None:
        return folder() / known.file if is_complete(known) else None
    path = Path(name).expanduser()
    return path if path.exists() else None


def require(name: str | Path, *, accept_licence: bool = False) -> Local:
    """Return weights that are on this machine, checked.

    Parameters
    ----------
    name : str or Path
        Of the catalogue, or a file of your own; of that only the hash is taken.
    accept_licence : bool
        True: a licence that forbids commercial use is accepted, and that is recorded.

    Returns
    -------
    Local

    Raises
    ------
    WeightsError
        They are missing, truncated, another file than they should be, or their licence was not
        accepted. The message says what to do.
    """
    known = catalogue().get(str(name))
    if known is None:
        return _own_file(Path(name).expanduser())
    check_accepted(known, accept_licence)
    path = _checked(known)
    return Local(path, known.name, sha256_of(path))


def verify(name: str) -> Path:
    """Return where weights of the catalogue lie, after a check of size and hash.

    Parameters
    ----------
    name : str
        Of the catalogue.

    Returns
    -------
    Path

    Raises
    ------
    WeightsError
        They are missing, truncated or another file than they should be.
    """
    return _checked(entry(name))


def _checked(known: Entry) -> Path:
    path = folder() / known.file
    if not is_complete(known):
        raise WeightsError(_how_to_get(known, path))
    for one in known.files:
        check(folder() / one.file, one)
    return path


def is_complete(known: Entry) -> bool:
    """Return whether the file of an entry, or every file of its folder, is on this machine."""
    return all((folder() / one.file).is_file() for one in known.files)


def check(path: Path, known: Entry) -> None:
    """Check that a file is what the catalogue says.

    Parameters
    ----------
    path : Path
        A file.
    known : Entry
        What it should be. Without a published size or hash, that is not looked at.

    Raises
    ------
    WeightsError
        It is not; the message has both values and says what to do.
    """
    mend = f"Delete it and run: tracksam weights get {known.name}"
    size = path.stat().st_size
    if known.bytes and size != known.bytes:
        what = "truncated" if size < known.bytes else "another file"
        raise WeightsError(
            f"{path} is {what}: it should have {known.bytes} bytes and has {size}. {mend}"
        )
    if not known.hash:
        return
    algorithm, expected = known.hash.split(":")
    got = _digest(path, algorithm)
    if not got.startswith(expected):
        raise WeightsError(
            f"{path} is damaged or another file: its {algorithm} should be {expected} and is "
            f"{got}. {mend}"
        )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; it is read once as long as it does not change.

    Parameters
    ----------
    path : Path
        A file, or a folder of files: then of their names and hashes.

    Returns
    -------
    str
    """
    if path.is_dir():
        files = sorted(found for found in path.iterdir() if found.is_file())
        return hashlib.sha256(
            "".join(f"{found.name} {sha256_of(found)}\n" for found in files).encode()
        ).hexdigest()
    return _digest(path, "sha256")


def _digest(path: Path, algorithm: str) -> str:
    state = path.stat()
    return _digest_of_state(path, algorithm, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _digest_of_state(path: Path, algorithm: str, _size: int, _changed: int) -> str:
    if algorithm.startswith("xxh"):
        return _xxhash(path, algorithm)
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _xxhash(path: Path, algorithm: str) -> str:
    import pooch

    try:
        digest: str = pooch.file_hash(str(path), alg=algorithm)
    except ValueError as error:
        raise WeightsError(
            f"{path} is published with a hash of the kind {algorithm}, which needs xxhash. "
            'Run: pip install "tracksam[sam]"'
        ) from error
    return digest


def _own_file(path: Path) -> Local:
    if not path.exists():
        raise WeightsError(
            f"{path} is no file, and no name of the catalogue; `tracksam weights list` names those."
        )
    return Local(path, path.name, sha256_of(path))


def _how_to_get(known: Entry, path: Path) -> str:
    if not known.url:
        return (
            f"the weights {known.name!r} are not there, and have no address of their own: fetch "
            f"{known.file} from {known.source} by hand and put it in {path.parent}"
        )
    where = f"; on a machine with a network, since {FOLDER_VARIABLE} is {path.parent}"
    offline = where if os.environ.get(FOLDER_VARIABLE) else ""
    accept = "" if known.is_commercial else " --accept-licence"
    return (
        f"the weights {known.name!r} are not in {path.parent}. "
        f"Run: tracksam weights get {known.name}{accept}{offline}"
    )
