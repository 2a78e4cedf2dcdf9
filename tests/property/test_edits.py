"""Every edit can be taken back, and leaves masks and lineage that fit each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracksam.change import Change, Curation
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.steps import edit
from tracksam.testing.strategies import lineages

SIDE = 3
N_FRAMES = 8
TRACK_EDITS = ("join", "break", "swap", "delete", "delete after", "mark", "unmark", "confirm")
PAINT_EDITS = ("new", "repaint", "fill")


def painted(lineage: Lineage) -> Curation:
    """A cell is a square of its own column, so that no two cells meet."""
    ids = lineage.track_ids.tolist()
    labels_tyx = np.zeros((N_FRAMES, SIDE + 2, (SIDE + 1) * (len(ids) + 1)), np.int32)
    for track_id, frame in zip(lineage.track_id.tolist(), lineage.frame.tolist(), strict=True):
        x = ids.index(track_id) * (SIDE + 1)
        labels_tyx[frame, 1 : 1 + SIDE, x : x + SIDE] = track_id
    return Curation(lineage, Masks.from_array(labels_tyx))


@st.composite
def edits(draw: st.DrawFn, curation: Curation, kinds: tuple[str, ...]) -> Change:
    """A random edit of a state; raises where it is refused."""
    ids = [*curation.lineage.track_ids.tolist(), 70_000]
    first, second, third = (draw(st.sampled_from(ids)) for _ in range(3))
    frame = draw(st.integers(-1, N_FRAMES))
    mask_yx = np.zeros(curation.masks.shape_yx, bool)
    start = draw(st.integers(0, mask_yx.shape[1] - 1))
    mask_yx[1:3, start : start + draw(st.integers(0, 3))] = True
    made = {
        "join": lambda: edit.join(curation, first, second),
        "break": lambda: edit.break_track(curation, first, frame),
        "swap": lambda: edit.swap(curation, first, second, frame),
        "delete": lambda: edit.delete(curation, {first, second}),
        "delete after": lambda: edit.delete_after(curation, first, frame),
        "mark": lambda: edit.mark_division(curation, first, {second, third}),
        "unmark": lambda: edit.unmark_division(curation, first),
        "confirm": lambda: edit.confirm(curation, [first]),
        "new": lambda: edit.make_new(curation, frame, mask_yx),
        "repaint": lambda: edit.repaint(curation, first, frame, mask_yx),
        "fill": lambda: edit.fill_gap(curation, first),
    }
    return made[draw(st.sampled_from(kinds))]()


def assert_fitting(curation: Curation) -> None:
    """Every row has its mask, and every mask its row."""
    for frame in range(N_FRAMES):
        rows = curation.lineage.track_id[curation.lineage.frame == frame]
        labels = np.unique(curation.masks.frame(frame))
        assert sorted(rows.tolist()) == labels[labels > 0].tolist()


@pytest.mark.parametrize("kinds", [TRACK_EDITS, PAINT_EDITS])
@settings(max_examples=40)
@given(data=st.data())
def test_an_edit_and_its_inverse_change_nothing(
    kinds: tuple[str, ...], data: st.DataObject
) -> None:
    states, changes = [painted(data.draw(lineages(max_tracks=4)))], []
    for _ in range(4):
        try:
            change = data.draw(edits(states[-1], (*kinds, "delete", "repaint")))
        except InvalidInputError:
            continue
        changes.append(change)
        states.append(states[-1].after(change))
        assert_fitting(states[-1])
    state = states[-1]
    for change, before in zip(reversed(changes), reversed(states[:-1]), strict=True):
        state = state.after(change.inverse())
        assert state == before


@settings(max_examples=40)
@given(data=st.data())
def test_a_step_done_again_gives_the_same(data: st.DataObject) -> None:
    before = painted(data.draw(lineages(max_tracks=4)))
    try:
        change = data.draw(edits(before, (*TRACK_EDITS, *PAINT_EDITS)))
    except InvalidInputError:
        return
    after = before.after(change)
    assert after.after(change.inverse()).after(change) == after
    assert change.inverse().inverse() == change


@settings(max_examples=40)
@given(data=st.data())
def test_an_edit_changes_something_and_not_its_argument(data: st.DataObject) -> None:
    before = painted(data.draw(lineages(max_tracks=4)))
    copy = painted(before.lineage)
    try:
        change = data.draw(edits(before, (*TRACK_EDITS, *PAINT_EDITS)))
    except InvalidInputError:
        return
    assert before == copy
    assert change.name
    assert before.after(change) != before or change.name.startswith("Repaint")
