"""Run lengths of masks by columns, and COCO's way to write them as strings.

The string code is that of pycocotools (Lin et al. 2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError


def run_lengths(labels_yx: NDArray[Any]) -> Iterator[tuple[int, list[int]]]:
    """Yield the run lengths of each label, ascending: outside, inside, outside, ... by columns.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background.

    Yields
    ------
    tuple of int and list of int

    Examples
    --------
    >>> list(run_lengths(np.array([[0, 3], [3, 3]])))
    [(3, [1, 3])]
    """
    flat = labels_yx.T.ravel()
    start = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    end = np.append(start[1:], flat.size)
    inside = np.flatnonzero(flat[start])
    label = flat[start[inside]]
    order = inside[np.argsort(label, kind="stable")]
    values, first = np.unique(flat[start[order]], return_index=True)
    for value, (a, b) in zip(values.tolist(), pairwise([*first.tolist(), len(order)]), strict=True):
        runs = np.stack([start[order[a:b]], end[order[a:b]]], axis=1).ravel()
        counts = np.diff(runs, prepend=0).tolist()
        rest = flat.size - int(runs[-1])
        yield int(value), [*counts, rest] if rest else counts


def runs_of(counts: list[int], shape_yx: tuple[int, int]) -> list[tuple[int, int]]:
    """Return where a mask's pixels are, counted by columns.

    Parameters
    ----------
    counts : list of int
        As from `run_lengths`.
    shape_yx : tuple of int
        Of the frame.

    Returns
    -------
    list of tuple of int
        First pixel and the one after the last, of each run; ascending.

    Raises
    ------
    InvalidInputError
        The lengths do not add up to the frame.

    Examples
    --------
    >>> runs_of([1, 3], (2, 2))
    [(1, 4)]
    """
    height, width = shape_yx
    if min(counts, default=0) < 0 or sum(counts) != height * width:
        raise InvalidInputError(
            f"run lengths of a frame of {shape_yx} must add up to {height * width} pixels, got "
            f"{sum(counts)}."
        )
    ends = list(accumulate(counts))
    return [(a, b) for a, b in zip(ends[0::2], ends[1::2], strict=False) if b > a]


def box_of(runs: list[tuple[int, int]], height: int) -> tuple[int, int, int, int]:
    """Return the box around a mask.

    Parameters
    ----------
    runs : list of tuple of int
        As from `runs_of`; at least one.
    height : int
        Of the frame.

    Returns
    -------
    tuple of int
        First row, first column, and the row and column after the last.

    Examples
    --------
    >>> box_of([(1, 4)], 2)
    (0, 0, 2, 2)
    """
    # A run that goes on in the next column reaches the last row and the first.
    whole = any(a // height != (b - 1) // height for a, b in runs)
    first = 0 if whole else min(a % height for a, _ in runs)
    last = height - 1 if whole else max((b - 1) % height for _, b in runs)
    return first, runs[0][0] // height, last + 1, (runs[-1][1] - 1) // height + 1


def compressed(counts: list[int]) -> str:
    """Return run lengths as COCO's string: differences in groups of five bits.

    Parameters
    ----------
    counts : list of int
        As from `run_lengths`.

    Returns
    -------
    str
    """
    letters = []
    for i, count in enumerate(counts):
        value = count - counts[i - 2] if i > 2 else count
        more = True
        while more:
            group, value = value & 0x1F, value >> 5
            more = value != (-1 if group & 0x10 else 0)
            letters.append(chr((group | 0x20 if more else group) + 48))
    return "".join(letters)


def expanded(text: str) -> list[int]:
    """Return the run lengths of COCO's string.

    Parameters
    ----------
    text : str
        As from `compressed`.

    Returns
    -------
    list of int

    Raises
    ------
    InvalidInputError
        The string is damaged.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for letter in text:
        group = ord(letter) - 48
        if not 0 <= group < 64:
            raise InvalidInputError(f"run lengths must be letters from '0' to 'o', got {letter!r}.")
        value |= (group & 0x1F) << shift
        shift += 5
        if group & 0x20:
            continue
        if group & 0x10:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value, shift = 0, 0
    if shift:
        raise InvalidInputError("run lengths end in the middle of a number.")
    return counts
