"""Which places are told as doubtful, in which order, and how they are written."""

import numpy as np
import pandas as pd

from tracksam.doubts import doubts
from tracksam.io.doubtful import doubt_table, known_ends
from tracksam.lineage import Lineage


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
