"""Trust: from margins to the probability that a way is right, as calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.additive import Additive, Columns
from tracksam.steps.linking.nodes import Floats, Ints


class Kind(IntEnum):
    """What is sure, or not."""

    LINK = 0
    GAP = 1
    BIRTH = 2
    START = 3
    END = 4


@attrs.frozen(eq=False)
class Reasons:
    """What tells how sure M ways are.

    Parameters
    ----------
    kind : array of int, shape (M,)
        `Kind` of each.
    margin : array, shape (M,)
        Log-odds by which the best other answer is worse; infinite where there is none.
    odds : array, shape (M,)
        The way's own log-odds; for births, those of the division.
    score : array, shape (M,)
        Log-odds of the candidate itself.
    calm : array, shape (M,)
        Median log-odds of the links into its frame: how well cells are told apart there. NaN
        where there is no link.
    """

    kind: Ints
    margin: Floats
    odds: Floats
    score: Floats
    calm: Floats

    @property
    def columns(self) -> Columns:
        """The evidence under the names of the model's curves."""
        return {
            "margin": self.margin,
            "odds": self.odds,
            "score": self.score,
            "calm": self.calm,
        }

    def where(self, keep: Any) -> Reasons:
        """Return some of the ways: flags, shape (M,), or positions."""
        return Reasons(*(getattr(self, field.name)[keep] for field in attrs.fields(Reasons)))


def calm(odds: Floats, is_link: NDArray[np.bool_], frame_of: Ints) -> Floats:
    """Return the median log-odds of the links into each way's frame.

    Parameters
    ----------
    odds : array, shape (N,)
        Of each node's way in.
    is_link : array of bool, shape (N,)
        Whether that is a link from the frame before.
    frame_of : array of int, shape (N,)

    Returns
    -------
    array, shape (N,)
        NaN in frames without a link.
    """
    result = np.full(len(odds), np.nan)
    for frame in np.unique(frame_of[is_link]):
        here = frame_of == frame
        result[here] = np.median(odds[here & is_link])
    return result


@attrs.frozen(eq=False)
class Trust:
    """The calibrated model of confidence.

    Parameters
    ----------
    parts : mapping of Kind to Additive
        Log-odds that a way of that kind is right.
    """

    parts: Mapping[Kind, Additive]

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return the model of plain numbers, by the names of kinds in small letters."""
        return cls({kind: Additive.from_mapping(values[kind.name.lower()]) for kind in Kind})

    def __call__(self, reasons: Reasons) -> Floats:
        """Return the probability of each way, shape (M,); 1 where there is no other answer."""
        odds = np.full(len(reasons.kind), np.inf)
        for kind, part in self.parts.items():
            mine = (reasons.kind == kind) & np.isfinite(reasons.margin)
            some = reasons.where(mine)
            odds[mine] = part(some.columns, len(some.kind))
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -40, 40))))
