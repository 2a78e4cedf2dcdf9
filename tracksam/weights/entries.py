"""The catalogue: which weights there are, where they come from, under which licence."""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from types import MappingProxyType

import attrs

from tracksam.errors import WeightsError


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class Entry:
    """One file of weights.

    Parameters
    ----------
    name : str
        As in ``tracksam weights get NAME``.
    file : str
        Name of the file in the folder of weights.
    layout : str
        Which architecture the file holds, in whose key names.
    licence : str
        Of the weights.
    source : str
        Page of the people who made them.
    url : str
        Where the file is. Empty: it can only be fetched by hand, from `source`.
    hash : str
        ``"sha256:..."``, ``"md5:..."`` or ``"xxh128:..."``; a SHA-256 may be its first digits.
        Empty: none is published.
    bytes : int
        Size of the file; 0: not published.
    licence_url : str
        Its text.
    is_commercial : bool
        False: the licence forbids commercial use, so that it has to be accepted first.
    parts : tuple of str
        Names of its files, where it is a folder of several; `url` is then the folder's.
    revision : str
        Of such a folder: the commit of the hub's repository. What `url` gives can not change.
    part_hashes : mapping of str to str
        As `hash`, of those files for which one is known.
    about_mb : float
        Size, roughly, where `bytes` is not published; 0: not known.
    """

    name: str
    file: str
    layout: str
    licence: str
    source: str
    url: str = ""
    hash: str = ""
    bytes: int = 0
    licence_url: str = ""
    is_commercial: bool = True
    parts: tuple[str, ...] = attrs.field(converter=_names, factory=tuple)
    revision: str = ""
    part_hashes: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    about_mb: float = 0.0

    @property
    def megabytes(self) -> float | None:
        """Size in MB (10^6 bytes), None where it is not published."""
        return self.bytes / 1e6 if self.bytes else self.about_mb or None

    @property
    def files(self) -> tuple[Entry, ...]:
        """Each file of a folder as an entry of its own; the entry itself where it is one file."""
        return tuple(self._part(part) for part in self.parts) or (self,)

    def _part(self, name: str) -> Entry:
        return attrs.evolve(
            self,
            file=f"{self.file}/{name}",
            url="/".join(filter(None, (self.url, self.revision, name))),
            hash=self.part_hashes.get(name, ""),
            parts=(),
        )


@functools.cache
def catalogue() -> Mapping[str, Entry]:
    """Return every entry by its name, in the order of the file ``catalogue.toml``.

    Returns
    -------
    mapping of str to Entry
    """
    text = resources.files("tracksam.weights").joinpath("catalogue.toml").read_text("utf-8")
    found = {name: Entry(name=name, **row) for name, row in tomllib.loads(text).items()}
    return MappingProxyType(found)


def entry(name: str) -> Entry:
    """Return one entry.

    Parameters
    ----------
    name : str
        As in ``tracksam weights list``.

    Returns
    -------
    Entry

    Raises
    ------
    WeightsError
        There is none; the nearest known name is told.
    """
    known = catalogue()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`tracksam weights list` names all."
    raise WeightsError(f"there are no weights {name!r} in the catalogue; {hint}")
