"""Buds: cells that begin beside a mother who lives on."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.steps.linking.nodes import Floats, FrameNodes, Ints

# A bud lies at most this far from its mother's outline, in her diameters, as if both were discs.
MAX_GAP = 0.6
# And is at most this much larger than she: a log ratio of areas.
MAX_SIZE = 0.3


@attrs.frozen(eq=False)
class BudEvidence:
    """B ways to be a bud.

    Parameters
    ----------
    bud, mother : array of int, shape (B,)
        Positions in the later and in the earlier frame.
    size : array, shape (B,)
        Log of the bud's area over the mother's.
    gap : array, shape (B,)
        From the outline of the mother, moved to where she is expected, to that of the bud, in her
        diameters, as if both were discs; negative where they overlap.
    """

    bud: Ints
    mother: Ints
    size: Floats
    gap: Floats

    def __len__(self) -> int:
        return len(self.bud)

    def where(self, keep: NDArray[np.bool_]) -> BudEvidence:
        """Return the ways where `keep`, shape (B,), is true."""
        return BudEvidence(self.bud[keep], self.mother[keep], self.size[keep], self.gap[keep])


def no_buds() -> BudEvidence:
    """Return evidence on no bud."""
    none = np.zeros(0, np.int64)
    return BudEvidence(none, none, np.zeros(0), np.zeros(0))


def bud_evidence(before: FrameNodes, after: FrameNodes, expected_yx: Floats) -> BudEvidence:
    """Return the evidence on every candidate that may have budded off another one.

    Parameters
    ----------
    before, after : FrameNodes
        Neighbouring frames.
    expected_yx : array, shape (K, 2)
        Where the candidates of `before` are expected.

    Returns
    -------
    BudEvidence
        In order of bud, then mother.
    """
    from scipy.spatial import cKDTree

    if not len(before) or not len(after):
        return no_buds()
    reach = after.diameter / 2 + (0.5 + MAX_GAP) * before.diameter.max()
    found = cKDTree(expected_yx).query_ball_point(after.yx, reach, return_sorted=True)
    bud = np.repeat(np.arange(len(after)), [len(mothers) for mothers in found])
    mother = np.concatenate([np.asarray(mothers, np.int64) for mothers in found])
    distance = np.linalg.norm(after.yx[bud] - expected_yx[mother], axis=1)
    gap = (distance - after.diameter[bud] / 2) / before.diameter[mother] - 0.5
    size = np.log(after.area[bud] / before.area[mother])
    return BudEvidence(bud, mother, size, gap).where((gap <= MAX_GAP) & (size <= MAX_SIZE))


def best_mothers(buds: BudEvidence, odds: Floats, n: int) -> tuple[Ints, Floats]:
    """Return the likeliest mother of each candidate.

    Parameters
    ----------
    buds : BudEvidence
        B ways.
    odds : array, shape (B,)
        Their log-odds.
    n : int
        Number of candidates of the later frame.

    Returns
    -------
    mother : array of int, shape (n,)
        -1 where there is none.
    odds : array, shape (n,)
        Minus infinity there.
    """
    mother, best = np.full(n, -1), np.full(n, -np.inf)
    rising = np.argsort(odds, kind="stable")
    mother[buds.bud[rising]], best[buds.bud[rising]] = buds.mother[rising], odds[rising]
    return mother, best
