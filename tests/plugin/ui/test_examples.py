"""The section of examples, used with mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.qt, pytest.mark.slow]


@pytest.fixture
def dock(hands: Any, discs: Any, tmp_path: Path) -> Iterator[Any]:
    """The dock of a movie of large and small cells, which are all tracked."""
    layer = hands.viewer.add_image(discs.images_tyx, name="discs", contrast_limits=(0, 255))
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    session = dock.session
    session.open_layer(layer, tmp_path / "discs.tracksam")
    session.project.fill(discs.masks, discs.lineage)
    session.show_step(session.project.next_undo)
    session.go_to(0)
    hands.press_on(section(dock).head)
    hands.settle()
    hands.viewer.reset_view()
    yield dock
    session.close()


def section(dock: Any) -> Any:
    (found,) = [one for one in dock.sections if one.objectName() == "Examples"]
    return found


def is_yellow(colour: np.ndarray) -> bool:
    return bool(min(colour[0], colour[1]) > colour[2] + 60)


def test_cells_like_the_shown_ones_are_found_and_selected(
    hands: Any, dock: Any, discs: Any
) -> None:
    session, finding = dock.session, dock.session.finding
    examples = section(dock)
    session.layers.labels.visible = session.layers.tracks.visible = False
    hands.click(*discs.places[0])
    hands.click(*discs.places[2], hands.shift)
    hands.press(dock, "add_wanted")
    assert finding.n_wanted == 2
    hands.click(*discs.places[1])
    hands.key("E", hands.shift)
    hands.wait(lambda: not finding.is_running, "the cells are ranked")
    assert finding.n_unwanted == 1
    assert examples.status.text() == "2 wanted, 1 unwanted."
    assert examples.sheet.isVisible()
    picture = examples.sheet.pixmap()
    assert (picture.width(), picture.height()) == (310, 198), "four columns, two rows"
    assert examples.sheet.height() == picture.height()
    assert is_yellow(hands.colour_at(*discs.places[8])), "a large one is shown"
    assert not is_yellow(hands.colour_at(*discs.places[9])), "a small one is not"

    examples.slider.setFocus()
    hands.slide(examples.slider, 0.0)
    assert examples.found.text() == "12 of 12 cells are likely enough."
    assert is_yellow(hands.colour_at(*discs.places[9])), "at 0 all of them are"
    hands.slide(examples.slider, 0.5)
    hands.press(dock, "select_found")
    assert set(session.looking.selected) == {1, 3, 5, 7, 9, 11}
    hands.press(dock, "clear_examples")
    assert not examples.sheet.isVisible()
    assert not is_yellow(hands.colour_at(*discs.places[8]))


def test_words_are_typed_and_what_is_missing_is_told(
    hands: Any, dock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples, told, asked = section(dock), [], []
    dock.session.events.notice.connect(lambda notice: told.append(notice.text))
    hands.press_on(examples.find)
    assert told == ["say what is looked for, such as: round cell, -debris"]
    monkeypatch.setattr(dock.session.finding, "look_for", lambda *words: asked.append(words))
    hands.type_into(examples.text, "round cell, -debris")
    hands.key_on(examples.text, "Escape")
    assert len(told) == 1, "Enter and Escape in a field accept and reject no outline"
    assert asked == [("round cell, -debris", examples.finder.currentData())]
    assert examples.finder.currentData() not in ("example", "persam")
