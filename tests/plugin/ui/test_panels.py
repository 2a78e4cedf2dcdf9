"""Tree, table, plots and doubtful places of one session, linked with its viewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tracksam import Project
from tracksam.report.colours import track_colours
from tracksam.simulate import situation
from tracksam.simulate.movie import SimulatedMovie

pytestmark = pytest.mark.qt


@pytest.fixture(scope="module")
def movie() -> SimulatedMovie:
    """Four cells, of which two divide; one link is doubtful."""
    simulated = situation("dividing")
    confidence = simulated.lineage.confidence.copy()
    confidence[simulated.lineage.rows(2).start + 3] = 0.4
    return attrs.evolve(simulated, lineage=attrs.evolve(simulated.lineage, confidence=confidence))


@pytest.fixture
def session(application: Any, raised: Any, movie: SimulatedMovie, tmp_path: Path) -> Iterator[Any]:
    """A session in a viewer without a window, on a tracked movie."""
    from napari.components import ViewerModel

    from napari_tracksam.session import Session

    with Project.create(tmp_path / "cells.tracksam", movie.stack) as project:
        project.fill(movie.masks, movie.lineage)
        project.keep_movie(movie.stack)
    session = Session(ViewerModel())
    session.open_project(tmp_path / "cells.tracksam")
    session.wait()
    yield session
    session.close()


def shown(application: Any, panel: Any) -> Any:
    panel.resize(900, 320)
    panel.show()
    application.processEvents()
    return panel


def click(widget: Any, point: Any, *, shift: bool = False, control: bool = False) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    keys = Qt.KeyboardModifier.ControlModifier if control else keys
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, keys, point)


def tree_place(panel: Any, track_id: int, frame: int) -> Any:
    from qtpy.QtCore import QPoint

    layout, view = panel.canvas.layout_shown, panel.canvas.view
    row = float(layout.row[layout.index(track_id)])
    return QPoint(round(view.x(frame + 0.5)), round(view.y(row)))


def test_the_tree_and_the_viewer_follow_each_other(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.tree import TreePanel

    panel = shown(application, TreePanel(session))
    click(panel.canvas, tree_place(panel, 2, 4))
    assert (session.looking.selected, session.frame) == ((2,), 4)
    row = session.project.curation.lineage.rows(2).start + 4
    centre = session.viewer.scene.camera.center[-2:]
    place = session.project.curation.lineage.yx[row] * 0.65
    np.testing.assert_allclose(centre, place, atol=1e-6)
    click(panel.canvas, tree_place(panel, 1, 2), shift=True)
    assert session.looking.selected == (2, 1)
    session.looking.select([3])
    picture = panel.canvas.grab().toImage()
    pixel = picture.pixelColor(tree_place(panel, 3, 6))
    assert [pixel.red(), pixel.green(), pixel.blue()] == track_colours(3)[0].tolist()
    panel.close()


def test_the_tree_changes_with_every_step(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.tree import TreePanel

    panel = shown(application, TreePanel(session))
    n = len(panel.canvas.layout_shown)
    session.editing.break_track(1, 2)
    assert len(panel.canvas.layout_shown) == n + 1
    session.editing.undo()
    assert len(panel.canvas.layout_shown) == n
    panel.close()


def test_the_tree_tells_what_its_colours_mean(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.tree import TreePanel

    panel = shown(application, TreePanel(session))
    assert not panel.scale.isVisible()
    session.looking.colour_by("confidence")
    assert panel.scale.isVisible()
    assert (panel.scale.low.text(), panel.scale.high.text()) == ("confidence 0", "1")
    colour = panel.canvas.grab().toImage().pixelColor(tree_place(panel, 1, 1))
    assert [colour.red(), colour.green(), colour.blue()] == [253, 231, 37]
    panel.close()


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_tree_is_saved_as_a_figure(
    application: Any, session: Any, tmp_path: Path, suffix: str
) -> None:
    from PIL import Image

    from napari_tracksam.widgets.tree import TreePanel

    panel = shown(application, TreePanel(session))
    path = tmp_path / f"tree{suffix}"
    panel.save(path)
    red, green, blue = track_colours(1)[0].tolist()
    if suffix == ".svg":
        assert f'stroke="#{red:02x}{green:02x}{blue:02x}"' in path.read_text(encoding="utf-8")
    else:
        with Image.open(path) as picture:
            colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
        assert (red, green, blue) in colours
    panel.close()


def test_the_table_and_the_viewer_follow_each_other(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.table import TablePanel

    panel = shown(application, TablePanel(session))
    rows = panel.model.rows
    assert len(rows) == len(session.project.curation.lineage)
    row = rows.row_of(2, 7)
    panel.view.scrollTo(panel.model.index(row, 0))
    click(panel.view.viewport(), panel.view.visualRect(panel.model.index(row, 0)).center())
    assert (session.looking.selected, session.frame) == ((2,), 7)
    session.looking.select([1])
    session.go_to(3)
    (selected,) = panel.view.selectionModel().selectedRows()
    assert panel.model.rows.cell(selected.row()) == (1, 3)
    panel.close()


def test_rows_are_added_to_the_selection(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.table import TablePanel

    panel = shown(application, TablePanel(session))
    first, second = (panel.model.index(panel.model.rows.row_of(i, 2), 0) for i in (3, 1))
    panel.view.scrollTo(second)
    click(panel.view.viewport(), panel.view.visualRect(first).center())
    click(panel.view.viewport(), panel.view.visualRect(second).center(), control=True)
    assert session.looking.selected == (3, 1)
    assert {i.row() for i in panel.view.selectionModel().selectedRows()} == {
        first.row(),
        second.row(),
    }
    session.go_to(4)
    cells = [panel.model.rows.cell(i.row()) for i in panel.view.selectionModel().selectedRows()]
    assert sorted(cells) == [(1, 4), (3, 4)]
    panel.close()


def test_the_table_is_sorted_and_filtered(application: Any, session: Any) -> None:
    from qtpy.QtCore import Qt

    from napari_tracksam.widgets.table import TablePanel

    panel = shown(application, TablePanel(session))
    area = panel.model.rows.names.index("area_px")
    panel.view.horizontalHeader().setSortIndicator(area, Qt.SortOrder.DescendingOrder)
    areas = panel.model.rows.column("area_px")[panel.model.rows.order]
    assert (np.diff(areas) <= 0).all()
    session.looking.select([2])
    panel.shown.setCurrentText("selected tracks")
    assert set(panel.model.rows.column("track_id")[panel.model.rows.order]) == {2}
    panel.shown.setCurrentText("this frame")
    session.go_to(5)
    assert set(panel.model.rows.column("frame")[panel.model.rows.order]) == {5}
    panel.close()


def test_the_plot_shows_the_selection(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.plots import DISTRIBUTION, POPULATION, PlotPanel

    panel = shown(application, PlotPanel(session))
    session.looking.select([2])
    panel.feature.setCurrentText("area_px")
    assert [line.name for line in panel.shown().lines][-1] == "track 2"
    drawn = panel.plot.listDataItems()[-1]
    cells = session.looking.table
    expected = cells.loc[cells["track_id"] == 2, "area_px"]
    np.testing.assert_array_equal(drawn.getOriginalDataset()[1], expected)
    panel.kind.setCurrentText(POPULATION)
    panel.feature.setCurrentText("n_cells")
    counts = panel.plot.listDataItems()[0].getOriginalDataset()[1]
    assert (counts[0], counts[-1]) == (4, 6)
    session.go_to(0)
    panel.kind.setCurrentText(DISTRIBUTION)
    assert panel.shown().bars.counts.sum() == 4
    panel.close()


def test_a_click_on_a_doubtful_place_goes_there(application: Any, session: Any) -> None:
    from napari_tracksam.widgets.doubts import DoubtsPanel

    panel = shown(application, DoubtsPanel(session))
    assert panel.list.item(0).text() == "40%   frame 3: track 2 goes on"
    click(panel.list.viewport(), panel.list.visualItemRect(panel.list.item(0)).center())
    assert (session.looking.selected, session.frame) == ((2,), 3)
    assert session.doubting.current.confidence == pytest.approx(0.4)
    session.editing.confirm()
    assert panel.list.count() == 0
    assert not panel.buttons.buttons["next_doubt"].isEnabled()
    panel.close()
