"""Keys, pressed for real: whichever layer of ours is active, and where a layer's own keys win."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_tracksam.bindings import SHORTCUTS, bind
from tracksam import Project

QT_NAMES = {"Enter": "Return"}


@pytest.fixture
def opened(hands: Any, discs: Any, tmp_path: Any) -> Any:
    """Return the dock with three frames of twelve cells, of which all are known."""
    from napari.layers import Image

    from napari_tracksam.widgets.dock import Dock

    dock = Dock(hands.viewer)
    hands.viewer.window.add_dock_widget(dock)
    image = hands.viewer.add_layer(Image(discs.images_tyx, name="discs"))
    with Project.create(tmp_path / "a.tracksam", dock_stack(discs)) as project:
        project.fill(discs.masks, discs.lineage)
    dock.session.open_layer(image, tmp_path / "a.tracksam")
    yield dock
    dock.session.close()


def dock_stack(discs: Any) -> Any:
    from tracksam import Stack

    return Stack.from_array(discs.images_tyx, "TYX")


def press(hands: Any, key: str) -> None:
    """Press a key as napari writes it: ``"Control-Shift-Z"``."""
    *held, name = key.split("-")
    keys = hands.none
    for word in held:
        keys |= getattr(hands, word.lower())
    hands.key(QT_NAMES.get(name, name), keys)


@pytest.fixture
def done(opened: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the actions whose keys were pressed; nothing is done."""
    names: list[str] = []

    def pressed(session: Any, shortcut: Any, _target: Any) -> None:
        names.append(shortcut.action)

    monkeypatch.setattr("napari_tracksam.bindings._pressed", pressed)
    bind(opened.session)
    return names


@pytest.mark.parametrize("which", ["image", "labels", "tracks", "preview", "none"])
def test_every_key_reaches_the_plugin(hands: Any, opened: Any, done: list[str], which: str) -> None:
    layers = opened.session.layers
    active = {"image": layers.images[0], "none": None}
    layer = active[which] if which in active else getattr(layers, which)
    hands.viewer.layers.selection.active = layer
    before = None if layer is None else layer.mode
    for shortcut in SHORTCUTS:
        press(hands, shortcut.key)
        assert done[-1:] == [shortcut.action], f"{shortcut.key} with {which}"
    assert len(done) == len(SHORTCUTS)
    assert (None if layer is None else layer.mode) == before


def test_a_layer_of_your_own_keeps_its_keys(hands: Any, opened: Any, done: list[str]) -> None:
    mine = hands.viewer.add_labels(np.zeros((120, 180), np.uint8), name="mine")
    hands.viewer.layers.selection.active = mine
    press(hands, "P")
    assert mine.mode == "paint"
    press(hands, "E")
    assert mine.mode == "erase"
    press(hands, "M")
    assert (mine.selected_label, done) == (1, [])
    press(hands, "N")
    assert done == ["next_doubt"]
    points = hands.viewer.add_points([[5, 5]], name="clicks")
    hands.viewer.layers.selection.active = points
    press(hands, "S")
    assert points.mode == "select"
    assert done == ["next_doubt"]


def test_the_brush_keeps_the_keys_of_painting(hands: Any, opened: Any, done: list[str]) -> None:
    session = opened.session
    session.marking.set_active(True)
    session.marking.set_tool("brush")
    brush = session.layers.brush
    assert hands.viewer.layers.selection.active is brush
    bind(session)
    hands.drag((60, 44), (66, 60))
    painted = brush.data.sum()
    assert painted > 0
    press(hands, "Control-Z")
    assert brush.data.sum() == 0
    press(hands, "E")
    assert brush.mode == "erase"
    press(hands, "Shift-T")
    assert done == ["track_marked"]


def test_what_is_painted_is_rejected_or_accepted(hands: Any, opened: Any) -> None:
    session, marking = opened.session, opened.session.marking
    session.editing.delete([1])
    marking.set_active(True)
    marking.set_tool("brush")
    for key in ("Escape", "Return"):
        hands.drag((18, 18), (24, 24))
        assert session.layers.brush.data.any()
        press(hands, key)
        hands.wait(lambda: not session.layers.brush.data.any(), key)
        labels_yx = session.project.curation.masks.frame(session.frame)
        assert bool(labels_yx[22, 22]) == (key == "Return")
