"""Examples and words of a session, without a window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.components import ViewerModel
from napari.layers import Image

from napari_tracksam.searching import words_of
from napari_tracksam.session import Session, session_of
from tracksam import Boxes, registry
from tracksam.errors import InvalidInputError
from tracksam.words import Words

PLACE = (20, 110)
"""The middle of cell 3."""


@pytest.fixture
def sized(discs: Any, tmp_path: Path) -> Iterator[Session]:
    """Three frames of large and small cells, all of them tracked: 1, 3, 5, ... are large."""
    model = ViewerModel()
    model.add_layer(Image(discs.images_tyx, name="discs"))
    session = session_of(model)
    session.open_layer(model.layers[0], tmp_path / "discs.tracksam")
    session.project.fill(discs.masks, discs.lineage)
    session.show_step(session.project.next_undo)
    session.go_to(0)
    session.wait()
    yield session
    session.close()


def show(session: Session, wanted: list[int], unwanted: list[int]) -> None:
    session.looking.select(wanted)
    session.finding.add(True)
    session.looking.select(unwanted)
    session.finding.add(False)
    session.wait()


def test_cells_like_the_examples_are_found_in_another_frame(sized: Session, discs: Any) -> None:
    finding = sized.finding
    show(sized, [1, 3, 5], [2, 4])
    assert (finding.n_wanted, finding.n_unwanted) == (3, 2)
    sized.go_to(2)
    assert finding.ranking is None
    finding.look()
    sized.wait()
    finding.set_threshold(0.5)
    finding.select()
    assert set(sized.looking.selected) == {1, 3, 5, 7, 9, 11}
    assert sized.layers.preview.visible
    shown = [int(sized.layers.preview.data[2][place]) for place in discs.places]
    assert shown == [1, 0] * 6


def test_the_limit_chooses_without_looking_again(sized: Session) -> None:
    show(sized, [1, 3], [2])
    ranking = sized.finding.ranking
    sized.finding.set_threshold(0)
    assert len(sized.finding.chosen) == len(ranking.regions) == 12
    sized.finding.set_threshold(1)
    assert len(sized.finding.chosen) == 0
    assert not sized.layers.preview.data[0].any()
    assert sized.finding.ranking is ranking
    assert not sized.workers.is_busy


def test_what_is_found_becomes_cells_in_one_step(sized: Session, discs: Any) -> None:
    show(sized, [1, 3, 5], [2, 4])
    sized.editing.delete([7, 9, 8])
    before = len(sized.project.history)
    sized.finding.look()
    sized.wait()
    sized.finding.mark()
    assert len(sized.project.history) == before + 1
    assert sized.editing.history[-1].name == "Mark cells found in frame 0"
    labels_yx = sized.project.curation.masks.frame(0)
    assert labels_yx[discs.places[6]] > 12
    assert labels_yx[discs.places[8]] > 12
    assert labels_yx[discs.places[7]] == 0, "a small one is not found"
    assert sized.finding.ranking is None
    sized.editing.undo()
    assert sized.project.curation.masks.frame(0)[discs.places[6]] == 0


def test_examples_are_kept_in_a_file_and_taken_from_it(
    sized: Session, discs: Any, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match="look in a frame first"):
        sized.finding.save(tmp_path / "mine")
    show(sized, [1, 3, 5], [2, 4])
    assert sized.finding.sheet.shape[2] == 3
    sized.finding.save(tmp_path / "mine")
    sized.finding.clear()
    assert (sized.finding.n_wanted, sized.finding.sheet) == (0, None)
    sized.finding.read(tmp_path / "mine.npz")
    sized.wait()
    assert (sized.finding.n_wanted, sized.finding.n_unwanted) == (3, 2)
    middles = np.rint(sized.finding.chosen.centroid_yx).astype(int)
    assert set((discs.labels_yx[tuple(middles.T)] % 2).tolist()) == {1}
    show(sized, [7], [6])
    assert len(sized.finding.examples.wanted) == 4
    assert len(sized.finding.examples.unwanted) == 3


def test_a_cell_can_change_sides(sized: Session) -> None:
    sized.looking.select([1, 3])
    sized.finding.add(True)
    sized.looking.select([3])
    sized.finding.add(False)
    assert (sized.finding.n_wanted, sized.finding.n_unwanted) == (1, 1)
    sized.wait()


def test_what_can_not_be_found_is_refused(sized: Session) -> None:
    with pytest.raises(InvalidInputError, match="select cells that have a mask in frame 0"):
        sized.finding.add(True)
    with pytest.raises(InvalidInputError, match="show a wanted cell first"):
        sized.finding.look()
    with pytest.raises(InvalidInputError, match="say what is looked for"):
        sized.finding.look_for(" , -debris", "owlv2")
    with pytest.raises(InvalidInputError, match="nothing is found yet"):
        sized.finding.mark()


class Reader:
    """A finder that finds a box at the third disc for the one phrase that it knows."""

    def find(self, image_yxc: Any, query: Words) -> Boxes:
        assert query.unwanted == ("debris",)
        y, x = PLACE
        if "large disc" not in query.wanted:
            return Boxes()
        return Boxes([1], [0], [[y - 12, x - 12, y + 13, x + 13]])


def test_words_are_looked_for_and_drawn(sized: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "finder_of_a_stranger", sys.modules[__name__])
    entry = EntryPoint("reader", "finder_of_a_stranger:Reader", "tracksam.finders")
    known = registry.entry_points
    monkeypatch.setattr(registry, "entry_points", lambda group: [*known(group=group), entry])
    told: list[str] = []
    sized.events.notice.connect(lambda notice: told.append(notice.text))
    sized.go_to(1)
    sized.finding.look_for("large disc, -debris", "reader")
    sized.wait()
    assert told == []
    (centre,) = sized.finding.chosen.centroid_yx
    np.testing.assert_allclose(centre, PLACE, atol=1.5)
    sized.finding.look_for("comet, -debris", "reader")
    sized.wait()
    assert told == ["Nothing is found in frame 1; try other words or another frame."]


def test_a_finder_that_is_not_there_is_told(sized: Session) -> None:
    told: list[str] = []
    sized.events.notice.connect(lambda notice: told.append(notice.text))
    sized.finding.look_for("cell", "persam")
    sized.wait()
    assert told == ["the finder 'persam' takes a reference mask, not words."]
    assert not sized.finding.is_running


def test_marking_hides_what_was_found(sized: Session) -> None:
    show(sized, [1], [2])
    assert sized.finding.ranking is not None
    sized.marking.set_active(True)
    sized.wait()
    assert sized.finding.ranking is None
    assert not sized.layers.preview.data[0].any()


def test_phrases_of_a_line() -> None:
    assert words_of("round  cell, - debris,, -,x") == (["round  cell", "x"], ["debris"])
