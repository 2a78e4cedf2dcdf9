"""A real X server, a real Qt and a real napari window; or the true reason why there is none."""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QApplication

SCREEN = "1600x1000x24"
MODULES = {
    "napari": 'pip install "tracksam[napari]"',
    "pyqtgraph": 'pip install "tracksam[napari]"',
    "PyQt6": "pip install PyQt6",
}


def missing_display() -> str:
    """Return why no window can be opened here; empty: one can.

    Asked before Qt starts: where a library of its X11 platform is missing, Qt ends the process,
    and with it every other test that runs there.
    """
    for module, command in MODULES.items():
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: {command}"
    if sys.platform != "linux":
        return f"these tests need an X server, and this is {sys.platform}"
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed: apt install xvfb"
    missing = missing_libraries()
    return f"libraries of Qt's xcb platform are missing: {', '.join(missing)}" if missing else ""


def missing_libraries() -> list[str]:
    """Return the shared libraries that Qt's X11 platform and OpenGL want and do not find."""
    spec = importlib.util.find_spec("PyQt6")
    assert spec is not None and spec.submodule_search_locations
    qt = Path(next(iter(spec.submodule_search_locations))) / "Qt6"
    wanted = (
        qt / "plugins" / "platforms" / "libqxcb.so",
        qt / "lib" / "libQt6Gui.so.6",
        qt / "lib" / "libQt6OpenGLWidgets.so.6",
    )
    told = [
        subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for path in wanted
        if path.exists()
    ]
    return sorted({name for text in told for name in re.findall(r"(\S+) => not found", text)})


@pytest.fixture(scope="session")
def x_server() -> str:
    """Start a virtual X server for this process and return its display."""
    if reason := missing_display():
        pytest.skip(reason)
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write_end],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        number = pipe.readline().strip()
    if not number:
        pytest.skip(f"Xvfb ended with {server.wait()} instead of opening a display")
    atexit.register(_end, server)  # after Qt, which ends the process when its server goes
    return f":{number}"


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def application(x_server: str, tmp_path_factory: pytest.TempPathFactory) -> QApplication:
    """Return the one QApplication of this process, on the virtual display."""
    home = tmp_path_factory.mktemp("home")
    os.environ.update(
        DISPLAY=x_server,
        QT_QPA_PLATFORM="xcb",  # `offscreen` draws a black canvas without any error
        LIBGL_ALWAYS_SOFTWARE="1",
        NAPARI_CONFIG=str(home / "napari.yaml"),
        XDG_DATA_HOME=str(home),
        XDG_RUNTIME_DIR=str(home),
    )
    os.environ.pop("WAYLAND_DISPLAY", None)
    home.chmod(0o700)
    from napari.qt import get_qapp

    application = get_qapp()
    assert application.platformName() == "xcb"
    return application


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """Fail a test in which a slot or an event handler raised: Qt only tells a hook of it."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: found.append(error))
    yield found
    if found:
        raise found[0]


@pytest.fixture
def viewer(
    application: QApplication, raised: list[BaseException], tmp_path: Path
) -> Iterator[napari.Viewer]:
    """Return a shown viewer of 1400 x 900 pixels."""
    import napari

    viewer = napari.Viewer()
    viewer.window.resize(1400, 900)
    application.processEvents()
    yield viewer
    viewer.close()
    application.processEvents()


@pytest.fixture
def hands(viewer: napari.Viewer) -> Any:
    """Return what uses the viewer with mouse and keys."""
    path = Path(__file__).with_name("hands.py")
    spec = importlib.util.spec_from_file_location("plugin_hands", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Hands(viewer)
