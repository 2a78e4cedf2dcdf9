"""Lineage: rows in order, mothers before daughters."""

import numpy as np
import pytest

from tracksam import Lineage
from tracksam.errors import InvalidInputError


def family() -> Lineage:
    """Track 1 divides into 2 and 3 after frame 1; 3 divides into 5 and 6; 4 is alone."""
    return Lineage(
        track_id=[6, 1, 1, 2, 3, 5, 4],
        frame=[3, 1, 0, 2, 2, 3, 0],
        yx=[[6, 6], [1, 1], [0, 0], [2, 0], [2, 2], [5, 5], [9, 9]],
        parents={3: 1, 2: 1, 5: 3, 6: 3},
        parent_confidence={2: 0.9},
    )


def test_rows_are_sorted_by_track_and_frame() -> None:
    lineage = family()
    assert lineage.track_id.tolist() == [1, 1, 2, 3, 4, 5, 6]
    assert lineage.frame.tolist() == [0, 1, 2, 2, 0, 3, 3]
    assert lineage.yx[lineage.rows(5)].tolist() == [[5, 5]]
    assert lineage.rows(77) == slice(7, 7)


def test_the_order_of_rows_does_not_matter() -> None:
    lineage = family()
    back = slice(None, None, -1)
    other = Lineage(
        lineage.track_id[back],
        lineage.frame[back],
        lineage.yx[back],
        parents=lineage.parents,
        parent_confidence=lineage.parent_confidence,
    )
    assert other == lineage


def test_family_words() -> None:
    lineage = family()
    assert lineage.daughters(1) == (2, 3)
    assert lineage.descendants([3]) == {3, 5, 6}
    assert lineage.generation() == {1: 0, 2: 1, 3: 1, 4: 0, 5: 2, 6: 2}
    assert lineage.n_tracks == 6


def test_only_some_tracks_keep_the_links_among_them() -> None:
    part = family().only(family().descendants([3]))
    assert part.track_ids.tolist() == [3, 5, 6]
    assert dict(part.parents) == {5: 3, 6: 3}
    assert dict(part.parent_confidence) == {}


def test_relabelling_changes_ids_and_nothing_else() -> None:
    renamed = family().relabelled({1: 10, 10: 1, 4: 2, 2: 4})
    assert dict(renamed.parents) == {3: 10, 4: 10, 5: 3, 6: 3}
    assert renamed.relabelled({10: 1, 4: 2, 2: 4}) == family()


def test_relabelling_must_be_one_to_one() -> None:
    with pytest.raises(InvalidInputError, match="an id of its own"):
        family().relabelled({1: 2})


def test_two_rows_in_one_frame_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="track 4 has two rows in frame 7"):
        Lineage([4, 4], [7, 7], np.zeros((2, 2)))


@pytest.mark.parametrize("first_of_mother", [5, 6])
def test_a_mother_must_begin_before_her_daughter(first_of_mother: int) -> None:
    with pytest.raises(
        InvalidInputError, match=r"track 2 begins in frame 5, not after its mother 1"
    ):
        Lineage([1, 2], [first_of_mother, 5], np.zeros((2, 2)), parents={2: 1})


def test_a_mother_may_live_on() -> None:
    budding = Lineage([1, 1, 2], [0, 1, 1], np.zeros((3, 2)), parents={2: 1})
    assert budding.daughters(1) == (2,)


def test_a_mother_must_be_there() -> None:
    with pytest.raises(InvalidInputError, match="track 2 has mother 8"):
        Lineage([2], [5], [[0, 0]], parents={2: 8})


def test_ids_never_come_from_fractions() -> None:
    with pytest.raises(InvalidInputError, match="whole numbers are needed"):
        Lineage([1.5], [0], [[0, 0]])


def test_an_empty_lineage() -> None:
    assert len(Lineage()) == 0
    assert Lineage().descendants([]) == frozenset()
