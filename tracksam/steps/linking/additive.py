"""Additive: log-odds that are a sum of one curve a kind of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from tracksam.steps.linking.nodes import Floats

Columns = Mapping[str, Floats]
"""Evidence by name, all of shape (N,); NaN where unknown."""


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)


@attrs.frozen(eq=False)
class Curve:
    """A curve of straight pieces.

    Parameters
    ----------
    at : array, shape (P,)
        Values of the evidence, ascending. Beyond the first and the last the curve is level.
    value : array, shape (P,)
        Log-odds there.
    unknown : float
        Log-odds where the evidence is unknown.
    """

    at: Floats = attrs.field(converter=_floats)
    value: Floats = attrs.field(converter=_floats)
    unknown: float = 0.0

    def __call__(self, evidence: Floats) -> Floats:
        """Return the log-odds of evidence, shape (N,)."""
        known = np.interp(evidence, self.at, self.value)
        return np.where(np.isnan(evidence), self.unknown, known)


@attrs.frozen(eq=False)
class Additive:
    """A generalised additive model (Hastie and Tibshirani, 1986) of log-odds.

    Parameters
    ----------
    constant : float
        Log-odds where every curve is 0.
    curves : mapping of str to Curve
        By the name of the evidence.
    """

    constant: float
    curves: Mapping[str, Curve]

    def __call__(self, columns: Columns, n: int) -> Floats:
        """Return the log-odds of N cases.

        Parameters
        ----------
        columns : mapping of str to array, shape (N,)
            At least those that the curves ask for.
        n : int
            N.

        Returns
        -------
        array, shape (N,)
        """
        total = np.full(n, self.constant)
        for name, curve in self.curves.items():
            total += curve(columns[name])
        return total

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return the model that `to_mapping` told."""
        return cls(
            float(values["constant"]),
            {name: Curve(**curve) for name, curve in values["curves"].items()},
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return the model as plain numbers, to be written as JSON."""
        return {
            "constant": self.constant,
            "curves": {
                name: {
                    "at": curve.at.tolist(),
                    "value": curve.value.tolist(),
                    "unknown": curve.unknown,
                }
                for name, curve in self.curves.items()
            },
        }
