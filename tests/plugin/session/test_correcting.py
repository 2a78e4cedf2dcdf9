"""Corrections of the selection and the current frame; doubtful places; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest
from napari.components import ViewerModel

from napari_tracksam.place import camera
from napari_tracksam.session import Session, session_of
from napari_tracksam.shown import words
from tracksam import edit
from tracksam.change import Change
from tracksam.errors import InvalidInputError, ReadError
from tracksam.simulate.movie import SimulatedMovie


def names(session: Session) -> list[str]:
    return [step.name for step in session.editing.history]


def test_acts_take_the_selection_and_the_frame(filled: Session) -> None:
    filled.go_to(3)
    filled.looking.select([2])
    filled.editing.break_track()
    new = filled.project.curation.highest_id
    filled.looking.select([2, new])
    filled.editing.join()
    filled.looking.select([1, 2])
    filled.editing.swap()
    filled.looking.select([1])
    filled.editing.delete_after()
    filled.editing.confirm()
    filled.editing.unconfirm()
    filled.editing.delete()
    assert names(filled) == [
        "Open result",
        "Break track 2 in frame 3",
        f"Join track {new} to track 2",
        "Swap tracks 1 and 2 from frame 3 on",
        "Delete track 1 after frame 3",
        "Confirm track 1",
        "Unconfirm track 1",
        "Delete track 1",
    ]


def test_every_act_is_undone_and_done_again(filled: Session, dividing: SimulatedMovie) -> None:
    told = []
    filled.events.changed.connect(lambda: told.append(filled.project.curation.lineage))
    mother = min(dividing.lineage.parents.values())
    filled.looking.select([mother])
    filled.editing.unmark_division()
    filled.editing.mark_division()
    after = filled.project.curation.lineage
    assert dict(after.parents) == dict(dividing.lineage.parents)
    assert filled.editing.undo() == names(filled)[2] != ""
    assert filled.editing.undo() == f"Unmark division of track {mother}"
    assert filled.project.curation.lineage == dividing.lineage
    assert filled.editing.can_redo
    filled.editing.redo()
    filled.editing.redo()
    assert filled.editing.redo() == ""
    assert filled.project.curation.lineage == after
    assert len(told) == 6


def test_a_selected_daughter_stands_for_her_mother(filled: Session) -> None:
    daughter, mother = max(filled.project.curation.lineage.parents.items())
    filled.looking.select([daughter])
    filled.editing.unmark_division()
    assert names(filled)[-1] == f"Unmark division of track {mother}"


def test_masks_on_the_screen_follow_an_edit(filled: Session) -> None:
    filled.go_to(0)
    before = np.array(filled.layers.labels.data[0])
    assert (before == 2).any()
    filled.editing.delete([2])
    assert not (filled.layers.labels.data[0] == 2).any()
    filled.editing.undo()
    assert np.array_equal(filled.layers.labels.data[0], before)


def test_refused_edits_say_why_and_change_nothing(filled: Session) -> None:
    before = filled.project.curation
    for act, why in (
        (filled.editing.join, "select two cells to join"),
        (filled.editing.break_track, "select one cell for this; none of them is selected"),
        (filled.editing.delete, "no cell is selected"),
    ):
        with pytest.raises(InvalidInputError, match=why):
            act()
    news = []
    filled.events.notice.connect(news.append)
    assert not filled.attempt(filled.editing.swap)
    assert [(n.level, n.text[:25]) for n in news] == [("error", "select two cells to swap ")]
    assert filled.project.curation is before


def doubtful(session: Session) -> None:
    """Two links are doubtful: of track 2 in frame 3, and less of track 1 in frame 2."""
    curation = session.project.curation
    lineage = curation.lineage
    sure = np.ones(len(lineage))
    sure[(lineage.track_id == 2) & (lineage.frame == 3)] = 0.3
    sure[(lineage.track_id == 1) & (lineage.frame == 2)] = 0.6
    known = dict.fromkeys(lineage.parents, 1.0)
    unsure = attrs.evolve(lineage, confidence=sure, parent_confidence=known)
    session.do(Change.between("doubt", curation, attrs.evolve(curation, lineage=unsure)))


def test_doubtful_places_are_walked_the_least_sure_first(filled: Session) -> None:
    doubtful(filled)
    assert [(d.track_id, d.frame) for d in filled.doubting.doubts] == [(2, 3), (1, 2)]
    filled.doubting.next()
    assert (filled.frame, filled.looking.selected) == (3, (2,))
    y, x = filled.doubting.current.yx
    np.testing.assert_allclose(camera(filled.viewer).center[-2:], (y, x))
    zoom = camera(filled.viewer).zoom
    filled.doubting.next()
    assert filled.frame == 2
    filled.doubting.next()
    filled.doubting.previous()
    assert (filled.frame, filled.looking.selected) == (2, (1,))
    assert camera(filled.viewer).zoom == pytest.approx(zoom, rel=0.5)


def test_doubtful_masks_are_walked_with_the_links_and_mended(filled: Session) -> None:
    doubtful(filled)
    curation = filled.project.curation
    lineage = curation.lineage
    is_bad = (lineage.track_id == 1) & np.isin(lineage.frame, [3, 4])
    unsure = attrs.evolve(lineage, mask_confidence=np.where(is_bad, 0.04 * lineage.frame, 0.95))
    filled.do(Change.between("unsure", curation, attrs.evolve(curation, lineage=unsure)))
    assert [words.doubt(d) for d in filled.doubting.doubts] == [
        "12%   frame 3: the masks of track 1 in frames 3 to 4 are doubtful",
        "30%   frame 3: track 2 goes on",
        "60%   frame 2: track 1 goes on",
    ]
    filled.doubting.next()
    assert (filled.frame, filled.looking.selected) == (3, (1,))
    np.testing.assert_allclose(camera(filled.viewer).center[-2:], filled.doubting.current.yx)
    now = filled.project.curation
    filled.do(edit.repaint(now, 1, 3, now.masks.frame(3) == 1))
    assert [words.doubt(d) for d in filled.doubting.doubts][:1] == [
        "16%   frame 4: the mask of track 1 is doubtful"
    ]
    assert filled.doubting.current is None


def test_confirmed_tracks_are_not_doubtful(filled: Session) -> None:
    doubtful(filled)
    filled.doubting.next()
    filled.editing.confirm()
    assert [d.track_id for d in filled.doubting.doubts] == [1]
    filled.editing.confirm([1])
    with pytest.raises(InvalidInputError, match="there is no doubtful place"):
        filled.doubting.next()


def test_after_a_crash_everything_is_there(filled: Session, tmp_path: Path) -> None:
    filled.wait()
    filled.editing.delete([2])
    filled.editing.confirm([1])
    filled.editing.undo()
    expected = filled.project.curation
    filled.project._folder.close()  # killed: nothing is saved, the lock is gone
    viewer = ViewerModel()
    again = session_of(viewer)
    again.open_project(tmp_path / "cells.tracksam")
    assert again.project.curation.lineage == expected.lineage
    assert [(s.name, s.is_done) for s in again.editing.history] == [
        ("Open result", True),
        ("Delete track 2", True),
        ("Confirm track 1", False),
    ]
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "cells masks",
        "cells tracks",
        "cells preview",
    ]
    assert np.array_equal(np.asarray(viewer.layers[0].data[5]), filled.movie.frame(5)[..., 0])
    assert again.editing.undo() == "Delete track 2"
    assert (again.layers.labels.data[0] == 2).any()
    again.close()


def test_two_viewers_do_not_disturb_each_other(
    filled: Session, tmp_path: Path, dividing: SimulatedMovie
) -> None:
    from napari.layers import Image

    other = ViewerModel()
    other.add_layer(Image(np.zeros((3, 20, 30), np.uint8), name="other"))
    second = session_of(other)
    assert second is not filled
    assert session_of(other) is second
    with pytest.raises(ReadError, match="is open in another viewer or program"):
        second.open_project(tmp_path / "cells.tracksam")
    second.open_layer(other.layers[0])
    mask_yx = np.ones((20, 30), bool)
    second.editing.make_new(mask_yx, 1)
    assert names(second) == ["New track 1 in frame 1"]
    assert names(filled) == ["Open result"]
    assert second.project.path.parent == tmp_path / "data" / "tracksam" / "projects"
    second.close()
    assert filled.project.curation.lineage == dividing.lineage


def test_untouched_projects_leave_no_folder(tmp_path: Path) -> None:
    from napari.layers import Image

    viewer = ViewerModel()
    session = session_of(viewer)
    session.open_layer(Image(np.zeros((3, 20, 30), np.uint8), name="a movie"))
    path = session.project.path
    assert path.name.startswith("a-movie-")
    session.wait()
    session.close()
    assert not path.exists()
