"""How fast the plugin answers: the tree while it is moved, and each act until it is seen.

    xvfb-run -a -s "-screen 0 1600x1000x24" python tests/benchmarks/plugin.py [tree] [acts]

Without X use `xvfb-run`; software rendering is what a machine without a graphics card has.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from tracksam import Lineage, Masks, Project, Stack

TREE_CELLS, TREE_FRAMES = 2000, 500
TREE_SIZE = (1200, 500)
WARM, REPEATS = 5, 60
FRAMES, SHAPE, ROWS, COLUMNS, RADIUS = 100, (700, 1100), 15, 20, 11


def families(n_tracks: int, n_frames: int) -> Lineage:
    """Return families of seven tracks: each divides twice, after a third of the movie each."""
    thirds = np.linspace(0, n_frames, 4).astype(int)
    track_id, frame, parents = [], [], {}
    for first in range(1, n_tracks + 1, 7):
        for i in range(min(7, n_tracks + 1 - first)):
            generation = 0 if i == 0 else 1 if i < 3 else 2
            frames = np.arange(thirds[generation], thirds[generation + 1])
            track_id.append(np.full(len(frames), first + i))
            frame.append(frames)
            if i:
                parents[first + i] = first + (i - 1) // 2
    ids, frames = np.concatenate(track_id), np.concatenate(frame)
    return Lineage(ids, frames, np.zeros((len(ids), 2)), parents=parents)


def tree_rates(lineage: Lineage) -> Iterator[tuple[str, Seconds]]:
    """Yield what is done with the tree, and how long a picture takes."""
    from napari_tracksam.tree.colouring import by_track
    from napari_tracksam.tree.layout import tree_layout
    from napari_tracksam.widgets.tree_canvas import TreeCanvas

    layout = tree_layout(lineage)
    canvas = TreeCanvas()
    canvas.resize(*TREE_SIZE)
    canvas.set_tree(layout, by_track(layout))
    canvas.show()
    QApplication.processEvents()
    whole = canvas.view
    near = whole.zoomed(4, 20, 300, 200)
    moves = {
        "pan, all of it seen": lambda i: whole.panned(i % 20, i % 10),
        "zoom, from all to one family": lambda i: whole.zoomed(1.03**i, 1.08**i, 300, 200),
        "pan, a part seen": lambda i: near.panned(3 * i, 2 * i),
    }
    for name, move in moves.items():
        yield name, seconds(lambda i, move=move: show(canvas, move(i)))
    canvas.set_selected(frozenset(range(1, 8)))
    yield "pan, one family highlighted", seconds(lambda i: show(canvas, whole.panned(i, i)))
    canvas.close()


def show(canvas, view) -> None:
    canvas.view = view
    canvas.repaint()
    QApplication.processEvents()


class Seconds(NamedTuple):
    """Mean time of an act: by the clock, and of the processor (other programs do not count)."""

    clock: float
    processor: float


def seconds(
    act: Callable[[int], object], repeats: int = REPEATS, rest: Callable[[], object] | None = None
) -> Seconds:
    """Return the mean time of an act; a few first times, and a rest before each, do not count."""
    clock = processor = 0.0
    for i in range(WARM + repeats):
        if rest is not None:
            rest()
        began = time.perf_counter(), time.thread_time()
        act(i)
        if i >= WARM:
            clock += time.perf_counter() - began[0]
            processor += time.thread_time() - began[1]
    return Seconds(clock / repeats, processor / repeats)


def moving_discs() -> tuple[Stack, Masks, Lineage]:
    """Return a movie of discs that drift: 300 cells in 100 frames of 1,100 x 700 pixels."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].reshape(2, -1)
    start_yx = np.stack([30 + 46 * rows, 30 + 54 * columns], axis=1).astype(float)
    y, x = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
    disc = y**2 + x**2 <= RADIUS**2
    labels_tyx = np.zeros((FRAMES, *SHAPE), np.uint16)
    places = []
    for t in range(FRAMES):
        centres = start_yx + 10 * np.stack([np.sin(t / 9 + rows), np.cos(t / 9 + columns)], axis=1)
        for i, (cy, cx) in enumerate(np.rint(centres).astype(int).tolist()):
            box = labels_tyx[t, cy - RADIUS : cy + RADIUS + 1, cx - RADIUS : cx + RADIUS + 1]
            box[disc] = i + 1
        places.append(np.rint(centres))
    n = ROWS * COLUMNS
    ids, frames = np.tile(np.arange(1, n + 1), FRAMES), np.repeat(np.arange(FRAMES), n)
    images = np.where(labels_tyx > 0, 150, 20).astype(np.uint8)
    lineage = Lineage(ids, frames, np.concatenate(places))
    return Stack.from_array(images, "TYX", name="discs"), Masks.from_array(labels_tyx), lineage


def act_times(folder: Path) -> Iterator[tuple[str, Seconds]]:
    """Yield what a person does, and how long it takes until it is drawn."""
    import napari

    stack, masks, lineage = moving_discs()
    with Project.create(folder / "discs.tracksam", stack) as project:
        project.fill(masks, lineage)
        project.keep_movie(stack)
    viewer = napari.Viewer()
    viewer.window.resize(1400, 900)
    _, dock = viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    session = dock.session
    session.open_project(folder / "discs.tracksam")
    session.wait(600)
    panels, screen = dock.panels, Screen(viewer)
    canvas = viewer.window._qt_viewer.canvas.native
    drawn = screen.wait

    def edit(i: int) -> None:
        steps = [step.name for step in session.editing.history if step.is_done]
        if steps and steps[-1].startswith("Break"):
            session.editing.undo()
        else:
            session.editing.break_track(i + 1, 50)
        drawn()

    def rest() -> None:
        while session.workers.lane("soon").is_busy:
            QApplication.processEvents()
        QApplication.processEvents()

    def edit_and_tails(i: int) -> None:
        edit(i)
        rest()
        canvas.repaint()

    def tree_click(i: int) -> None:
        layout, view = panels.tree.canvas.layout_shown, panels.tree.canvas.view
        bar = (37 * i) % len(layout)
        x, y = view.x(float(layout.first[bar] + (29 * i) % 100) + 0.5), view.y(layout.row[bar])
        click(panels.tree.canvas, round(x), round(y))
        drawn()

    def table_click(i: int) -> None:
        index = panels.table.model.index((7919 * i) % len(panels.table.model.rows), 0)
        panels.table.view.scrollTo(index)
        place = panels.table.view.visualRect(index).center()
        click(panels.table.view.viewport(), place.x(), place.y())
        drawn()

    settle(session)
    yield "edit (break, undo) -> screen", seconds(edit, 40, rest)
    yield "edit, until the tails are drawn, too", seconds(edit_and_tails, 40, rest)
    settle(session)
    yield "click in the tree -> viewer", seconds(tree_click, 40, rest)
    panels.tabs.setCurrentWidget(panels.table)
    settle(session)
    yield (
        f"click in the table of {len(panels.table.model.rows):,} rows",
        seconds(table_click, 40, rest),
    )
    session.go_to(0)
    viewer.reset_view()
    session.marking.set_active(True)
    settle(session)
    scale = viewer.scene.camera.zoom

    def hover(i: int) -> None:
        y, x = lineage.yx[(17 * i) % (ROWS * COLUMNS)] - np.array(SHAPE) / 2
        place = QPoint(
            round(canvas.width() / 2 + x * scale), round(canvas.height() / 2 + y * scale)
        )
        QTest.mouseMove(canvas, place)
        drawn()

    yield "pointer over a cell -> its outline", seconds(hover, 40, rest)
    session.close()
    viewer.close()


def settle(session) -> None:
    """Let the background finish what earlier acts began, such as measuring."""
    session.wait(600)
    QApplication.processEvents()


class Screen:
    """Tells when the image of a viewer was drawn and came to the screen."""

    def __init__(self, viewer) -> None:
        canvas = viewer.window._qt_viewer.canvas
        self._is_drawn = self._is_seen = False
        canvas._scene_canvas.events.draw.connect(self._drawn)
        canvas.native.frameSwapped.connect(self._seen)

    def _drawn(self, _event: object) -> None:
        self._is_drawn = True

    def _seen(self) -> None:
        self._is_seen = self._is_drawn

    def wait(self, seconds: float = 5) -> None:
        """Wait until what was asked for is on the screen."""
        end = time.perf_counter() + seconds
        self._is_drawn = self._is_seen = False
        while not self._is_seen:
            QApplication.processEvents()
            if time.perf_counter() > end:
                raise TimeoutError("nothing was drawn")


def click(widget, x: int, y: int) -> None:
    keys = Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, keys, QPoint(x, y))


def main() -> None:
    """Print the tables."""
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    from napari.qt import get_qapp

    application = get_qapp()
    wanted = sys.argv[1:] or ["tree", "acts"]
    if "tree" in wanted:
        for n_tracks in (TREE_CELLS, TREE_CELLS * 7 // 4):
            lineage = families(n_tracks, TREE_FRAMES)
            print(f"{lineage.n_tracks} tracks, {TREE_FRAMES} frames, {len(lineage)} cells")
            print("| tree | pictures a second | a second of processor time |\n|---|---|---|")
            for name, time_each in tree_rates(lineage):
                print(f"| {name} | {1 / time_each.clock:.0f} | {1 / time_each.processor:.0f} |")
    if "acts" in wanted:
        print("| what | ms | ms of processor time |\n|---|---|---|")
        with tempfile.TemporaryDirectory() as folder:
            for name, each in act_times(Path(folder)):
                print(f"| {name} | {1000 * each.clock:.0f} | {1000 * each.processor:.0f} |")
    application.quit()


if __name__ == "__main__":
    main()
