"""Tracks cut into the pieces that the Cell Tracking Challenge's form allows."""

import numpy as np
import pytest

from tracksam import Lineage
from tracksam.io.labels import replaced
from tracksam.io.tracklets import Tracklets, cut, gap_links, joined_ids


def lineage(frames: dict[int, list[int]], parents: dict[int, int] | None = None) -> Lineage:
    """Make a lineage of the frames in which each track has a row."""
    ids = [track_id for track_id, at in frames.items() for _ in at]
    rows = [frame for at in frames.values() for frame in at]
    return Lineage(ids, rows, np.zeros((len(ids), 2)), parents=parents or {})


def table(tracklets: Tracklets) -> list[tuple[int, ...]]:
    columns = (tracklets.label, tracklets.begin, tracklets.end, tracklets.parent)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_whole_tracks_stay() -> None:
    tracklets = cut(lineage({1: [0, 1], 2: [2, 3], 5: [2]}, {2: 1, 5: 1}))
    assert table(tracklets) == [(1, 0, 1, 0), (2, 2, 3, 1), (5, 2, 2, 1)]
    assert not tracklets.is_cut


def test_a_gap_cuts_and_links() -> None:
    tracklets = cut(lineage({3: [0, 1, 4, 5, 9]}))
    assert table(tracklets) == [(3, 0, 1, 0), (4, 4, 5, 3), (5, 9, 9, 4)]
    assert tracklets.track_id.tolist() == [3, 3, 3]
    assert tracklets.is_cut


def test_a_mother_that_lives_on_is_cut_where_its_bud_begins() -> None:
    tracklets = cut(lineage({1: [0, 1, 2, 3], 2: [2, 3]}, {2: 1}))
    assert table(tracklets) == [(1, 0, 1, 0), (2, 2, 3, 1), (3, 2, 3, 1)]


def test_a_bud_that_begins_in_its_mothers_gap_belongs_to_the_piece_before_it() -> None:
    tracklets = cut(lineage({1: [0, 1, 5], 2: [3]}, {2: 1}))
    assert table(tracklets) == [(1, 0, 1, 0), (2, 3, 3, 1), (3, 5, 5, 1)]


def test_daughters_after_the_mothers_end_belong_to_her_last_piece() -> None:
    tracklets = cut(lineage({1: [0, 2], 2: [4], 3: [4]}, {2: 1, 3: 1}))
    assert table(tracklets) == [(1, 0, 0, 0), (2, 4, 4, 4), (3, 4, 4, 4), (4, 2, 2, 1)]


def test_two_buds_of_different_frames_cut_twice() -> None:
    tracklets = cut(lineage({1: [0, 1, 2, 3], 2: [1], 3: [3]}, {2: 1, 3: 1}))
    assert table(tracklets) == [
        (1, 0, 0, 0),
        (2, 1, 1, 1),
        (3, 3, 3, 4),
        (4, 1, 2, 1),
        (5, 3, 3, 4),
    ]


def test_no_tracks_are_no_tracklets() -> None:
    assert len(cut(Lineage())) == 0
    assert not cut(Lineage()).is_cut


def test_label_images_follow_the_pieces() -> None:
    tracklets = cut(lineage({1: [0, 1, 2, 3], 2: [2, 3]}, {2: 1}))
    labels_yx = np.array([[0, 1, 2]], np.uint8)
    assert tracklets.relabelled(1, labels_yx) is labels_yx
    assert tracklets.relabelled(2, labels_yx).tolist() == [[0, 3, 2]]


def test_values_are_replaced_all_at_once() -> None:
    labels_yx = np.array([[0, 1], [2, 200]], np.uint8)
    assert replaced(labels_yx, {1: 2, 2: 1, 7: 3}).tolist() == [[0, 2], [1, 200]]
    wide = replaced(labels_yx, {200: 300})
    assert (wide.dtype, wide.tolist()) == (np.dtype(np.int64), [[0, 1], [2, 300]])
    assert labels_yx.tolist() == [[0, 1], [2, 200]]


@pytest.mark.parametrize(
    ("parents", "links"),
    [({2: 1}, {2: 1}), ({2: 1, 3: 1}, {}), ({2: 1, 3: 2, 4: 2}, {2: 1})],
)
def test_a_single_child_continues_its_mother(parents: dict, links: dict) -> None:
    assert gap_links(parents) == links


def test_a_chain_bears_the_first_id() -> None:
    assert joined_ids({5: 3, 3: 9, 4: 2}) == {5: 9, 3: 9, 4: 2}
