"""Which places are told as doubtful, in which order, and how they are written."""

import attrs
import numpy as np
import pandas as pd

from tracksam.doubts import doubts
from tracksam.io.doubtful import doubt_table, known_ends
from tracksam.lineage import Lineage
from tracksam.mask_doubts import MaskShapes


def lineage() -> Lineage:
    """Return a mother 1 with daughters 2 and 3; 2 is filled in in frame 3, 3 ends in frame 2."""
    return Lineage(
        [1, 1, 2, 2, 2, 3],
        [0, 1, 2, 3, 4, 2],
        [[5, 6], [5, 7], [1, 7], [1, 8], [1, 9], [9, 7]],
        [1.0, 0.95, 0.7, 0.2, 0.6, 0.7],
        [False, False, False, True, False, False],
        {2: 1, 3: 1},
        {2: 0.8, 3: 0.8},
        {3: 0.5},
    )


def test_each_place_once_and_the_least_sure_first() -> None:
    assert [
        (d.kind, d.track_id, d.from_frame, d.frame, d.confidence) for d in doubts(lineage())
    ] == [
        ("end", 3, 2, 2, 0.5),
        ("link", 2, 2, 4, 0.6),
        ("birth", 2, 1, 2, 0.7),
    ]


def test_words_tell_gaps_births_and_ends() -> None:
    assert [d.what for d in doubts(lineage())] == [
        "track 3 ends",
        "track 2 comes back after 1 frame",
        "track 2 is a daughter of 1",
    ]


def reasons(ids: list[int], frames: list[int], x: list[float], **sure: object) -> list[str]:
    """Return why cells in a row are doubtful: their tracks, frames and columns."""
    confidence = [
        0.5 if (i, t) == sure.get("doubtful") else 1.0 for i, t in zip(ids, frames, strict=True)
    ]
    yx = [[20.0, column] for column in x]
    parents = sure.get("parents", {})
    ends = sure.get("ends", {})
    made = Lineage(ids, frames, yx, confidence, None, parents, dict.fromkeys(parents, 0.5), ends)
    return [doubt.why for doubt in doubts(made)]


def test_a_link_is_doubtful_where_another_track_was_as_near() -> None:
    ids, frames = [1, 1, 2, 2], [0, 1, 0, 1]
    assert reasons(ids, frames, [10, 14, 17, 40], doubtful=(1, 1)) == [
        "track 2 was 3 px away, track 1 4"
    ]
    assert reasons(ids, frames, [10, 14, 80, 82], doubtful=(1, 1)) == ["moved 4 px, others 3"]


def test_a_link_is_doubtful_where_a_track_begins_beside_it() -> None:
    assert reasons([1, 1, 2], [0, 1, 1], [10, 14, 5], doubtful=(1, 1)) == [
        "track 2 begins 5 px from where it was: perhaps a daughter"
    ]


def test_a_birth_is_doubtful_where_another_mother_is_near() -> None:
    ids, frames = [1, 2, 3, 4], [0, 1, 1, 0]
    births = {2: 1, 3: 1}
    assert reasons(ids, frames, [10, 6, 16, 18], parents=births) == [
        "moved 4 px, others 0",
        "track 4 was 2 px away, track 1 6",
    ]


def test_starts_and_ends_tell_what_is_near() -> None:
    ids, frames = [1, 1, 2, 2], [0, 1, 1, 2]
    assert reasons(ids, frames, [10, 12, 30, 32], doubtful=(2, 1)) == [
        "track 1 was 20 px away in the frame before"
    ]
    assert reasons(ids, frames, [10, 12, 30, 32], ends={1: 0.5}) == [
        "track 2 is 20 px away in the next frame"
    ]


def test_only_the_most_doubtful_where_a_number_is_given() -> None:
    assert [d.what for d in doubts(lineage(), 1)] == ["track 3 ends"]


def test_the_table_has_the_place_and_the_reason() -> None:
    table = doubt_table(doubts(lineage(), 2))
    assert table.to_dict("list") == {
        "frame": [2, 4],
        "y_px": [9.0, 1.0],
        "x_px": [7.0, 9.0],
        "track_id": [3, 2],
        "kind": ["end", "link"],
        "reason": [
            "track 3 ends; nothing is near",
            "track 2 comes back after 1 frame; moved 2 px, others 1",
        ],
        "probability": [0.5, 0.6],
    }
    assert list(doubt_table([]).columns) == list(table.columns)


def test_ends_are_read_from_the_table_of_tracks() -> None:
    tracks = pd.DataFrame({"track_id": [1, 3], "end_confidence": [np.nan, 0.5]})
    assert known_ends(tracks) == {3: 0.5}
    assert known_ends(tracks[["track_id"]]) == {}


def test_a_lineage_keeps_its_ends_under_new_ids_and_in_parts() -> None:
    assert lineage().relabelled({3: 8}).end_confidence == {8: 0.5}
    assert lineage().only([1, 2]).end_confidence == {}


def masked(of_mask: list[float], **more: object) -> Lineage:
    """Return a cell 1 in frames 0 to 5 with these confidences, beside a cell 2 of 0.9 each."""
    x = more.pop("x", [10, 11, 12, 13, 14, 15])
    return Lineage(
        [1] * 6 + [2] * 6,
        [*range(6)] * 2,
        [[20.0, column] for column in x] + [[20.0, 40.0 + t] for t in range(6)],
        mask_confidence=of_mask + [0.9] * 6,
        **more,
    )


def shapes(area_px: list[int], border: tuple[int, ...] = (), ragged: int = -1) -> MaskShapes | None:
    """Return what a table knows of cell 1, whose rows are given in the inverse order."""
    frames = range(5, -1, -1)
    return MaskShapes.of(
        pd.DataFrame(
            {
                "track_id": [1] * 6,
                "frame": frames,
                "area_px": area_px[::-1],
                "touches_border": [t in border for t in frames],
                "solidity": [0.8 if t == ragged else 0.95 for t in frames],
            }
        )
    )


def test_doubtful_masks_that_follow_each_other_are_one_place_at_the_worst_of_them() -> None:
    found = doubts(masked([0.9, 0.4, 0.2, 0.3, 0.9, 0.1]))
    assert [(d.kind, d.track_id, d.frame, d.from_frame, d.confidence, d.what) for d in found] == [
        ("mask", 1, 5, 4, 0.1, "the mask of track 1 is doubtful"),
        ("mask", 1, 2, 0, 0.2, "the masks of track 1 in frames 1 to 3 are doubtful"),
    ]
    assert found[1].yx == (20, 12)


def test_doubtful_masks_of_two_tracks_are_two_places() -> None:
    one_after_the_other = Lineage(
        [1, 1, 2, 2], [0, 1, 2, 3], np.zeros((4, 2)), mask_confidence=[0.9, 0.2, 0.1, 0.9]
    )
    assert [d.what for d in doubts(one_after_the_other)] == [
        "the mask of track 2 is doubtful",
        "the mask of track 1 is doubtful",
    ]


def test_a_mask_is_doubtful_below_half_of_what_the_movies_masks_mostly_have() -> None:
    assert [d.frame for d in doubts(masked([0.9, 0.46, 0.9, 0.44, 0.9, 0.9]))] == [3]
    unsure = masked([0.2] * 6)
    halved = attrs.evolve(unsure, mask_confidence=unsure.mask_confidence / 5)
    assert [d.what for d in doubts(unsure)] == [d.what for d in doubts(halved)]
    assert doubts(attrs.evolve(unsure, mask_confidence=[0.3] * 12)) == []
    assert doubts(Lineage([1], [0], [[0, 0]], is_interpolated=[True])) == []


def test_masks_and_links_are_ranked_together_and_the_lower_of_two_is_told() -> None:
    links = [1.0, 0.3, 0.05, 0.15, 1, 1] + [1.0] * 6
    found = doubts(masked([0.9, 0.9, 0.1, 0.9, 0.9, 0.2], confidence=links))
    assert [(d.kind, d.frame, d.confidence) for d in found] == [
        ("link", 2, 0.05),
        ("link", 3, 0.15),
        ("mask", 5, 0.2),
        ("link", 1, 0.3),
    ]
    links[2] = 0.4
    found = doubts(masked([0.9, 0.9, 0.1, 0.9, 0.9, 0.9], confidence=links))
    assert (found[0].kind, found[0].frame, found[0].confidence) == ("mask", 2, 0.1)
    assert [d.frame for d in found] == [2, 3, 1]


def test_masks_that_were_filled_in_are_not_told() -> None:
    filled = [False, False, True, False, False, False] + [False] * 6
    found = doubts(masked([0.9, 0.9, 0.1, 0.2, 0.9, 0.9], is_interpolated=filled))
    assert [(d.frame, d.from_frame, d.what) for d in found] == [
        (3, 1, "the mask of track 1 is doubtful")
    ]


def test_what_speaks_against_a_mask() -> None:
    worst = [0.9, 0.9, 0.1, 0.9, 0.9, 0.9]
    assert [d.why for d in doubts(masked(worst))] == ["only the segmenter is unsure of it"]
    jumps = masked(worst, x=[10, 11, 19, 13, 14, 15])
    assert [d.why for d in doubts(jumps)] == ["its centre moved 8 px, others 1"]
    told = shapes([100, 100, 300, 100, 100, 100], border=(2, 3))
    assert [d.why for d in doubts(jumps, shapes=told)] == [
        "its area is 300 px, the track's median 100, it reaches the border of the frame, its "
        "centre moved 8 px, others 1"
    ]
    rough = shapes([100, 100, 149, 100, 100, 100], ragged=2)
    assert [d.why for d in doubts(masked(worst), shapes=rough)] == [
        "it fills 80 % of its convex hull, the track's median 95 %"
    ]
    large = shapes([2000, 2000, 1400, 2000, 2000, 2000])
    assert [d.why for d in doubts(masked(worst), shapes=large)] == ["track 2 is only 30 px away"]


def test_shapes_need_their_columns_and_know_no_other_masks() -> None:
    assert MaskShapes.of(pd.DataFrame({"track_id": [1], "frame": [0], "area_px": [4]})) is None
    known = shapes([100] * 6)
    assert known is not None
    assert known.told(3, 0) == known.told(1, 9) == []
    assert known.diameter_px(3) == 0


def test_the_table_tells_masks() -> None:
    table = doubt_table(doubts(masked([0.9, 0.9, 0.1, 0.9, 0.9, 0.9])))
    assert table[["kind", "reason", "probability"]].to_numpy().tolist() == [
        ["mask", "the mask of track 1 is doubtful; only the segmenter is unsure of it", 0.1]
    ]
