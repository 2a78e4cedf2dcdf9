"""Fingerprint: whether a movie on disk is still the one that was tracked."""

from __future__ import annotations

import glob
import hashlib
from pathlib import Path
from typing import Any

import attrs

from tracksam.errors import ReadError

_BLOCK = 2**20


@attrs.frozen
class Fingerprint:
    """What a movie's files are.

    Parameters
    ----------
    n_bytes : int
        Of all its files.
    changed_ns : int
        When one of them was last written, in nanoseconds since 1970.
    touched_ns : int
        When one of them was last written, renamed or given other rights.
    sha256 : str
        Of names and contents; empty: not looked at.
    """

    n_bytes: int
    changed_ns: int
    touched_ns: int
    sha256: str = ""

    @classmethod
    def of(cls, movie: str, *, contents: bool = True) -> Fingerprint:
        """Return the fingerprint of a movie.

        Parameters
        ----------
        movie : str
            A file, a folder, or a glob.
        contents : bool
            False: files are not opened.

        Returns
        -------
        Fingerprint

        Raises
        ------
        ReadError
            Nothing is there, or it may not be read.
        """
        digest = hashlib.sha256()
        n_bytes = changed = touched = 0
        try:
            for name, path in _files(movie):
                facts = path.stat()
                n_bytes += facts.st_size
                changed = max(changed, facts.st_mtime_ns)
                touched = max(touched, facts.st_ctime_ns)
                digest.update(f"{name}\0{facts.st_size}\0".encode(errors="surrogateescape"))
                if contents:
                    _add(digest, path)
        except OSError as error:
            raise ReadError(f"{movie} can not be read: {error.strerror or error}.") from error
        return cls(n_bytes, changed, touched, digest.hexdigest() if contents else "")

    def is_untouched_since(self, earlier: Fingerprint) -> bool:
        """Return whether nobody wrote, renamed or replaced a file since then."""
        return (self.n_bytes, self.changed_ns, self.touched_ns) == (
            earlier.n_bytes,
            earlier.changed_ns,
            earlier.touched_ns,
        )

    def is_same_age(self, earlier: Fingerprint) -> bool:
        """Return whether size and time of writing are those of then: as a copy's are."""
        return (self.n_bytes, self.changed_ns) == (earlier.n_bytes, earlier.changed_ns)


def _files(movie: str) -> list[tuple[str, Path]]:
    """Every file of a movie, with the name that counts: a moved movie has the same ones."""
    path = Path(movie)
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        return [(p.relative_to(path).as_posix(), p) for p in inside]
    if path.exists() or not glob.has_magic(movie):
        return [("", path)]
    found = sorted(glob.glob(movie))  # noqa: PTH207 - the pattern may be absolute
    return [(Path(p).name, Path(p)) for p in found]


def _add(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
