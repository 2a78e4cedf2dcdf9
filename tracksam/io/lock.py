"""Locks: one process at a time writes a folder. The system releases a killed process's locks."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracksam.errors import WriteError
from tracksam.io.atomic import write_error

_POLL_S = 0.2


@contextmanager
def locked(path: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Keep others from writing a folder as long as the context lasts.

    Parameters
    ----------
    path : Path
        The folder; it need not exist. The lock is a file beside it, ``.NAME.lock``, which is gone
        when nobody holds it.
    wait_s : float
        How long to wait for another to release it.

    Yields
    ------
    None

    Raises
    ------
    WriteError
        Another process, or this one, holds it; the message says which, and where it runs.
    """
    path = path.resolve()
    file = path.with_name(f".{path.name}.lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _acquired(file, path, time.monotonic() + wait_s)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file; an empty one may stay there
            file.unlink()
        os.close(descriptor)


def _acquired(file: Path, path: Path, deadline: float) -> int:
    """An open descriptor of the lock file, which holds the lock."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        # Who held it before may have removed the file after it was opened here.
        if _try_lock(descriptor) and _is_same(descriptor, file):
            with suppress(OSError):  # a full disk takes no name, but locks
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
            return descriptor
        holder = os.pread(descriptor, 200, 0) if hasattr(os, "pread") else b""
        os.close(descriptor)
        if time.monotonic() >= deadline:
            who = holder.decode(errors="replace") or "another process"
            raise WriteError(
                f"{path} is being written by {who}; wait for its end, or choose another folder."
            )
        time.sleep(_POLL_S)


def _is_same(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


if os.name == "nt":

    def _try_lock(descriptor: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:

    def _try_lock(descriptor: int) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
