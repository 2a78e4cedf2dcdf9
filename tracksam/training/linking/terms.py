"""Terms: the curves that the odds of linking are made of, and which way each may go."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.additive import Additive, Columns, Curve

Floats = NDArray[np.float64]

RISING, FALLING, FREE = 1, -1, 0


@attrs.frozen
class Term:
    """A curve to be learned.

    Parameters
    ----------
    at : tuple of float
        Where its straight pieces meet.
    direction : int
        `RISING`, `FALLING` or `FREE`.
    """

    at: tuple[float, ...]
    direction: int


Part = Mapping[str, Term]

_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_CHANGE = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
_BORDER = (0.0, 0.1, 0.3, 0.6, 1.2, 2.5)
_SIZE = (-2.0, -1.2, -0.7, -0.3, 0.0, 0.3, 0.7, 1.2)

PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "link": {
            "distance": Term((0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5), FALLING),
            "overlap": Term((0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0), RISING),
            "share": Term((0.0, 0.12, 0.35, 0.6, 0.9, 1.0), RISING),
            "grown": Term(_CHANGE, FALLING),
            "shrunk": Term(_CHANGE, FALLING),
            "brightened": Term(_CHANGE, FALLING),
            "dimmed": Term(_CHANGE, FALLING),
            "missing": Term((0.0, 1.0, 2.0, 4.0), FALLING),
        },
        "division": {
            "offset": Term((0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5), FALLING),
            "separation": Term((0.3, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0, 4.0), FREE),
            "apart": Term((0.6, 0.8, 1.0, 1.2, 1.5, 1.9, 2.5, 3.5, 5.0), FREE),
            "opposition": Term((-1.0, -0.95, -0.8, -0.5, 0.0, 1.0), FALLING),
            "imbalance": Term((0.0, 0.1, 0.25, 0.45, 0.7, 1.0, 1.6), FALLING),
            "growth": Term((-1.2, -0.7, -0.4, -0.2, 0.0, 0.2, 0.4, 0.7, 1.2), FREE),
            "covered": Term((0.0, 0.1, 0.3, 0.6, 1.0), FREE),
            "single": Term(_SHARES, FALLING),
            "contrast": Term(_CHANGE, FALLING),
            "roundness": Term((0.2, 0.4, 0.6, 0.8, 1.0), FREE),
            "condensing": Term((-1.4, -1.0, -0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.7), FALLING),
            "brightening": Term((-0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 0.8), RISING),
            "glow": Term((-0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 0.8), RISING),
            "doubt": Term((-3.0, -1.5, 0.0, 1.5, 3.0), RISING),
            "misled": Term((0.0, 1.0), FREE),
            "was_two": Term((0.0, 0.1, 0.25, 0.4, 0.6), FALLING),
            "rejoined": Term((0.3, 0.5, 0.7, 0.85, 1.0), FALLING),
            "again": Term(_SHARES, FALLING),
            "there": Term(_SHARES, FALLING),
        },
        "start": {
            "border": Term(_BORDER, FALLING),
            "size": Term(_SIZE, FREE),
            "inside": Term(_SHARES, FREE),
        },
        "bud": {
            "size": Term((-3.0, -2.0, -1.3, -0.8, -0.4, 0.0, 0.3), FALLING),
            "gap": Term((-0.3, -0.1, 0.0, 0.1, 0.2, 0.4, 0.6), FREE),
        },
        "end": {
            "border": Term(_BORDER, FALLING),
            "size": Term(_SIZE, FREE),
            "inside": Term(_SHARES, FREE),
        },
        "candidate": {
            "score": Term((-3.0, -1.5, -0.7, 0.0, 0.7, 1.5, 2.2, 3.0, 4.0), RISING),
        },
    }
)


def n_parameters(part: Part) -> int:
    """Return how many numbers a part has: a constant, each curve's steps, and its unknown.

    Parameters
    ----------
    part : Part

    Returns
    -------
    int
    """
    return 1 + sum(len(term.at) for term in part.values())


def design(part: Part, columns: Columns, n: int) -> NDArray[np.float32]:
    """Return what each parameter adds to each case.

    Parameters
    ----------
    part : Part
        Of P parameters.
    columns : mapping of str to array, shape (N,)
        The evidence.
    n : int
        N.

    Returns
    -------
    ndarray of float32, shape (N, P)
        1; then, for each curve, how far the evidence is up each of its steps, 0 to 1, and whether
        it is unknown.
    """
    result = [np.ones((n, 1), np.float32)]
    for name, term in part.items():
        at, evidence = np.array(term.at), columns[name]
        known = np.where(np.isnan(evidence), at[0], np.clip(evidence, at[0], at[-1]))
        steps = (known[:, None] - at[:-1]) / np.diff(at)
        result += [np.clip(steps, 0, 1).astype(np.float32)]
        result += [np.isnan(evidence).astype(np.float32)[:, None]]
    return np.concatenate(result, axis=1)


def bounds(part: Part) -> list[tuple[float | None, float | None]]:
    """Return the least and greatest value of each parameter; None: any.

    Parameters
    ----------
    part : Part
        Of P parameters.

    Returns
    -------
    list of pairs
        P of them.
    """
    limits = {RISING: (0.0, None), FALLING: (None, 0.0), FREE: (None, None)}
    found: list[tuple[float | None, float | None]] = [(None, None)]
    for term in part.values():
        found += [limits[term.direction]] * (len(term.at) - 1) + [(None, None)]
    return found


def additive(part: Part, values: Floats) -> Additive:
    """Return the model of fitted parameters.

    Parameters
    ----------
    part : Part
        Of P parameters.
    values : ndarray, shape (P,)

    Returns
    -------
    Additive
    """
    curves, start = {}, 1
    for name, term in part.items():
        stop = start + len(term.at) - 1
        value = np.append(0.0, np.cumsum(values[start:stop]))
        curves[name] = Curve(np.array(term.at), np.round(value, 4), round(float(values[stop]), 4))
        start = stop + 1
    return Additive(round(float(values[0]), 4), curves)
