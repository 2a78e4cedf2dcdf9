"""Examples on disk: one file without any code in it, and pictures to look at."""

from __future__ import annotations

import io
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings
from tracksam.errors import InvalidInputError, ReadError
from tracksam.examples import Examples
from tracksam.io.atomic import whole_file

FORMAT = 1
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
)
_ARRAYS = (
    "format",
    "name",
    "embedder",
    "in_um",
    "columns",
    "wanted",
    "unwanted",
    "others",
    "places_fyx",
    "movies",
    "thumbnails",
)


def write_examples(path: str | Path, examples: Examples) -> None:
    """Write examples, whole or not at all.

    Parameters
    ----------
    path : path-like
        Ends in ``.npz``; an existing file is replaced.
    examples : Examples
        Numbers, names and thumbnails; no image.

    Raises
    ------
    InvalidInputError
        The name does not end in ``.npz``.
    WriteError
        The file can not be written.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise InvalidInputError(f"examples are kept in a file .npz; got {path.name!r}.")
    with whole_file(path) as temporary:
        temporary.write_bytes(bytes_of_examples(examples))


def bytes_of_examples(examples: Examples) -> bytes:
    """Return what a file of examples holds; the same examples give the same bytes."""
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "name": np.array(examples.name),
        "embedder": np.array(examples.embedder),
        "in_um": np.array(examples.in_um),
        "columns": np.array(examples.wanted.columns),
        "wanted": examples.wanted.vectors,
        "unwanted": examples.unwanted.vectors,
        "others": examples.others.vectors,
        "places_fyx": examples.places_fyx,
        "movies": np.array(examples.movies, np.str_),
        "thumbnails": examples.thumbnails,
    }
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_examples(path: str | Path) -> Examples:
    """Return what `write_examples` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    found : Examples

    Raises
    ------
    ReadError
        The file is missing, damaged, no examples, or of a newer version of tracksam.
    """
    path = Path(path)
    if not path.is_file():
        raise ReadError(f"there is no file {path}; make it with: tracksam examples MOVIE.")
    try:
        return examples_of_bytes(path.read_bytes())
    except (OSError, InvalidInputError) as error:
        raise ReadError(f"{path} can not be read as examples: {error}") from error


def examples_of_bytes(data: bytes) -> Examples:
    """Return what `bytes_of_examples` gave.

    Parameters
    ----------
    data : bytes
        It.

    Returns
    -------
    found : Examples

    Raises
    ------
    InvalidInputError
        It is damaged, no examples, or of a newer version of tracksam.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays: dict[str, NDArray[Any]] = {name: file[name] for name in _ARRAYS}
        form = int(arrays["format"])
    except _DAMAGE as error:
        raise InvalidInputError(f"these are no examples, or they are damaged: {error}.") from error
    if form > FORMAT:
        raise InvalidInputError(
            f"they have form {form}, but this tracksam knows forms up to {FORMAT}; install a newer "
            "tracksam."
        )
    return _examples(arrays)


def write_all_examples(folder: Path, examples: Sequence[Examples]) -> None:
    """Write several kinds' examples into a folder, in place of earlier ones.

    Parameters
    ----------
    folder : Path
        Made where there is something to write.
    examples : sequence of Examples
        One file each, numbered in their order.

    Raises
    ------
    WriteError
        A file can not be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if examples:
        folder.mkdir()
    for number, one in enumerate(examples, start=1):
        write_examples(folder / f"examples{number}.npz", one)


def read_all_examples(folder: Path) -> tuple[Examples, ...]:
    """Return what `write_all_examples` wrote; empty where there is no such folder."""
    paths = sorted(folder.glob("examples*.npz"), key=lambda path: (len(path.stem), path.stem))
    return tuple(read_examples(path) for path in paths)


def _examples(arrays: dict[str, NDArray[Any]]) -> Examples:
    columns = tuple(arrays["columns"].tolist())
    return Examples(
        str(arrays["name"]),
        Embeddings(arrays["wanted"], columns),
        Embeddings(arrays["unwanted"], columns),
        Embeddings(arrays["others"], columns),
        embedder=str(arrays["embedder"]),
        in_um=bool(arrays["in_um"]),
        places_fyx=arrays["places_fyx"],
        movies=tuple(arrays["movies"].tolist()),
        thumbnails=arrays["thumbnails"],
    )
