"""Story: does a result tell the same as the truth? Differences as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks

SAME_CELL = 0.5
"""Least intersection over union of a mask with the true one."""
SLIVER = 1 / 3
"""Share of its usual area below which a cell at the border may be found or not."""


@attrs.frozen
class Story:
    """Masks and the lineage that goes with them."""

    masks: Masks
    lineage: Lineage


def differences(result: Story, truth: Story) -> list[str]:
    """Return what a result gets wrong, as sentences; none: every cell, link and mother is right.

    Cells are matched frame by frame where their masks overlap by half of their union. Masks that
    a result filled in across a gap count as right where the truth has nothing. A cell that the
    border cuts to less than a third of its usual area may be found or not.

    Parameters
    ----------
    result, truth : Story
        Of the same movie.

    Returns
    -------
    list of str
        In the order of the frames.
    """
    found: list[str] = []
    partners: dict[int, Counter[int]] = {}
    least_px = _least_areas(truth.masks)
    for frame in range(truth.masks.n_frames):
        pairs = _matched(result.masks.frame(frame), truth.masks.frame(frame))
        slivers = _slivers(truth.masks.frame(frame), least_px)
        missed = _ids(truth.masks, frame) - set(pairs) - slivers
        found += [f"frame {frame}: cell {i} is missed" for i in sorted(missed)]
        false = _ids(result.masks, frame) - set(pairs.values()) - _filled_in(result, frame)
        overlaps = result.masks.frame(frame)[np.isin(truth.masks.frame(frame), list(slivers))]
        false -= set(np.unique(overlaps).tolist())
        found += [f"frame {frame}: track {i} is no cell" for i in sorted(false)]
        for true_id, found_id in pairs.items():
            partners.setdefault(true_id, Counter())[found_id] += 1
    found += _broken_links(partners)
    main = {true_id: ids.most_common(1)[0][0] for true_id, ids in partners.items()}
    found += _wrong_mothers(main, result.lineage, truth.lineage)
    return found


def _matched(found_yx: NDArray[np.int64], true_yx: NDArray[np.int64]) -> dict[int, int]:
    """True id to found id of the cells of one frame that are the same."""
    pairs, shared = np.unique(
        np.stack([true_yx.ravel(), found_yx.ravel()]), axis=1, return_counts=True
    )
    areas = [
        dict(zip(*np.unique(yx, return_counts=True), strict=True)) for yx in (true_yx, found_yx)
    ]
    matched = {}
    for (true_id, found_id), n_shared in zip(pairs.T.tolist(), shared.tolist(), strict=True):
        if true_id and found_id:
            union = areas[0][true_id] + areas[1][found_id] - n_shared
            if n_shared / union > SAME_CELL:
                matched[true_id] = found_id
    return matched


def _least_areas(masks: Masks) -> dict[int, float]:
    """The area below which a cell at the border is a sliver: a third of its median."""
    areas: dict[int, list[int]] = {}
    for labels_yx in masks:
        for label, area in zip(*np.unique(labels_yx, return_counts=True), strict=True):
            areas.setdefault(int(label), []).append(int(area))
    return {label: float(np.median(seen)) * SLIVER for label, seen in areas.items() if label}


def _slivers(labels_yx: NDArray[np.int64], least_px: dict[int, float]) -> set[int]:
    edge = np.concatenate([labels_yx[0], labels_yx[-1], labels_yx[:, 0], labels_yx[:, -1]])
    at_border = set(np.unique(edge).tolist()) - {0}
    return {i for i in at_border if np.count_nonzero(labels_yx == i) < least_px[i]}


def _ids(masks: Masks, frame: int) -> set[int]:
    return set(np.unique(masks.frame(frame)).tolist()) - {0}


def _filled_in(result: Story, frame: int) -> set[int]:
    rows = result.lineage.is_interpolated & (result.lineage.frame == frame)
    return set(result.lineage.track_id[rows].tolist())


def _broken_links(partners: dict[int, Counter[int]]) -> Iterator[str]:
    owners: dict[int, set[int]] = {}
    for true_id, ids in sorted(partners.items()):
        if len(ids) > 1:
            yield f"cell {true_id} is broken into tracks {sorted(ids)}"
        for found_id in ids:
            owners.setdefault(found_id, set()).add(true_id)
    for found_id, cells in sorted(owners.items()):
        if len(cells) > 1:
            yield f"track {found_id} runs through cells {sorted(cells)}"


def _wrong_mothers(main: dict[int, int], result: Lineage, truth: Lineage) -> Iterator[str]:
    for true_id, found_id in sorted(main.items()):
        mother = truth.parents.get(true_id)
        wanted = main.get(mother) if mother is not None else None
        got = result.parents.get(found_id)
        if got != wanted:
            yield f"cell {true_id}: its mother should be track {wanted}, got {got}"
