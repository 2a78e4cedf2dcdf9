"""What each edit does, and what it refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tracksam.change import Change, Curation, Renaming
from tracksam.errors import InvalidInputError
from tracksam.prompts import Marks, Prompts
from tracksam.steps import edit

Frames = dict[int, list[int]]


def frames(curation: Curation) -> Frames:
    lineage = curation.lineage
    return {i: lineage.frame[lineage.rows(i)].tolist() for i in lineage.track_ids.tolist()}


def refusal(act, *arguments) -> str:
    with pytest.raises(InvalidInputError) as refused:
        act(*arguments)
    return re.sub(r"\s+", " ", str(refused.value))


def test_join_makes_a_gap_between_two_tracks(curation: Curation) -> None:
    free = curation.after(edit.unmark_division(curation, 1))
    change = edit.join(free, 2, 1)
    after = free.after(change)
    assert change.name == "Join track 2 to track 1"
    assert frames(after) == {1: [0, 1, 2, 3, 4], 3: [3, 4], 4: [0, 1, 4]}
    assert after.masks.frame(4)[2, 3] == 1
    assert after.lineage.confidence[3] == 1.0
    assert after.lineage.confidence[4] == free.lineage.confidence[4]


def test_joining_a_mother_and_her_daughter_takes_the_division_back(curation: Curation) -> None:
    after = curation.after(edit.join(curation, 1, 3))
    assert dict(after.lineage.parents) == {}
    assert frames(after)[1] == [0, 1, 2, 3, 4]


def test_join_refuses_what_can_not_be_one_cell(curation: Curation) -> None:
    assert refusal(edit.join, curation, 2, 3) == (
        "tracks 2 and 3 can not be joined: both are there in frames 3 to 4; break or delete one of "
        "them first."
    )
    assert "track 1 can not be joined to itself" in refusal(edit.join, curation, 1, 1)
    assert "there is no track 9" in refusal(edit.join, curation, 1, 9)
    broken = curation.after(edit.break_track(curation, 4, 4))
    assert "it is a daughter of 1; unmark that division first" in refusal(
        edit.join, broken.after(edit.delete_after(broken, 4, 0)), 4, 2
    )
    assert "1 divides into 2 and 3; unmark that division first" in refusal(edit.join, broken, 1, 5)


def test_break_gives_the_later_part_a_new_id_and_its_daughters(curation: Curation) -> None:
    after = curation.after(edit.break_track(curation, 1, 2))
    assert frames(after) == {1: [0, 1], 2: [3, 4], 3: [3, 4], 4: [0, 1, 4], 5: [2]}
    assert dict(after.lineage.parents) == {2: 5, 3: 5}
    assert after.masks.frame(2)[3, 5] == 5
    assert after.masks.frame(1)[3, 4] == 1
    assert after.highest_id == 5


@pytest.mark.parametrize("frame", [0, 3])
def test_break_refuses_the_ends_of_a_track(curation: Curation, frame: int) -> None:
    assert refusal(edit.break_track, curation, 1, frame) == (
        f"track 1 can not be broken in frame {frame}: it is there in frames 0 to 2; go to a frame "
        "inside it, after its first."
    )


def test_swap_exchanges_the_later_parts(curation: Curation) -> None:
    after = curation.after(edit.swap(curation, 1, 4, 2))
    assert frames(after) == {1: [0, 1, 4], 2: [3, 4], 3: [3, 4], 4: [0, 1, 2]}
    assert dict(after.lineage.parents) == {2: 4, 3: 4}
    assert after.masks.frame(2)[3, 5] == 4
    assert after.masks.frame(4)[10, 16] == 1


def test_swap_refuses_tracks_that_are_not_there_before(curation: Curation) -> None:
    assert "track 2 begins in frame 3; both must be there before" in refusal(
        edit.swap, curation, 2, 4, 3
    )
    assert "nothing to swap" in refusal(edit.swap, curation, 1, 4, 5)


def test_delete_leaves_daughters_without_a_mother(curation: Curation) -> None:
    change = edit.delete(curation, [1, 4])
    after = curation.after(change)
    assert change.name == "Delete 2 tracks: 1 and 4"
    assert frames(after) == {2: [3, 4], 3: [3, 4]}
    assert dict(after.lineage.parents) == {}
    assert not after.masks.frame(0).any()
    assert after.after(change.inverse()).masks.frame(0)[10, 16] == 4
    assert "no cell is selected" in refusal(edit.delete, curation, [])


def test_ids_of_deleted_tracks_are_not_given_again(curation: Curation) -> None:
    mask_yx = np.zeros((14, 20), bool)
    mask_yx[0, 0] = True
    gone = curation.after(edit.delete(curation, [4]))
    new = gone.after(edit.make_new(gone, 0, mask_yx))
    assert 4 not in new.lineage.track_ids
    assert new.masks.frame(0)[0, 0] == new.lineage.track_ids.max() > 4


def test_delete_after_keeps_daughters_of_the_next_frame(curation: Curation) -> None:
    after = curation.after(edit.delete_after(curation, 1, 1))
    assert frames(after)[1] == [0, 1]
    assert dict(after.lineage.parents) == {}
    later = curation.after(edit.delete_after(curation, 4, 1))
    assert frames(later)[4] == [0, 1]
    assert later.masks.frame(4)[10, 16] == 0
    assert "nothing to delete after frame 2" in refusal(edit.delete_after, curation, 1, 2)


def test_a_division_is_marked_with_two_daughters(curation: Curation) -> None:
    free = curation.after(edit.unmark_division(curation, 1))
    assert dict(free.lineage.parents) == {}
    after = free.after(edit.mark_division(free, 1, [2, 3]))
    assert dict(after.lineage.parents) == {2: 1, 3: 1}
    assert dict(after.lineage.parent_confidence) == {2: 1.0, 3: 1.0}


def test_a_mother_that_goes_on_is_broken_and_is_a_daughter_too(curation: Curation) -> None:
    joined = curation.after(edit.join(curation, 1, 2))
    after = joined.after(edit.mark_division(joined, 1, [3]))
    assert frames(after)[1] == [0, 1, 2]
    assert dict(after.lineage.parents) == {3: 1, 5: 1}


def test_impossible_divisions_are_refused(curation: Curation) -> None:
    assert "divides into 2 and 3 already" in refusal(edit.mark_division, curation, 1, [4])
    assert "2 is a daughter of 1 already" in refusal(edit.mark_division, curation, 4, [2, 3])
    free = curation.after(edit.unmark_division(curation, 1))
    assert "it begins in frame 0, and its mother must be there before" in refusal(
        edit.mark_division, free, 1, [4, 2]
    )
    assert "select two daughters" in refusal(edit.mark_division, free, 1, [2])
    assert "no daughter is selected" in refusal(edit.mark_division, free, 1, [])
    assert "track 2 does not divide" in refusal(edit.unmark_division, curation, 2)


def test_confirmed_tracks_lose_no_pixel(curation: Curation) -> None:
    sure = curation.after(edit.confirm(curation, [1]))
    mask_yx = np.zeros((14, 20), bool)
    mask_yx[4:8, 2:7] = True
    painted = sure.after(edit.make_new(sure, 0, mask_yx))
    assert painted.masks.frame(0)[4, 3] == 1
    assert painted.masks.frame(0)[5, 3] == 5
    unsure = curation.after(edit.make_new(curation, 0, mask_yx))
    assert unsure.masks.frame(0)[4, 3] == 5
    assert unsure.lineage.yx[0].tolist() == [2.5, 3]
    assert unsure.lineage.confidence[0] == curation.lineage.confidence[0]
    assert "confirmed already" in refusal(edit.confirm, sure, [1])
    assert "is not confirmed" in refusal(edit.unconfirm, curation, [1])


def test_new_parts_of_confirmed_tracks_are_confirmed(curation: Curation) -> None:
    sure = curation.after(edit.confirm(curation, [1, 2]))
    assert sure.after(edit.break_track(sure, 1, 1)).confirmed == {1, 2, 5}
    assert sure.after(edit.join(sure, 1, 2)).confirmed == {1}
    assert sure.after(edit.join(sure, 1, 3)).confirmed == {2}
    assert sure.after(edit.delete(sure, [1])).confirmed == {2}


def test_a_repainted_mask_takes_the_place_of_the_old_one(curation: Curation) -> None:
    mask_yx = np.zeros((14, 20), bool)
    mask_yx[8:12, 10:14] = True
    after = curation.after(edit.repaint(curation, 1, 1, mask_yx))
    assert (after.masks.frame(1) == 1).sum() == 16
    assert after.lineage.yx[1].tolist() == [9.5, 11.5]
    assert after.masks.frame(0)[3, 3] == 1


def test_masks_that_can_not_be_are_refused(curation: Curation) -> None:
    everything = np.ones((14, 20), bool)
    assert "covers all of track 4 in frame 0" in refusal(edit.repaint, curation, 1, 0, everything)
    assert "nothing is drawn" in refusal(edit.repaint, curation, 1, 0, ~everything)
    some = np.zeros((14, 20), bool)
    some[12:, :4] = True
    assert "its mother 1 begins in frame 0" in refusal(edit.repaint, curation, 2, 0, some)
    assert "it divides into 2 and 3 in frame 3" in refusal(edit.repaint, curation, 1, 4, some)
    assert "frame 5 is not in the movie" in refusal(edit.make_new, curation, 5, some)
    assert "does not fit frames of (14, 20)" in refusal(edit.make_new, curation, 0, some[:3])


def test_a_gap_is_filled_with_masks_between(curation: Curation) -> None:
    change = edit.fill_gap(curation, 4)
    after = curation.after(change)
    assert change.name == "Fill gap of track 4"
    assert frames(after)[4] == [0, 1, 2, 3, 4]
    rows = after.lineage.rows(4)
    assert after.lineage.is_interpolated[rows].tolist() == [False, False, True, True, False]
    assert after.lineage.yx[rows].tolist() == [[10, 16]] * 5
    assert "track 1 has no gap" in refusal(edit.fill_gap, curation, 1)


def test_a_gap_without_room_is_refused(curation: Curation) -> None:
    wall = np.zeros((14, 20), bool)
    wall[8:13, 13:] = True
    full = curation
    for frame in (2, 3):
        full = full.after(edit.make_new(full, frame, wall))
    assert "can not be filled: other cells are where it would be" in refusal(edit.fill_gap, full, 4)


def test_marks_are_part_of_a_step(curation: Curation) -> None:
    marks = Marks(Prompts([5], [0], [[12, 2]]))
    mask_yx = np.zeros((14, 20), bool)
    mask_yx[11:13, 1:4] = True
    drawn = edit.Drawn(0, edit.one(mask_yx, 5))
    change = edit.draw(curation, drawn, "Mark cell 5", marks)
    after = curation.after(change)
    assert after.marks == marks
    assert after.after(change.inverse()).marks == Marks()


def test_a_step_made_for_another_state_does_not_fit(curation: Curation) -> None:
    change = edit.delete(curation, [4])
    assert "does not fit this lineage: it changes 3 rows, of which 0 are there" in refusal(
        curation.after(change).after, change
    )


def test_pixels_are_taken_back_in_reverse_order(curation: Curation) -> None:
    change = Change("twice", pixels=(Renaming({1: 9}, 0, 2), Renaming({9: 7}, 0, 2)))
    after = curation.after(change)
    assert after.masks.frame(1)[3, 4] == 7
    assert after.after(change.inverse()).masks.frame(1)[3, 4] == 1
