"""Screenshots of the napari tutorial: the plugin on a sample movie, in light and in dark.

``python docs/napari_pictures.py`` (or ``make pictures``) does what the tutorial says and writes the
pictures into ``docs/pages/images``. It needs Xvfb: windows open on a screen of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = Path(__file__).parent / "pages" / "images"
THEMES = ("light", "dark")
SIZE = (1280, 860)
SCREEN = "-screen 0 1600x1000x24"
ON_ITS_SCREEN = "TRACKSAM_PICTURES_SCREEN"
COLOURS = 256
MOST_BYTES = 350_000
PATIENCE_S = 120
MARKED = ((60, 60), (100, 130), (140, 200))


def main() -> None:
    """Write all pictures; on a virtual screen, which is started first."""
    if os.environ.get(ON_ITS_SCREEN) is None:
        sys.exit(on_a_virtual_screen())
    for theme in THEMES:
        for name, picture in pictures(theme):
            write_picture(IMAGES / f"napari-{name}-{theme}.png", picture)


def on_a_virtual_screen() -> int:
    """Run this script again under xvfb-run, and return its exit status."""
    if shutil.which("xvfb-run") is None:
        sys.exit("The screenshots need Xvfb ('sudo apt install xvfb'); install it and run again.")
    with tempfile.TemporaryDirectory(prefix="tracksam-pictures-") as home:
        environment = {
            **os.environ,
            ON_ITS_SCREEN: "yes",
            "QT_QPA_PLATFORM": "xcb",
            "NAPARI_CONFIG": str(Path(home) / "napari.yaml"),
            "XDG_DATA_HOME": home,
        }
        command = ["xvfb-run", "-a", "-s", SCREEN, sys.executable, __file__]
        return subprocess.run(command, env=environment, check=False).returncode


def pictures(theme: str) -> Iterator[tuple[str, np.ndarray]]:
    """Do what the tutorial says, and yield what is seen after each part, with its name."""
    import napari
    from napari.settings import get_settings

    get_settings().appearance.theme = theme
    viewer = napari.Viewer(title="tracksam")
    viewer.window.resize(*SIZE)
    dock = viewer.window.add_plugin_dock_widget("tracksam", "Track cells")[1]
    session = dock.session
    yield "start", seen(viewer)
    viewer.open_sample("tracksam", "nuclei")
    session.open_layer(viewer.layers[0])
    session.marking.set_active(True)
    wait_until(lambda: session.marking.is_ready)
    for i, (y, x) in enumerate(cells_near(viewer.layers[0].data[0], MARKED)):
        session.marking.add_point((y, x))
        wait_until(lambda: session.marking.preview is not None)
        if i == len(MARKED) - 1:
            yield "mark", seen(viewer)
        session.marking.next()
    session.marking.set_active(False)
    session.tracking.set_plan(mode="all")
    session.tracking.start()
    wait_until(lambda: not session.tracking.is_running)
    wait_until(lambda: session.looking.table is not None)
    viewer.dims.set_current_step(0, 14)
    yield "tracks", seen(viewer)
    session.looking.select([mother_of(session.project.curation.lineage)], jump=True)
    session.looking.colour_by("confidence")
    yield "lineage", seen(viewer)
    session.looking.colour_by("track")
    session.doubting.next()
    yield "doubt", seen(viewer)
    yield "examples", examples(dock, session)
    tabs = dock.panels.tabs
    for name in ("table", "plots"):
        tabs.setCurrentWidget(getattr(dock.panels, name))
        yield name, seen(viewer)
    dock.toggle_shortcuts()
    wait(0.5)
    yield "keys", as_array(dock.shortcuts.grab().toImage())
    viewer.close()


def examples(dock, session) -> np.ndarray:
    """Show some large cells as wanted and some small ones as not, and return what is seen then."""
    frame = 14
    dock._viewer.dims.set_current_step(0, frame)
    dock._viewer.reset_view()
    cells = session.looking.table.query("frame == @frame").sort_values("area_px")["track_id"]
    (section,) = [one for one in dock.sections if one.objectName() == "Examples"]
    section.head.setChecked(True)
    for ids, is_wanted in ((cells.tail(3), True), (cells.head(3), False)):
        session.looking.select(ids.tolist())
        session.finding.add(is_wanted)
    wait_until(lambda: not session.workers.is_busy)
    picture = seen(dock._viewer)
    session.finding.clear()
    section.head.setChecked(False)
    return picture


def cells_near(image_yx: np.ndarray, places: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return the brightest pixel within 25 pixels of each place."""
    image_yx = np.asarray(image_yx)
    found = []
    for y, x in places:
        y0, x0 = max(y - 25, 0), max(x - 25, 0)
        part = image_yx[y0 : y + 25, x0 : x + 25]
        dy, dx = np.unravel_index(part.argmax(), part.shape)
        found.append((y0 + int(dy), x0 + int(dx)))
    return found


def mother_of(lineage) -> int:
    """Return a track that divides."""
    return next(iter(lineage.parents.values()))


def wait_until(is_so) -> None:
    """Let the event loop run until something is so; end with a sentence if it never is."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"Waited {PATIENCE_S} seconds in vain for the plugin.")
        wait(0.02)


def wait(seconds: float) -> None:
    """Let the event loop run for a while."""
    from qtpy.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def seen(viewer) -> np.ndarray:
    """Return the whole window, shape (Y, X, 4), when it has come to rest."""
    wait(1.0)
    return viewer.screenshot(canvas_only=False, flash=False)


def as_array(image) -> np.ndarray:
    """Return a Qt image as an array, shape (Y, X, 4)."""
    from qtpy.QtGui import QImage

    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(rgba.constBits().asarray(rgba.sizeInBytes()), np.uint8)
    return pixels.reshape(rgba.height(), rgba.width(), 4).copy()


def write_picture(path: Path, picture_yxc: np.ndarray) -> None:
    """Write a picture with few colours; end with a sentence if its file is large all the same."""
    rgb = Image.fromarray(picture_yxc[..., :3])
    few = rgb.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        sys.exit(f"{path} has {path.stat().st_size} bytes, more than {MOST_BYTES}.")


if __name__ == "__main__":
    main()
