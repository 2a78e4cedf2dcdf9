"""The drawn tree with real mouse events."""

from __future__ import annotations

import numpy as np
import pytest

from napari_tracksam.tree.colouring import by_track
from napari_tracksam.tree.layout import tree_layout
from tracksam import Lineage
from tracksam.report.colours import track_colours

pytestmark = pytest.mark.qt


@pytest.fixture
def canvas(application, raised):
    """Track 1 (frames 0-4) divides into 2 and 3 (5-9); 4 (0-9) is alone."""
    from napari_tracksam.widgets.tree_canvas import TreeCanvas

    track_id = [1] * 5 + [2] * 5 + [3] * 5 + [4] * 10
    frame = [*range(5), *range(5, 10), *range(5, 10), *range(10)]
    layout = tree_layout(Lineage(track_id, frame, np.zeros((25, 2)), parents={2: 1, 3: 1}))
    canvas = TreeCanvas()
    canvas.resize(500, 220)
    canvas.set_tree(layout, by_track(layout))
    canvas.show()
    application.processEvents()
    yield canvas
    canvas.close()


def place(canvas, row: float, frame: float):
    from qtpy.QtCore import QPoint

    return QPoint(round(canvas.view.x(frame)), round(canvas.view.y(row)))


def colour(canvas, point) -> list[int]:
    pixel = canvas.grab().toImage().pixelColor(point)
    return [pixel.red(), pixel.green(), pixel.blue()]


def test_bars_are_seen_in_the_colours_of_their_tracks(canvas) -> None:
    for track_id, row, frame in ((1, 0.5, 2.5), (2, 0, 7.5), (3, 1, 7.5), (4, 2, 3.5)):
        point = place(canvas, row, frame)
        assert colour(canvas, point) == track_colours(track_id)[0].tolist()


def test_a_click_says_which_cell(canvas) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    clicks, empty = [], []
    canvas.picked.connect(lambda *told: clicks.append(told))
    canvas.left_empty.connect(lambda: empty.append(True))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(canvas, left, none, place(canvas, 1, 7.5))
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mouseClick(canvas, left, shift, place(canvas, 2, 0.5))
    assert clicks == [(3, 7, False), (4, 0, True)]
    QTest.mouseClick(canvas, left, none, place(canvas, 1.5, 2.5))
    assert (len(clicks), empty) == (2, [True])


def test_what_is_not_selected_fades(canvas) -> None:
    canvas.set_selected(frozenset({3}))
    ground = canvas.palette().window().color()
    expected = np.rint(
        0.28 * track_colours(4)[0] + 0.72 * np.array([ground.red(), ground.green(), ground.blue()])
    )
    assert colour(canvas, place(canvas, 2, 5.5)) == expected.tolist()
    assert colour(canvas, place(canvas, 1, 7.5)) == track_colours(3)[0].tolist()


def test_dragging_moves_the_tree_and_picks_nothing(canvas) -> None:
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtTest import QTest

    clicks = []
    canvas.picked.connect(lambda *told: clicks.append(told))
    start = place(canvas, 1, 7.5)
    before = canvas.view.x(0)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(canvas, start + QPoint(15, 0))
    QTest.mouseMove(canvas, start + QPoint(40, 10))
    end = start + QPoint(40, 10)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert canvas.view.x(0) == pytest.approx(before + 40)
    assert clicks == []
    assert colour(canvas, end) == track_colours(3)[0].tolist()


def test_the_wheel_zooms_around_the_pointer(application, canvas) -> None:
    from qtpy.QtCore import QPoint, QPointF, Qt
    from qtpy.QtGui import QWheelEvent

    point = place(canvas, 1, 7.5)
    before = canvas.view
    for keys in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        turn = QWheelEvent(
            QPointF(point),
            QPointF(canvas.mapToGlobal(point)),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        application.sendEvent(canvas, turn)
    assert canvas.view.frame_px == pytest.approx(1.2 * before.frame_px)
    assert canvas.view.row_px == pytest.approx(1.44 * before.row_px)
    assert canvas.view.frame_at(point.x()) == pytest.approx(before.frame_at(point.x()))
    double_click(canvas, point)
    assert canvas.view == before


def double_click(canvas, point) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseDClick(canvas, left, none, point)


def test_an_empty_tree_says_what_will_be_there(canvas) -> None:
    layout = tree_layout(Lineage())
    before = canvas.grab().toImage()
    canvas.set_tree(layout, by_track(layout))
    after = canvas.grab().toImage()
    assert after != before
    ground, ink = canvas.palette().window().color(), canvas.palette().windowText().color()
    middle = (ground.lightness() + ink.lightness()) / 2
    is_dark = ink.lightness() < ground.lightness()
    text = [
        (x, y)
        for x in range(100, 400)
        for y in range(80, 120)
        if (after.pixelColor(x, y).lightness() < middle) == is_dark
    ]
    assert len(text) > 50
