"""Folders and globs of numbered files: which file is which frame."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tracksam.errors import InvalidInputError, ReadError

_DIGITS = re.compile(r"(\d+)")


def natural_key(name: str) -> tuple[tuple[str, int, str], ...]:
    """Return a key that sorts ``t2`` before ``t10``.

    Parameters
    ----------
    name : str
        A file's name.

    Returns
    -------
    tuple
        Text and number in turn; ties are broken by the digits as written.

    Examples
    --------
    >>> sorted(["t10.tif", "t2.tif"], key=natural_key)
    ['t2.tif', 't10.tif']
    """
    parts = _DIGITS.split(name)
    parts.append("")
    return tuple(
        (text, int(digits or -1), digits)
        for text, digits in zip(parts[0::2], parts[1::2], strict=True)
    )


def in_frame_order(paths: Iterable[Path], where: str) -> tuple[Path, ...]:
    """Return numbered files in the order of their numbers.

    Parameters
    ----------
    paths : iterable of Path
        Files whose names differ in one number only.
    where : str
        What to call the folder or glob in messages.

    Returns
    -------
    tuple of Path
        At least one.

    Raises
    ------
    ReadError
        There is no file, or a number is missing between others.
    InvalidInputError
        The names differ in more than one number.
    """
    files = sorted(paths, key=lambda path: natural_key(path.name))
    if not files:
        raise ReadError(f"{where} holds no frames; name a folder of numbered images.")
    if len(files) > 1:
        _check_holes([number for _, number in numbered(files, where)], files, where)
    return tuple(files)


def numbered(files: Sequence[Path], where: str) -> list[tuple[Path, int]]:
    """Return each file with the number in which the names differ.

    Parameters
    ----------
    files : sequence of Path
        Two or more, or one: then its last number counts (0 without any).
    where : str
        What to call the folder or glob in messages.

    Returns
    -------
    list of (Path, int)
        In the order given.

    Raises
    ------
    InvalidInputError
        The names differ in more than one number, or in text.
    """
    keys = [natural_key(path.name) for path in files]
    if len(files) == 1:
        digits = _DIGITS.findall(files[0].stem)
        return [(files[0], int(digits[-1]) if digits else 0)]
    texts = {tuple(text for text, _, _ in key) for key in keys}
    varying = [
        i for i in range(len(keys[0])) if len(texts) == 1 and len({key[i][1] for key in keys}) > 1
    ]
    if len(varying) != 1:
        examples = ", ".join(path.name for path in (files[0], files[1], files[-1]))
        raise InvalidInputError(
            f"{where} holds {len(files)} files whose names differ in more than one number "
            f"({examples}): name those of one movie and channel with a glob in quotes, "
            f"for example '{files[0].parent / 'img_*_c0.tif'}'."
        )
    return [(path, key[varying[0]][1]) for path, key in zip(files, keys, strict=True)]


def _check_holes(numbers: list[int], files: Sequence[Path], where: str) -> None:
    steps = [b - a for a, b in itertools.pairwise(numbers)]
    if 0 in steps:
        i = steps.index(0)
        raise InvalidInputError(
            f"{where} holds {files[i].name} and {files[i + 1].name}, which have the same number; "
            "remove one."
        )
    usual = min(steps)
    hole = next((i for i, step in enumerate(steps) if step != usual), None)
    if hole is not None:
        raise ReadError(
            f"{where} has no frame number {numbers[hole] + usual}: {files[hole].name} is followed "
            f"by {files[hole + 1].name}. Put it back, or number the frames anew."
        )
