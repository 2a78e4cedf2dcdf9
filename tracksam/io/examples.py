"""Examples on disk: one file without any code in it, and pictures to look at."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings
from tracksam.errors import InvalidInputError, ReadError
from tracksam.examples import Examples
from tracksam.io.atomic import whole_file

FORMAT = 1
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
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


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
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, NDArray[Any]] = {name: file[name] for name in _ARRAYS}
        if int(arrays["format"]) > FORMAT:
            raise ReadError(
                f"{path} has form {int(arrays['format'])}, but this tracksam knows forms up to "
                f"{FORMAT}; install a newer tracksam."
            )
        return _examples(arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"{path} can not be read as examples: {error}.") from error


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
