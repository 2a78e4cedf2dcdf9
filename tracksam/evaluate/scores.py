"""Scores: what was measured, and what each measure says in words."""

from __future__ import annotations

import attrs

# Frames by which a division may be early or late and still be found.
DIVISION_TOLERANCE = 1


@attrs.frozen
class Scores:
    """What `evaluate` measured. None where a measure does not exist for the data.

    Parameters
    ----------
    valid : bool
        The result obeys the challenge's rules. If not, nothing else is measured.
    faults : tuple of str
        What is wrong with a result that is not valid.
    seg, seg_truth : float and str
        Mean intersection over union, and of which masks: ``"gold"``, ``"silver"`` or ``""``.
    det, tra, lnk : float
        Detection, tracking and linking (Matula et al. 2015): 1 is perfect.
    ct, tf, bc, bio : float
        Complete tracks, track fractions, branching correctness and the mean of these with cell
        cycle accuracy; branching within `DIVISION_TOLERANCE` frames.
    chota : float
        Higher-order accuracy with lineages (Kaiser et al. 2024).
    n_divisions : int
        Divisions in the truth.
    division_precision, division_recall, division_f1 : float
        Within `DIVISION_TOLERANCE` frames, mother and both daughters right (traccuracy).
    n_cells, n_missed, n_false : int
        Cells of the truth in all frames; how many of them are missed; cells of the result that
        match none.
    n_wrong_links, n_missed_links : int
        Links of the result that the truth lacks, and the reverse.
    """

    valid: bool
    faults: tuple[str, ...] = ()
    seg: float | None = None
    seg_truth: str = ""
    det: float | None = None
    tra: float | None = None
    lnk: float | None = None
    ct: float | None = None
    tf: float | None = None
    bc: float | None = None
    bio: float | None = None
    chota: float | None = None
    n_divisions: int | None = None
    division_precision: float | None = None
    division_recall: float | None = None
    division_f1: float | None = None
    n_cells: int | None = None
    n_missed: int | None = None
    n_false: int | None = None
    n_wrong_links: int | None = None
    n_missed_links: int | None = None

    def to_rows(self) -> list[tuple[str, str, str]]:
        """Return a row a measure: its name, its value as text, and what it says in words."""
        rows = [("valid", "yes" if self.valid else "no", "; ".join(self.faults))]
        for name, meaning in _MEANINGS.items():
            value = getattr(self, name)
            text = "-" if value is None else f"{value:.4f}" if type(value) is float else str(value)
            extra = f" ({self.seg_truth} masks)" if name == "seg" and self.seg_truth else ""
            rows.append((name, text, meaning + extra))
        return rows


_MEANINGS = {
    "seg": "mean overlap of the masks with the truth's",
    "det": "cells found",
    "tra": "cells found and linked",
    "lnk": "links right, cells apart",
    "ct": "tracks complete from first to last frame",
    "tf": "longest right stretch of each track",
    "bc": f"divisions right within {DIVISION_TOLERANCE} frame",
    "bio": "mean of ct, tf, bc and cell cycle lengths",
    "chota": "identity and lineage of all cells",
    "division_precision": f"divisions that are real, within {DIVISION_TOLERANCE} frame",
    "division_recall": f"real divisions that were found, within {DIVISION_TOLERANCE} frame",
    "division_f1": "harmonic mean of these two",
    "n_divisions": "divisions in the truth",
    "n_cells": "cells in the truth, summed over frames",
    "n_missed": "of them missed",
    "n_false": "cells found where the truth has none",
    "n_missed_links": "links missed",
    "n_wrong_links": "links between cells that the truth does not link",
}
