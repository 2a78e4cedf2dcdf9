"""Entries: the movies of a batch, each with a name under which its results lie."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.examples import read_examples
from tracksam.io.numbered import natural_key
from tracksam.pipeline.finding.query import Query

LONGEST_NAME = 120
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


def check_name(name: str) -> None:
    """Check that a name can be that of a folder on every system, and is no path.

    Parameters
    ----------
    name : str
        Of a movie in a batch.

    Raises
    ------
    InvalidInputError
        It is empty or too long, begins with a dot, ends in a dot or a space, or has a character
        that paths are made of.
    """
    bad = (
        not 0 < len(name.encode()) <= LONGEST_NAME
        or name != name.strip()
        or name[0] == "."
        or name[-1] == "."
        or _FORBIDDEN.search(name)
        or _RESERVED.match(name)
    )
    if bad:
        raise InvalidInputError(
            f"{name!r} can not name a movie's results: up to {LONGEST_NAME} letters, digits, "
            "spaces, '-', '_' and '.' are allowed, but no path, and no dot at either end."
        )


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _query(value: Query | Mapping[str, Any] | None) -> Query | None:
    return Query(**value) if isinstance(value, Mapping) else value


@attrs.frozen
class Entry:
    """One movie of a batch.

    Parameters
    ----------
    name : str
        Its results lie in a folder of this name.
    movie : str
        Path, or glob of numbered frames.
    prompts : str, optional
        CSV of what is marked in it.
    axes : str, optional
        A letter an axis, if the file has no names.
    values : mapping
        Settings of this movie alone, as nested mappings.
    examples : tuple of str
        Files of examples: only tracks like them are kept.
    query : Query, optional
        What is looked for in one frame and followed.

    Raises
    ------
    InvalidInputError
        The name is none.
    """

    name: str
    movie: str
    prompts: str | None = None
    axes: str | None = None
    values: Mapping[str, Any] = attrs.field(factory=dict)
    examples: tuple[str, ...] = attrs.field(converter=_names, factory=tuple)
    query: Query | None = attrs.field(default=None, converter=_query)

    def __attrs_post_init__(self) -> None:
        check_name(self.name)


def movies_of(words: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the paths that words mean: paths themselves, or globs of them.

    Parameters
    ----------
    words : iterable of path-like
        ``"movies/*.tif"``, ``"**/*.ome.tif"``, or the names of movies.

    Returns
    -------
    list of str
        Each once; those of a glob in natural order. A path without wildcards need not exist.

    Raises
    ------
    ReadError
        A glob matches nothing.
    """
    found: list[str] = []
    for path in words:
        word = os.fspath(path)
        if not glob.has_magic(word) or Path(word).exists():
            found.append(word)
            continue
        matches = glob.glob(word, recursive=True)  # noqa: PTH207 - the pattern may be absolute
        if not matches:
            raise ReadError(f"no file matches {word}; is the pattern right?")
        found += sorted(matches, key=natural_key)
    return list(dict.fromkeys(found))


def named(movies: Sequence[str]) -> list[Entry]:
    """Return entries whose names are made of the movies' paths.

    Parameters
    ----------
    movies : sequence of str
        Paths.

    Returns
    -------
    list of Entry
        The name is the file's without its ending. Where two movies have the same one, the names
        of their folders, from the first in which they differ, stand before it.

    Raises
    ------
    InvalidInputError
        Two movies can not be told apart.

    Examples
    --------
    >>> [entry.name for entry in named(["a/01", "b/01", "b/02.ome.tif"])]
    ['a-01', 'b-01', '02']
    """
    parts = [_clean_parts(movie) for movie in movies]
    names = [part[-1] for part in parts]
    for depth in range(2, 2 + max(map(len, parts), default=0)):
        twice = {name for name, n in Counter(map(str.casefold, names)).items() if n > 1}
        if not twice:
            break
        names = [
            "-".join(part[-depth:]) if name.casefold() in twice else name
            for part, name in zip(parts, names, strict=True)
        ]
    check_distinct(names)
    return [
        Entry(name[-LONGEST_NAME:].strip(" ."), movie)
        for name, movie in zip(names, movies, strict=True)
    ]


def check_distinct(names: Iterable[str]) -> None:
    """Check that names differ, also where a system does not tell capitals from small letters.

    Raises
    ------
    InvalidInputError
        Two are the same.
    """
    for name, count in Counter(map(str.casefold, names)).items():
        if count > 1:
            raise InvalidInputError(
                f"{count} movies of the batch would be called {name!r}; give each a name of its "
                "own in a manifest (columns movie,name)."
            )


def with_prompts(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Return entries with what is marked in each: ``NAME.csv`` in a folder.

    Parameters
    ----------
    entries : iterable of Entry
        One that names its prompts already keeps them.
    folder : Path
        Of CSV files; a movie without one has no marks.

    Returns
    -------
    list of Entry

    Raises
    ------
    ReadError
        There is no such folder.
    InvalidInputError
        It has a file that belongs to no movie.
    """
    if not folder.is_dir():
        raise ReadError(f"there is no folder {folder} of prompts; is the name right?")
    files = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    entries = list(entries)
    stray = sorted(set(files) - {entry.name for entry in entries})
    if stray:
        raise InvalidInputError(
            f"{files[stray[0]]} belongs to no movie of the batch; prompts are called as the movie, "
            f"for example {entries[0].name if entries else 'NAME'}.csv."
        )
    return [
        attrs.evolve(entry, prompts=str(files[entry.name]))
        if entry.prompts is None and entry.name in files
        else entry
        for entry in entries
    ]


def with_examples(entries: Iterable[Entry], examples: Iterable[Path]) -> list[Entry]:
    """Return entries of which only the tracks like examples are kept.

    Parameters
    ----------
    entries : iterable of Entry
        Movies.
    examples : iterable of Path
        Files of `tracksam examples`, the same for every movie.

    Returns
    -------
    list of Entry

    Raises
    ------
    ReadError
        A file is missing or holds no examples.
    """
    paths = tuple(str(path) for path in examples)
    for path in paths:
        read_examples(path)
    return [attrs.evolve(entry, examples=paths or entry.examples) for entry in entries]


def with_query(entries: Iterable[Entry], query: Query) -> list[Entry]:
    """Return entries in each of which something is looked for, and followed.

    Parameters
    ----------
    entries : iterable of Entry
        Movies.
    query : Query
        The same for every movie.

    Returns
    -------
    list of Entry

    Raises
    ------
    InvalidInputError
        Something is marked in a movie.
    """
    entries = list(entries)
    marked = [entry.name for entry in entries if entry.prompts is not None or entry.examples]
    if marked:
        raise InvalidInputError(
            f"something is marked in {marked[0]}: a batch either looks for what it follows or is "
            "told; leave the query away, or the marks."
        )
    return [attrs.evolve(entry, query=query) for entry in entries]


def _clean_parts(movie: str) -> list[str]:
    """The parts of a path, each fit to be a part of a name; the last without its endings."""
    path = Path(movie)
    stem = path.name if path.name.isdigit() else path.name.removesuffix(path.suffix)
    parts = [*path.absolute().parent.parts[1:], stem.removesuffix(".ome")]
    clean = [_FORBIDDEN.sub("_", part).strip(" .") or "_" for part in parts]
    return [f"{part}_" if _RESERVED.match(part) else part for part in clean]
