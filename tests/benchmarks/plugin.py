"""How fast the plugin answers: the tree while it is moved, and each act until it is seen.

    xvfb-run -a -s "-screen 0 1600x1000x24" python tests/benchmarks/plugin.py [tree] [acts]

Without X use `xvfb-run`; software rendering is what a machine without a graphics card has.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from qtpy.QtWidgets import QApplication

from tracksam import Lineage

TREE_CELLS, TREE_FRAMES = 2000, 500
TREE_SIZE = (1200, 500)
REPEATS = 60


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


def seconds(act: Callable[[int], object], repeats: int = REPEATS) -> Seconds:
    """Return the mean time of an act, after a first time that does not count."""
    act(0)
    clock, processor = time.perf_counter(), time.process_time()
    for i in range(repeats):
        act(i)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return Seconds(clock / repeats, processor / repeats)


def main() -> None:
    """Print the tables."""
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    QApplication.setApplicationName("tracksam benchmark")
    application = QApplication(sys.argv)
    wanted = sys.argv[1:] or ["tree"]
    if "tree" in wanted:
        for n_tracks in (TREE_CELLS, TREE_CELLS * 7 // 4):
            lineage = families(n_tracks, TREE_FRAMES)
            print(f"{lineage.n_tracks} tracks, {TREE_FRAMES} frames, {len(lineage)} cells")
            print("| tree | pictures a second | a second of processor time |\n|---|---|---|")
            for name, time_each in tree_rates(lineage):
                print(f"| {name} | {1 / time_each.clock:.0f} | {1 / time_each.processor:.0f} |")
    application.quit()


if __name__ == "__main__":
    main()
