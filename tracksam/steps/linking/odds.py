"""LinkOdds: evidence to log-odds, one number a link, a division, a start, an end, a candidate."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.steps.divide import DivisionEvidence
from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.nodes import Floats


@attrs.frozen
class LinkOdds:
    """Coefficients in log-odds. All lengths are in cell diameters.

    The same for every movie: what differs from movie to movie is scaled away in the evidence.
    """

    # A link between two candidates at the expected place, without any overlap of the masks.
    link: float = 2.0
    # Full overlap of the moved mask, against none.
    link_overlap: float = 4.0
    # One diameter away from where the cell is expected.
    link_distance: float = -3.0
    # All of the cell's points land in the candidate, against half of them; and its reverse.
    link_share: float = 3.0
    # An e-fold larger or smaller mask.
    link_area: float = -1.5
    # A cell that was hardly visible is bright, or the reverse.
    link_brightness: float = -3.0
    # Each frame in which the cell is missing between the two.
    link_missing: float = -2.0

    # A division into two daughters exactly where they should be.
    division: float = 4.0
    # The daughters' common centre is one diameter away from where the mother is expected.
    division_offset: float = -5.0
    # The daughters lie on one side of the mother, against on opposite sides.
    division_one_side: float = -3.0
    # The daughters are one diameter closer or farther than `daughters_apart`.
    division_separation: float = -2.0
    daughters_apart: float = 1.1
    # One daughter is e-fold larger than the other.
    division_imbalance: float = -2.0
    # The daughters together are e-fold larger or smaller than the mother.
    division_growth: float = -0.7
    # The moved mother covers all of both daughters, against nothing of one.
    division_covered: float = 2.0
    # One daughter is bright, the other hardly visible.
    division_contrast: float = -3.0
    # The mother is an e-fold smaller than she was before: condensed, rounded up.
    division_condensing: float = -1.0
    # The mother was hardly visible before and is bright now.
    division_brightening: float = 2.0
    # Half of the mother's points land in either daughter, against all in one.
    division_shares: float = 4.0

    # A cell begins, or ends, in the middle of the frame; and touching its border.
    end_inside: float = -3.5
    end_at_border: float = -1.5
    # Distance from the border at which "inside" begins.
    border_width: float = 0.5
    # How much a change of size or brightness still counts where a mask touches the border.
    cut: float = 0.3

    # A candidate with score 1/2; each unit of its score's log-odds; one that is certain (score 1).
    candidate: float = 0.5
    candidate_score: float = 0.5
    candidate_certain: float = 20.0

    def links(self, evidence: EdgeEvidence) -> Floats:
        """Return the log-odds of links, shape (E,)."""
        whole = np.clip(evidence.border / self.border_width, self.cut, 1)
        return (
            self.link
            + self.link_overlap * evidence.overlap
            + self.link_distance * evidence.distance
            + self.link_share * _known(2 * evidence.share - 1)
            + whole * self.link_area * np.abs(evidence.log_area)
            + whole * self.link_brightness * _known(np.abs(evidence.brightening))
            + self.link_missing * evidence.n_missing
        )

    def divisions(self, evidence: DivisionEvidence) -> Floats:
        """Return the log-odds of divisions, shape (D,)."""
        placed = (
            self.division_offset * evidence.offset
            + self.division_one_side * (1 + evidence.opposition) / 2
            + self.division_separation * np.abs(evidence.separation - self.daughters_apart)
            + self.division_covered * evidence.covered
            + self.division_shares * _known(2 * evidence.shares)
        )
        alike = (
            self.division_imbalance * evidence.imbalance
            + self.division_growth * np.abs(evidence.growth)
            + self.division_contrast * _known(evidence.contrast)
        )
        mitotic = self.division_condensing * np.clip(
            evidence.condensing, -1, 1
        ) + self.division_brightening * np.clip(_known(evidence.brightening), -1, 1)
        return np.asarray(self.division + placed + alike + mitotic)

    def ends(self, border: Floats) -> Floats:
        """Return the log-odds of a start, or an end, at a distance from the border, shape (K,)."""
        inside = np.clip(border / self.border_width, 0, 1)
        return np.asarray(self.end_at_border + (self.end_inside - self.end_at_border) * inside)

    def candidates(self, score: Floats) -> Floats:
        """Return the log-odds of candidates by their scores, shape (K,)."""
        bounded = np.clip(score, 1e-3, 1 - 1e-3)
        odds = self.candidate + self.candidate_score * np.log(bounded / (1 - bounded))
        return np.where(score >= 1, self.candidate_certain, odds)


def _known(values: Floats) -> Floats:
    """Return evidence with 0, which speaks neither way, for what is unknown."""
    return np.nan_to_num(values, nan=0.0)
