"""Downloads that go on where they broke off."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from tracksam.errors import WeightsError
from tracksam.weights.entries import Entry, entry
from tracksam.weights.licences import Say, check_accepted
from tracksam.weights.local import PARTIAL, check, folder

Fetched = Callable[[int, int], object]
"""Called with the bytes that are there and those of the whole file (0: not known)."""

_BLOCK = 1 << 16
_TIMEOUT_S = 30


def _silent(done: int, total: int) -> None:
    """Report nothing of `done` and `total`."""


def get(
    name: str,
    *,
    accept_licence: bool = False,
    fetched: Fetched = _silent,
    say: Say | None = None,
) -> Path:
    """Return weights of the catalogue, downloaded if they are not there yet, and checked.

    What an interrupted download left is kept and completed by the next call. Two processes may ask
    for the same file: one downloads, the other waits.

    Parameters
    ----------
    name : str
        Of the catalogue.
    accept_licence : bool
        True: a licence that forbids commercial use is accepted, and that is recorded.
    fetched : callable
        Told how far the download is.
    say : callable, optional
        Told the licence when it is accepted for the first time.

    Returns
    -------
    Path
        In the folder of weights.

    Raises
    ------
    WeightsError
        The licence was not accepted, there is no network, or what came is not the right file.
    """
    import filelock

    known = entry(name)
    check_accepted(known, accept_licence, say)
    for one in known.files:
        path = folder() / one.file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                with filelock.FileLock(path.with_name(f".{path.name}.lock")):
                    if not path.is_file():
                        _download(one, path, fetched)
        except OSError as error:
            raise WeightsError(f"{path} can not be written: {error}.") from error
        check(path, one)
    return folder() / known.file


def _download(known: Entry, path: Path, fetched: Fetched) -> None:
    import pooch
    import requests

    if not known.url:
        raise WeightsError(
            f"{known.name!r} has no address of its own: fetch {known.file} from {known.source} by "
            f"hand and put it in {path.parent}"
        )
    resuming = Resuming(path.with_name(path.name + PARTIAL), known, fetched)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # pooch tells the hash of files that it was given none for
    try:
        pooch.retrieve(known.url, None, path.name, path.parent, downloader=resuming)
    except requests.exceptions.RequestException as error:
        kept = resuming.partial.stat().st_size if resuming.partial.exists() else 0
        raise WeightsError(
            f"{known.url} can not be downloaded: {error}. {kept} bytes are kept; run the command "
            f"again to go on, or fetch the file on another machine and put it in {path.parent} as "
            f"{path.name}."
        ) from error
    finally:
        logger.setLevel(level)


@attrs.frozen
class Resuming:
    """A downloader for pooch that keeps what came and asks only for the rest.

    Parameters
    ----------
    partial : Path
        Where the unfinished file lies.
    known : Entry
        What is being downloaded.
    fetched : callable
        Told how far it is.
    """

    partial: Path
    known: Entry
    fetched: Fetched

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        """Download `url` to `output_file`, which pooch moves to its place.

        Raises
        ------
        WeightsError
            What came is not the right file; it is deleted.
        """
        self._complete(url)
        try:
            check(self.partial, self.known)
        except WeightsError:
            self.partial.unlink()
            raise
        self.partial.replace(output_file)

    def _complete(self, url: str) -> None:
        import requests

        there = self.partial.stat().st_size if self.partial.exists() else 0
        if self.known.bytes and there >= self.known.bytes:
            return
        headers = {"Range": f"bytes={there}-", "Accept-Encoding": "identity"}
        answer = requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S)
        with contextlib.closing(answer):
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is missing
            answer.raise_for_status()
            goes_on = answer.status_code == requests.codes.partial_content
            there = there if goes_on else 0
            total = self.known.bytes or there + int(answer.headers.get("Content-Length", 0))
            with self.partial.open("ab" if goes_on else "wb") as file:
                for block in answer.iter_content(_BLOCK):
                    file.write(block)
                    there += len(block)
                    self.fetched(there, total)
        if total and there < total:
            raise requests.exceptions.ConnectionError(f"it broke off at {there} of {total} bytes")
