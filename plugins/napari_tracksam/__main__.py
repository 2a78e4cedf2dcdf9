"""``python -m napari_tracksam [MOVIE]``: napari with the dock open, on a movie or on a sample."""

from __future__ import annotations

import argparse
from pathlib import Path

import napari
from napari.layers import Image

from napari_tracksam.notice import Notice
from napari_tracksam.opening import project_of_file
from napari_tracksam.readers import run_folder
from napari_tracksam.session import Session, session_of
from tracksam.errors import TracksamError
from tracksam.io.project import SUFFIX


def main() -> None:
    """Open napari and wait until it is closed."""
    parser = argparse.ArgumentParser(prog="python -m napari_tracksam", description=__doc__)
    parser.add_argument("movie", nargs="?", help="a movie or a project; default: a sample movie")
    open_viewer(parser.parse_args().movie)
    napari.run()


def open_viewer(movie: str | None) -> napari.Viewer:
    """Return a viewer with the dock open, on a movie whose cells can be marked.

    Parameters
    ----------
    movie : str or None
        A movie, a project, a result, or whatever else napari can open; None: the sample movie of
        nuclei.

    Returns
    -------
    napari.Viewer
    """
    viewer = napari.Viewer(title="tracksam")
    viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    session = session_of(viewer)
    if movie is None:
        viewer.open_sample("tracksam", "nuclei")
    elif Path(movie).suffix == SUFFIX:
        session.attempt(lambda: session.open_project(movie))
    elif run_folder(Path(movie)) is not None:
        viewer.open(movie, plugin="tracksam")
    else:
        _open_movie(session, Path(movie))
    layers = [layer for layer in viewer.layers if isinstance(layer, Image)]
    if layers and session.project is None:
        session.attempt(lambda: session.open_layer(layers[0]))
    session.go_to(0)
    return viewer


def _open_movie(session: Session, path: Path) -> None:
    """Open a movie with all that its file says of it; leave to napari what only napari reads."""
    try:
        session.open_project(project_of_file(path))
    except TracksamError as error:
        session.tell_error(error)
        try:
            session.viewer.open(str(path))
        except (OSError, ValueError) as other:
            text = f"napari can not open {path} either: {other}"
            session.events.notice.emit(Notice("error", text))


if __name__ == "__main__":
    main()
