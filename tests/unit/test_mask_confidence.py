"""How sure each mask is: kept with its row through all that selects, edits, writes and reads."""

import json
from pathlib import Path

import attrs
import numpy as np
import pytest

from tracksam import Lineage, Masks, edit
from tracksam.change import Change, Curation, TrackRows
from tracksam.doubts import doubts
from tracksam.errors import InvalidInputError
from tracksam.io.step_form import (
    change_from_json,
    change_to_json,
    curation_from_json,
    curation_to_json,
)
from tracksam.io.tracklets import joined
from tracksam.io.trackmate import read_trackmate, write_trackmate
from tracksam.io.tracks_csv import read_tracks_csv, write_tracks_csv
from tracksam.io.video_masks import read_rle, write_rle
from tracksam.steps.measure import cell_table, measure, track_table

NAN = np.nan


def unsure() -> Lineage:
    """Return a cell 7 that is filled in in frame 1, before a cell 3, given in no order."""
    return Lineage(
        [7, 3, 7, 7],
        [2, 1, 0, 1],
        [[2.5, 5.5], [7.5, 2.5], [2.5, 3.5], [2.5, 4.5]],
        is_interpolated=[False, False, False, True],
        mask_confidence=[0.2, 0.3, 0.4, 0.5],
    )


def masks() -> Masks:
    labels_tyx = np.zeros((3, 10, 14), np.int64)
    for t in range(3):
        labels_tyx[t, 1:5, 2 + t : 6 + t] = 7
    labels_tyx[1, 6:10, 1:5] = 3
    return Masks.from_array(labels_tyx)


def curation() -> Curation:
    return Curation(unsure(), masks())


def test_it_is_sorted_with_its_rows_and_none_where_a_mask_was_filled_in() -> None:
    np.testing.assert_array_equal(unsure().mask_confidence, [0.3, 0.4, NAN, 0.2])
    assert not unsure().mask_confidence.flags.writeable


def test_a_mask_of_which_nothing_is_said_is_sure() -> None:
    bare = Lineage([1, 1], [0, 1], np.zeros((2, 2)), is_interpolated=[False, True])
    np.testing.assert_array_equal(bare.mask_confidence, [1, NAN])
    seen = attrs.evolve(bare, is_interpolated=[False, False])
    assert seen.mask_confidence.tolist() == [1, 1]
    assert Lineage().mask_confidence.shape == (0,)


def test_its_length_is_checked() -> None:
    with pytest.raises(InvalidInputError, match=r"must have one length.*mask_confidence: 3"):
        Lineage([1, 1], [0, 1], np.zeros((2, 2)), mask_confidence=[1, 1, 1])


def test_lineages_that_differ_in_it_are_not_equal() -> None:
    assert unsure() == unsure()
    assert unsure() != attrs.evolve(unsure(), mask_confidence=None)


def test_it_stays_with_some_tracks_and_under_other_ids() -> None:
    np.testing.assert_array_equal(unsure().only([7]).mask_confidence, [0.4, NAN, 0.2])
    np.testing.assert_array_equal(unsure().relabelled({7: 1}).mask_confidence, [0.4, NAN, 0.2, 0.3])


def test_joined_tracks_keep_it() -> None:
    pieces = Lineage([1, 2], [0, 1], np.zeros((2, 2)), mask_confidence=[0.2, 0.3])
    _, one = joined(masks(), pieces, {2: 1})
    assert one.mask_confidence.tolist() == [0.2, 0.3]


def test_a_change_of_it_alone_is_a_step_and_is_taken_back() -> None:
    before = curation()
    sure = attrs.evolve(before, lineage=attrs.evolve(before.lineage, mask_confidence=None))
    change = Change.between("sure", before, sure)
    assert (len(change.removed), len(change.added)) == (3, 3)  # not the one that was filled in
    after = before.after(change)
    np.testing.assert_array_equal(after.lineage.mask_confidence, [1, 1, NAN, 1])
    assert after.after(change.inverse()).lineage == before.lineage


def test_what_a_person_draws_is_sure_and_what_it_covers_keeps_its_own() -> None:
    mask_yx = np.zeros((10, 14), bool)
    mask_yx[0:3, 4:8] = True
    new = curation().after(edit.make_new(curation(), 2, mask_yx)).lineage
    np.testing.assert_array_equal(new.mask_confidence, [0.3, 0.4, NAN, 0.2, 1])
    mended = curation().after(edit.repaint(curation(), 7, 1, mask_yx)).lineage
    np.testing.assert_array_equal(mended.mask_confidence, [0.3, 0.4, 1, 0.2])


def test_edits_of_tracks_keep_it() -> None:
    shorter = curation().after(edit.delete_after(curation(), 7, 1)).lineage
    np.testing.assert_array_equal(shorter.mask_confidence, [0.3, 0.4, NAN])
    broken = curation().after(edit.break_track(curation(), 7, 2)).lineage
    np.testing.assert_array_equal(broken.mask_confidence, [0.3, 0.4, NAN, 0.2])


def test_steps_and_states_of_a_project_keep_it() -> None:
    text = json.dumps(curation_to_json(curation()), allow_nan=False)
    assert curation_from_json(json.loads(text), masks()).lineage == unsure()
    change = edit.delete(curation(), [7])
    text = json.dumps(change_to_json(change), allow_nan=False)
    assert change_from_json(json.loads(text)) == change


def test_projects_of_earlier_versions_are_read() -> None:
    values = curation_to_json(curation())
    del values["rows"]["mask_confidence"]
    read = curation_from_json(values, masks()).lineage
    np.testing.assert_array_equal(read.mask_confidence, [1, 1, NAN, 1])
    assert TrackRows([1], [0], [[0, 0]], [1], [False]).mask_confidence.tolist() == [1]


def test_tables_show_it() -> None:
    tables = measure(masks(), lineage=unsure())
    np.testing.assert_array_equal(tables.cells["mask_confidence"], [0.3, 0.4, NAN, 0.2])
    assert tables.tracks["min_mask_confidence"].tolist() == [0.3, 0.2]


def test_a_track_that_was_only_filled_in_has_no_lowest_one() -> None:
    filled = attrs.evolve(unsure(), is_interpolated=[True, False, False, False])
    tracks = measure(masks(), lineage=filled).tracks
    np.testing.assert_array_equal(tracks["min_mask_confidence"], [NAN, 0.2])
    nothing = track_table(Lineage(), cell_table([], Lineage()), n_frames=1)
    assert nothing["min_mask_confidence"].tolist() == []


def test_a_table_of_tracks_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    write_tracks_csv(unsure(), path)
    assert path.read_text().splitlines()[0].endswith(",is_interpolated,mask_confidence")
    assert read_tracks_csv(path) == unsure()
    write_tracks_csv(attrs.evolve(unsure(), mask_confidence=None), path)
    assert path.read_text().splitlines()[0].endswith(",is_interpolated")


def test_run_lengths_and_trackmate_keep_it(tmp_path: Path) -> None:
    write_rle(masks(), unsure(), tmp_path / "a.json")
    _, read, _ = read_rle(tmp_path / "a.json")
    assert read == unsure()
    write_trackmate(unsure(), tmp_path / "a.xml")
    again = read_trackmate(tmp_path / "a.xml")[0]
    assert again == unsure()


def test_a_mask_that_is_mended_is_doubtful_no_more() -> None:
    unsure_of_3 = attrs.evolve(unsure(), mask_confidence=[0.3, 0.9, 1, 0.9])
    before = attrs.evolve(curation(), lineage=unsure_of_3)
    assert [(d.kind, d.track_id, d.frame) for d in doubts(before.lineage)] == [("mask", 3, 1)]
    after = before.after(edit.repaint(before, 3, 1, masks().frame(1) == 3))
    assert doubts(after.lineage) == []
