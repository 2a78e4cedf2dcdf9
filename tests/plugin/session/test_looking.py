"""Selection, colours and what is shown; the layers follow."""

from __future__ import annotations

import numpy as np
import pytest

from napari_tracksam.look import NOT_SELECTED, Wish, look_of
from napari_tracksam.place import camera
from napari_tracksam.session import Session
from tracksam import Lineage
from tracksam.errors import InvalidInputError
from tracksam.report.colours import track_colours
from tracksam.simulate.movie import SimulatedMovie

LINEAGE = Lineage(
    [1, 1, 2, 3, 4],
    [0, 1, 2, 2, 0],
    [[5, 7], [6, 8], [4, 6], [8, 10], [1, 1]],
    [1, 0.5, 0.25, 0.75, 1],
    parents={2: 1, 3: 1},
)


def test_tracks_have_the_colours_of_every_other_picture() -> None:
    look = look_of(LINEAGE, None, Wish(), 0)
    assert look.visible is None
    for track_id in (1, 2, 3, 4):
        np.testing.assert_allclose(look.colours[track_id][:3], track_colours(track_id)[0] / 255)
    assert look.same_colours(look_of(LINEAGE, None, Wish(), 2))


def test_others_fade_while_some_are_selected() -> None:
    look = look_of(LINEAGE, None, Wish(selected=(3, 9)), 0)
    assert look.selected == (3,)
    assert look.colours[3][3] == 1.0
    assert look.colours[1][3] == NOT_SELECTED
    assert look.row_rgba[:, 3].tolist() == [0.5, 0.5, 0.5, 1.0, 0.5]


@pytest.mark.parametrize(
    ("show", "visible"), [("all", None), ("selected", {3}), ("lineage", {1, 2, 3})]
)
def test_what_is_shown_of_a_selection(show: str, visible: set[int] | None) -> None:
    look = look_of(LINEAGE, None, Wish(selected=(3,), show=show), 2)
    assert look.visible == visible
    assert set(look.colours) == (visible or {1, 2, 3, 4})
    assert look_of(LINEAGE, None, Wish(show=show), 2).visible is None


def test_confidence_is_a_scale_from_0_to_1() -> None:
    look = look_of(LINEAGE, None, Wish(colour_by="confidence"), 2)
    assert look.value_range == (0.0, 1.0)
    assert set(look.colours) == {2, 3}
    assert look.colours[3][1] > look.colours[2][1]  # viridis: greener is higher


def test_a_measured_column_gives_colours(filled: Session) -> None:
    filled.wait()
    filled.go_to(4)
    filled.looking.colour_by("area_px")
    table = filled.looking.table
    here = table[table["frame"] == 4].sort_values("area_px")
    colours = filled.looking.look.colours
    assert set(colours) == set(here["track_id"])
    greens = [colours[track_id][1] for track_id in here["track_id"]]
    assert greens == sorted(greens)
    low, high = filled.looking.look.value_range
    assert table["area_px"].min() <= low < high <= table["area_px"].max()
    with pytest.raises(InvalidInputError, match="can not be coloured by 'weight'"):
        filled.looking.colour_by("weight")


def test_masks_and_tracks_have_one_colour(filled: Session, dividing: SimulatedMovie) -> None:
    filled.wait()
    layers, track_id = filled.layers, int(dividing.lineage.track_ids[1])
    mask_rgba = layers.labels.colormap.map(np.array([track_id], np.uint16))[0]
    rows = layers.tracks.data[:, 0] == track_id
    np.testing.assert_allclose(layers.tracks.track_colors[rows], [mask_rgba] * rows.sum())
    np.testing.assert_allclose(mask_rgba[:3], track_colours(track_id)[0] / 255)
    assert layers.tracks.graph == {c: [m] for c, m in dividing.lineage.parents.items()}


def test_hidden_cells_are_clear_and_without_a_track(filled: Session) -> None:
    filled.looking.select([2])
    filled.looking.show("selected")
    filled.wait()
    assert set(filled.layers.tracks.data[:, 0]) == {2}
    assert filled.layers.labels.colormap.map(np.array([1], np.uint16))[0].tolist() == [0, 0, 0, 0]
    filled.looking.select([])
    filled.wait()
    assert len(set(filled.layers.tracks.data[:, 0])) > 2


def test_a_click_selects_and_shift_adds(filled: Session, dividing: SimulatedMovie) -> None:
    told = []
    filled.events.selected.connect(told.append)
    filled.go_to(0)
    places = {int(i): tuple(dividing.lineage.yx[dividing.lineage.rows(i)][0]) for i in (1, 2)}
    filled.looking.select_at(places[1])
    filled.looking.select_at(places[2], add=True)
    filled.looking.select_at(places[1], add=True)
    filled.looking.select_at((-3, 500))
    assert told == [(1,), (1, 2), (2,), ()]


def test_selecting_can_jump_to_the_nearest_frame_of_a_track(
    filled: Session, dividing: SimulatedMovie
) -> None:
    daughter = max(dividing.lineage.parents)
    rows = dividing.lineage.rows(daughter)
    filled.go_to(0)
    filled.looking.select([daughter], jump=True)
    assert filled.frame == dividing.lineage.frame[rows][0]
    np.testing.assert_allclose(camera(filled.viewer).center[-2:], dividing.lineage.yx[rows][0])


def test_deleted_tracks_are_no_longer_selected(filled: Session) -> None:
    filled.looking.select([2, 1])
    filled.editing.delete([2])
    assert filled.looking.selected == (1,)
    filled.editing.undo()
    assert filled.looking.selected == (2, 1)


def test_only_what_differs_is_drawn_again(filled: Session) -> None:
    drawn = []
    filled.layers.tracks.events.rebuild_tracks.connect(lambda event: drawn.append("tracks"))
    filled.layers.labels.events.colormap.connect(lambda event: drawn.append("colours"))
    drawn.clear()
    filled.looking.refresh()
    assert drawn == []
    filled.looking.select([1])
    assert "colours" in drawn


def test_ids_of_more_than_two_bytes_are_shown(filled: Session) -> None:
    import attrs

    from tracksam.change import Change

    assert filled.layers.labels.data.dtype == np.uint16
    before = filled.project.curation
    filled.do(Change.between("high ids", before, attrs.evolve(before, highest_id=70_000)))
    mask_yx = np.zeros((96, 128), bool)
    mask_yx[:3, :3] = True
    filled.go_to(2)
    filled.editing.make_new(mask_yx)
    assert filled.layers.labels.data.dtype == np.int32
    assert filled.layers.labels.data[2][1, 1] == 70_001
