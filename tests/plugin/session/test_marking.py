"""Marks, previews, and what accepting them does."""

from __future__ import annotations

import time

import numpy as np
import pytest
from napari.layers import Labels

from napari_tracksam.session import Session
from tracksam.errors import InvalidInputError
from tracksam.simulate.movie import SimulatedMovie


@pytest.fixture
def marking(session: Session) -> Session:
    session.go_to(0)
    session.marking.set_active(True)
    session.wait()
    return session


def centre(movie: SimulatedMovie, track_id: int, frame: int = 0) -> tuple[float, float]:
    lineage = movie.lineage
    row = np.flatnonzero((lineage.track_id == track_id) & (lineage.frame == frame))[0]
    y, x = lineage.yx[row].tolist()
    return y, x


def share_inside(labels_yx: np.ndarray, movie: SimulatedMovie, track_id: int) -> float:
    truth_yx = movie.masks.frame(0) == track_id
    return float((labels_yx & truth_yx).sum() / (labels_yx | truth_yx).sum())


def test_the_pointer_shows_what_a_click_would_mark(
    marking: Session, dividing: SimulatedMovie
) -> None:
    assert marking.marking.is_ready
    marking.marking.hover(centre(dividing, 2))
    marking.wait()
    shown = marking.layers.preview.data[0] > 0
    assert share_inside(shown, dividing, 2) > 0.6
    assert not marking.layers.preview.data[1].any()
    assert not marking.marking.pending
    assert len(marking.project.history) == 0


def test_a_click_and_accept_make_a_cell_in_one_step(
    marking: Session, dividing: SimulatedMovie
) -> None:
    marking.marking.add_point(centre(dividing, 2))
    marking.marking.accept()  # before it is drawn: it waits for the drawing
    marking.wait()
    assert [step.name for step in marking.editing.history] == ["Mark cell 1 in frame 0"]
    assert share_inside(marking.project.curation.masks.frame(0) == 1, dividing, 2) > 0.6
    assert marking.project.curation.marks.prompts.object_id.tolist() == [1]
    assert not marking.marking.pending
    assert not marking.layers.preview.data[0].any()
    marking.editing.undo()
    assert not len(marking.project.curation.marks)
    assert not marking.project.curation.masks.frame(0).any()


def test_a_negative_point_takes_away(marking: Session, dividing: SimulatedMovie) -> None:
    y, x = centre(dividing, 2)
    marking.marking.add_point((y, x))
    marking.marking.add_point((y, x + 5), positive=False)
    marking.wait()
    (regions,) = [marking.marking.preview]
    assert regions.contains(0, [[y, x]]).tolist() == [True]
    assert regions.contains(0, [[y, x + 5]]).tolist() == [False]


def test_next_goes_on_with_another_cell(marking: Session, dividing: SimulatedMovie) -> None:
    for track_id in (1, 2, 3):
        marking.marking.add_point(centre(dividing, track_id))
        marking.wait()
        marking.marking.next()
    assert marking.project.curation.lineage.track_ids.tolist() == [1, 2, 3]
    assert marking.marking.object_id == 4


def test_a_selected_cell_is_repainted(marking: Session, dividing: SimulatedMovie) -> None:
    mask_yx = np.zeros(dividing.stack.shape_yx, bool)
    mask_yx[2:8, 3:9] = True
    marking.marking.paint(mask_yx)
    marking.marking.accept()
    marking.looking.select([1])
    marking.marking.paint(np.roll(mask_yx, 2, axis=1))
    marking.marking.accept()
    assert [step.name for step in marking.editing.history] == [
        "Mark cell 1 in frame 0",
        "Repaint track 1 in frame 0",
    ]
    assert marking.project.curation.masks.frame(0)[2, 10] == 1
    assert marking.project.curation.masks.frame(0)[2, 4] == 0


def test_a_box_is_a_mark(marking: Session, dividing: SimulatedMovie) -> None:
    rows, columns = np.nonzero(dividing.masks.frame(0) == 3)
    box = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
    marking.marking.set_tool("box")
    marking.marking.add_box([0, 0, 4, 4])
    marking.marking.add_box(box)
    marking.wait()
    assert marking.marking.pending.boxes.box_yxyx.tolist() == [box]
    assert share_inside(marking.marking.preview.to_labels() > 0, dividing, 3) > 0.6


def test_the_brush_paints_in_a_layer_of_its_own(marking: Session) -> None:
    marking.marking.set_tool("brush")
    brush = marking.layers.brush
    assert brush.mode == "paint"
    brush.data[5:9, 6:12] = 1
    marking.marking.accept()
    assert (marking.project.curation.masks.frame(0) == 1).sum() == 24
    assert not brush.data.any()
    marking.marking.set_tool("point")
    assert marking.layers.brush is None
    assert brush not in marking.viewer.layers


def test_find_all_is_one_step(marking: Session, dividing: SimulatedMovie) -> None:
    marking.marking.find_all()
    marking.wait()
    assert [step.name for step in marking.editing.history] == ["Find all cells in frame 0"]
    found = marking.project.curation
    assert found.lineage.n_tracks == len(np.unique(dividing.masks.frame(0))) - 1
    assert found.marks.prompts.object_id.tolist() == found.lineage.track_ids.tolist()
    news = []
    marking.events.notice.connect(news.append)
    marking.marking.find_all()
    marking.wait()
    assert len(marking.editing.history) == 1
    assert [notice.text for notice in news] == ["No new cell is found in this frame."]


def test_a_labels_layer_gives_cells(marking: Session, dividing: SimulatedMovie) -> None:
    marking.marking.use_labels(Labels(dividing.masks.to_array().astype(np.int32), name="seeds"))
    assert marking.editing.history[0].name == "Take cells of 'seeds'"
    assert np.array_equal(marking.project.curation.masks.frame(0) > 0, dividing.masks.frame(0) > 0)
    with pytest.raises(InvalidInputError, match=r"'small' has frames of \(3, 4\), but the movie"):
        marking.marking.use_labels(Labels(np.ones((3, 4), int), name="small"))


def test_what_can_not_be_accepted_is_refused(marking: Session) -> None:
    with pytest.raises(InvalidInputError, match="nothing is marked; click a cell first"):
        marking.marking.accept()
    with pytest.raises(InvalidInputError, match="nothing is painted"):
        marking.marking.paint(np.zeros((96, 128), bool))
    with pytest.raises(InvalidInputError, match="the tool is one of point, box, brush"):
        marking.marking.set_tool("pen")


def test_marks_of_another_frame_are_forgotten(marking: Session, dividing: SimulatedMovie) -> None:
    marking.marking.add_point(centre(dividing, 1))
    marking.wait()
    assert len(marking.marking.pending) == 1
    ready = []
    marking.events.ready.connect(ready.append)
    marking.go_to(6)
    assert not marking.marking.pending
    assert ready == [False]
    marking.wait()
    assert ready == [False, True]


def test_the_next_frame_is_prepared_ahead(marking: Session) -> None:
    marking.wait()
    ready = []
    marking.events.ready.connect(ready.append)
    marking.go_to(1)
    assert ready == [True]


def test_previews_are_quick_once_prepared(marking: Session, dividing: SimulatedMovie) -> None:
    marking.marking.hover(centre(dividing, 1))
    marking.wait()
    began = time.process_time()
    marking.marking.hover(centre(dividing, 2))
    marking.wait()
    assert time.process_time() - began < 0.1


def test_without_a_movie_nothing_can_be_marked(session: Session) -> None:
    session._leave()
    with pytest.raises(InvalidInputError, match="no movie is open; open an image layer"):
        session.marking.set_active(True)
    assert session.marking.active is False


def test_what_was_rejected_is_not_shown_when_it_is_drawn_at_last(
    marking: Session, dividing: SimulatedMovie
) -> None:
    marking.marking.add_point(centre(dividing, 2))
    marking.marking.reject()
    marking.wait()
    assert marking.marking.preview is None
    assert not marking.layers.preview.data[0].any()
