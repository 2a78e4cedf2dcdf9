"""Masks carried by dense flow, and what their scores say."""

import numpy as np

from tracksam.backends.warp import Warp
from tracksam.regions import Regions
from tracksam.simulate import situation
from tracksam.testing.propagator import first_masks, moving_discs
from tracksam.testing.scenes import SHAPE_YX


def test_the_score_falls_where_a_cell_is_not_seen_and_only_there() -> None:
    movie = situation("occluded")
    first = Regions.from_labels(movie.masks.frame(0), keep_ids=True)
    carried = list(Warp().propagate(movie.stack.clip(range(7)), first))
    hidden = set(first.object_id.tolist()) - set(np.unique(movie.masks.frame(5)).tolist())
    assert len(hidden) == 1
    scores = [dict(zip(r.object_id.tolist(), r.score, strict=True)) for r in carried]
    [lost] = hidden
    assert scores[4][lost] > 0.9
    assert scores[5].get(lost, 0) < 0.2
    assert all(score > 0.8 for i, score in scores[5].items() if i != lost)


def test_regions_that_overlap_are_both_carried_whole() -> None:
    rows, columns = np.ogrid[: SHAPE_YX[0], : SHAPE_YX[1]]
    left = np.hypot(rows - 50, columns - 30) <= 11
    right = np.hypot(rows - 50, columns - 34) <= 9
    first = Regions.from_masks([left, right], SHAPE_YX, None, [3, 8])
    last = list(Warp().propagate(np.repeat(moving_discs(1), 3, axis=0), first))[-1]
    assert last.object_id.tolist() == [3, 8]
    assert np.array_equal(last.mask(0), left)
    assert np.array_equal(last.mask(1), right)


def test_frames_too_small_for_flow_stand_still() -> None:
    clip_tyxc = np.zeros((3, 9, 12, 1), np.uint8)
    first = Regions.from_masks(
        [np.pad(np.ones((3, 4), bool), ((2, 4), (5, 3)))], (9, 12), None, [7]
    )
    assert [
        np.array_equal(r.mask(0), first.mask(0)) for r in Warp().propagate(clip_tyxc, first)
    ] == [
        True,
        True,
        True,
    ]


def test_what_leaves_the_frame_is_absent() -> None:
    clip_tyxc = moving_discs(30)
    far = list(Warp().propagate(clip_tyxc, first_masks().select([1])))[-1]
    assert len(far) == 0 or far.score[0] < 0.2
