"""One sitting with mouse and keys, from the first mark to the export; then a killed program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracksam.simulate import situation
from tracksam.simulate.movie import SimulatedMovie

pytestmark = [pytest.mark.qt, pytest.mark.slow]

KILLED = """
import json, os, signal, sys
import napari
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

viewer = napari.Viewer()
_, dock = viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
session = dock.session
session.open_project(sys.argv[1])
track = int(sys.argv[2])
viewer.dims.set_current_step(0, 2)
session.looking.select([track])
QApplication.processEvents()
button = dock.findChild(object, "break")
assert button.isEnabled(), button.toolTip()
QTest.mouseClick(button, Qt.MouseButton.LeftButton)
lineage = session.project.curation.lineage
print(json.dumps({"tracks": lineage.track_ids.tolist(), "rows": len(lineage)}), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def movie() -> SimulatedMovie:
    """Four cells, of which two divide, in frames 5 and 8."""
    return situation("dividing")


@pytest.fixture
def dock(hands: Any, movie: SimulatedMovie) -> Iterator[Any]:
    """The dock beside the movie's layer, after Begin was pressed."""
    hands.viewer.add_image(np.stack(list(movie.stack))[..., 0], name="dividing")
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    hands.settle()
    hands.press_on(dock.sections[0].begin)
    assert dock.session.movie is not None
    yield dock
    dock.session.close()


def places(movie: SimulatedMovie, frame: int) -> dict[int, tuple[int, int]]:
    """Return a pixel of each true cell."""
    rows = np.flatnonzero(movie.lineage.frame == frame)
    centres = movie.lineage.yx[rows]
    ids = movie.lineage.track_id[rows].tolist()
    return {i: (round(y), round(x)) for i, (y, x) in zip(ids, centres.tolist(), strict=True)}


def lineage(dock: Any) -> Any:
    return dock.session.project.curation.lineage


def track_at(dock: Any, frame: int, yx: tuple[int, int]) -> int:
    return int(dock.session.project.curation.masks.frame(frame)[yx])


def mark_and_track(hands: Any, dock: Any, movie: SimulatedMovie) -> list[int]:
    """Mark three true cells in frame 0, of which the first divides, and follow them."""
    from qtpy.QtWidgets import QPushButton

    hands.viewer.dims.set_current_step(0, 0)
    mothers = set(movie.lineage.parents.values())
    cells = places(movie, 0)
    chosen = [min(mothers), *[i for i in cells if i not in mothers][:2]]
    hands.press(dock, "mark")
    hands.wait(lambda: dock.session.marking.is_ready, "the frame is prepared")
    hands.settle()
    assert dock.findChild(QPushButton, "accept").height() >= 20
    for i in chosen:
        hands.click(*cells[i])
        hands.wait(lambda: dock.session.marking.preview is not None, "a preview")
        red, green, blue = hands.colour_at(*cells[i])
        assert min(red, green) > blue + 60, "the preview is yellow"
        hands.key("Return")
        hands.wait(lambda: not len(dock.session.marking.pending), "the mark is accepted")
    hands.press(dock, "mark")
    assert lineage(dock).track_ids.tolist() == [1, 2, 3]
    assert dock.findChild(QPushButton, "accept").height() >= 20
    hands.press(dock, "track_marked")
    cancel = dock.findChild(QPushButton, "cancel")
    assert cancel.isVisible() and cancel.isEnabled()
    assert cancel.width() > 40
    hands.wait(lambda: not dock.session.tracking.is_running, "tracking")
    return chosen


def assert_seen_in_its_colour(hands: Any, dock: Any, yx: tuple[int, int]) -> None:
    """A masked pixel is its grey value under the track's colour, at the layer's opacity."""
    session = dock.session
    session.layers.tracks.visible = False
    frame = session.frame
    track_id = track_at(dock, frame, yx)
    red, green, blue, alpha = session.looking.colour_of(track_id)
    low, high = hands.viewer.layers["dividing"].contrast_limits
    grey = np.clip((float(session.movie.frame(frame)[(*yx, 0)]) - low) / (high - low), 0, 1)
    share = alpha * session.layers.labels.opacity
    expected = 255 * (share * np.array([red, green, blue]) + (1 - share) * grey)
    session.layers.tracks.visible = True
    seen = hands.colour_at(*yx)
    np.testing.assert_allclose(seen, expected, atol=12)


def test_a_sitting(
    hands: Any,
    dock: Any,
    movie: SimulatedMovie,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qtpy.QtWidgets import QFileDialog

    session = dock.session
    marked = mark_and_track(hands, dock, movie)
    tracked = lineage(dock)
    assert session.editing.history[-1].name == "Track frames 0 to 11"
    assert tracked.n_tracks == 5
    assert set(tracked.parents.values()) == {1}
    daughters = tracked.daughters(1)

    hands.viewer.dims.set_current_step(0, 3)
    alone = places(movie, 3)[marked[1]]
    hands.click(*alone)
    (track,) = session.looking.selected
    assert track == track_at(dock, 3, alone) == 2
    assert_seen_in_its_colour(hands, dock, alone)

    hands.key("B")
    assert session.editing.history[-1].name.startswith("Break track")
    assert lineage(dock).n_tracks == 6
    hands.key("Z", hands.control)
    assert lineage(dock) == tracked
    hands.press(dock, "redo")
    assert lineage(dock).n_tracks == 6
    hands.key("Z", hands.control)

    session.looking.select([1], jump=True)
    hands.settle()
    hands.press(dock, "unmark_division")
    assert lineage(dock).parents == {}
    session.looking.select([1, *daughters])
    hands.settle()
    hands.key("D")
    assert lineage(dock).parents == dict.fromkeys(daughters, 1)

    hands.viewer.dims.set_current_step(0, 6)
    hands.settle()
    hands.press(dock, "retrack")
    hands.wait(lambda: not session.tracking.is_running, "tracking again")
    assert session.editing.history[-1].name == "Track again from frame 6"
    again = lineage(dock)
    assert set(again.parents.values()) == {1}
    assert [track_at(dock, 0, places(movie, 0)[i]) for i in marked] == [1, 2, 3]

    section = dock.sections[-1]
    section.forms.setCurrentIndex(section.forms.findText("Tracks as a table (CSV)"))
    out = tmp_path / "tracks.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    hands.press(dock, "export")
    hands.wait(out.exists, "the table is written")
    assert out.read_text(encoding="utf-8").count("\n") > len(again)


def test_box_brush_and_negative_points(hands: Any, dock: Any, movie: SimulatedMovie) -> None:
    session, marking = dock.session, dock.session.marking
    hands.viewer.dims.set_current_step(0, 0)
    first, second, third, _ = places(movie, 0).values()
    hands.press(dock, "mark")
    hands.wait(lambda: marking.is_ready, "the frame is prepared")
    hands.click(*first)
    hands.click(first[0] + 14, first[1], hands.alt)
    assert marking.pending.prompts.is_positive.tolist() == [True, False]
    hands.key("Escape")
    assert len(marking.pending) == 0

    tools = dock.sections[1].tool_buttons
    hands.press_on(tools["box"])
    centre = hands.viewer.scene.camera.center
    hands.drag((second[0] - 12, second[1] - 12), (second[0] + 12, second[1] + 12))
    hands.wait(lambda: len(marking.pending) and marking.preview is not None, "a preview")
    assert hands.viewer.scene.camera.center == centre
    hands.press(dock, "accept")
    assert track_at(dock, 0, second) == 1

    hands.press_on(tools["brush"])
    hands.drag((third[0] - 3, third[1] - 3), (third[0] + 4, third[1] + 4))
    hands.key("Return")
    hands.wait(lambda: lineage(dock).n_tracks == 2, "the painted cell is accepted")
    assert track_at(dock, 0, third) == 2
    hands.press(dock, "mark")
    assert session.layers.brush is None
    assert hands.viewer.layers.selection.active is session.layers.images[0]


def test_everything_is_there_after_a_kill(
    hands: Any, dock: Any, movie: SimulatedMovie, x_server: str
) -> None:
    mark_and_track(hands, dock, movie)
    before = lineage(dock)
    path, track = dock.session.project.path, 2
    dock.session.close()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(track)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told = json.loads(killed.stdout.splitlines()[-1])
    assert told["rows"] == len(before)
    assert len(told["tracks"]) == before.n_tracks + 1
    session = dock.session
    session.open_project(path)
    assert lineage(dock).track_ids.tolist() == told["tracks"]
    assert [step.name for step in session.editing.history if step.is_done][-1] == (
        "Break track 2 in frame 2"
    )
    hands.settle()
    hands.press(dock, "undo")
    assert lineage(dock) == before
    assert len(session.project.curation.marks) == 3
