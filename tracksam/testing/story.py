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


@attrs.frozen
class Story:
    """Masks and the lineage that goes with them."""

    masks: Masks
    lineage: Lineage


def differences(result: Story, truth: Story) -> list[str]:
    """Return what a result gets wrong, as sentences; none: every cell, link and mother is right.

    Cells are matched frame by frame where their masks overlap by half of their union. Masks that
    a result filled in across a gap count as right where the truth has nothing.

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
    filled = _filled(result.lineage)
    for frame in range(truth.masks.n_frames):
        pairs = _matched(result.masks.frame(frame), truth.masks.frame(frame))
        found += _unmatched(frame, pairs, result, truth, filled)
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


def _unmatched(
    frame: int, pairs: dict[int, int], result: Story, truth: Story, filled: set[tuple[int, int]]
) -> Iterator[str]:
    for true_id in sorted(_ids(truth.masks, frame) - set(pairs)):
        yield f"frame {frame}: cell {true_id} is missed"
    for found_id in sorted(_ids(result.masks, frame) - set(pairs.values())):
        if (found_id, frame) not in filled:
            yield f"frame {frame}: track {found_id} is no cell"


def _ids(masks: Masks, frame: int) -> set[int]:
    return set(np.unique(masks.frame(frame)).tolist()) - {0}


def _filled(lineage: Lineage) -> set[tuple[int, int]]:
    rows = lineage.is_interpolated
    return set(zip(lineage.track_id[rows].tolist(), lineage.frame[rows].tolist(), strict=True))


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
