"""Sightings: which cells of one frame a result and its candidates show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates, Origin

Position = tuple[float, float]


@attrs.frozen
class Seen:
    """One frame of truth and result, side by side.

    Parameters
    ----------
    frame : int
        Its number.
    truth_yx, result_yx : mapping of int to tuple of float
        Centre of each label, in pixels.
    match : mapping of int to int
        From a label of the truth to the one that covers more than half of it.
    best : mapping of int to tuple of int and float
        From a label of the truth to the one that covers most of it, and how much; 0 if none does.
    proposed : frozenset of int, optional
        Labels of the truth for which there was a candidate of their own. None: not known.
    """

    frame: int
    truth_yx: Mapping[int, Position]
    result_yx: Mapping[int, Position]
    match: Mapping[int, int]
    best: Mapping[int, tuple[int, float]]
    proposed: frozenset[int] | None = None

    @property
    def partners(self) -> dict[int, list[int]]:
        """Labels of the truth that each matching label of the result covers."""
        found: dict[int, list[int]] = {}
        for label, other in self.match.items():
            found.setdefault(other, []).append(label)
        return found

    @property
    def alone(self) -> dict[int, int]:
        """From truth to result, the pairs of which neither is in another pair."""
        return {those[0]: other for other, those in self.partners.items() if len(those) == 1}

    def trouble(self, label: int) -> str:
        """Return in words what is wrong with a cell that has no label of its own."""
        if label not in self.truth_yx:
            return f"cell {label} is not in frame {self.frame}"
        if label in self.match:
            return f"cell {label} is merged into {self.match[label]} in frame {self.frame}"
        other, share = self.best[label]
        if not other:
            return f"cell {label} has no mask in frame {self.frame}"
        return f"{other} covers only {share:.0%} of cell {label} in frame {self.frame}"


def seen_in(
    frame: int,
    truth_yx: NDArray[Any],
    result_yx: NDArray[Any],
    candidates: FrameCandidates | None = None,
) -> Seen:
    """Return what is seen in a frame.

    Parameters
    ----------
    frame : int
        Its number.
    truth_yx, result_yx : ndarray of int, shape (Y, X)
        Label images.
    candidates : FrameCandidates, optional
        What the result was chosen from.

    Returns
    -------
    Seen
    """
    truth, at_truth = np.unique(truth_yx, return_inverse=True)
    result, at_result = np.unique(result_yx, return_inverse=True)
    shared = np.zeros((len(truth), len(result)), np.int64)
    np.add.at(shared, (at_truth.ravel(), at_result.ravel()), 1)
    best, match = {}, {}
    cells = np.flatnonzero(result > 0)
    for row in np.flatnonzero(truth > 0).tolist():
        label, area = int(truth[row]), int(shared[row].sum())
        column = cells[shared[row, cells].argmax()] if len(cells) else None
        most = 0 if column is None else int(shared[row, column])
        best[label] = (int(result[column]) if most else 0, most / area)
        if 2 * most > area:
            match[label] = best[label][0]
    proposed = None if candidates is None else _proposed(truth_yx, candidates)
    return Seen(frame, _centres(truth_yx), _centres(result_yx), match, best, proposed)


def _centres(labels_yx: NDArray[Any]) -> dict[int, Position]:
    from skimage.measure import regionprops

    return {
        int(r.label): (float(r.centroid[0]), float(r.centroid[1])) for r in regionprops(labels_yx)
    }


def _proposed(truth_yx: NDArray[Any], candidates: FrameCandidates) -> frozenset[int]:
    """Labels of which some candidate covers more than half, and of no other label."""
    labels, areas = np.unique(truth_yx, return_counts=True)
    area = dict(zip(labels.tolist(), areas.tolist(), strict=True))
    found = set()
    regions = candidates.regions
    for k in np.flatnonzero(candidates.origin != Origin.LOST).tolist():
        mask_yx, (y, x) = regions.crops[k], regions.box_yx[k].tolist()
        inside = truth_yx[y : y + mask_yx.shape[0], x : x + mask_yx.shape[1]][mask_yx]
        covered, counts = np.unique(inside[inside > 0], return_counts=True)
        most = [
            label
            for label, n in zip(covered.tolist(), counts.tolist(), strict=True)
            if 2 * n > area[label]
        ]
        if len(most) == 1:
            found.add(int(most[0]))
    return frozenset(found)
