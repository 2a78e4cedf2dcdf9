"""``python -m napari_tracksam [MOVIE]``: napari with the dock open, on a movie or on a sample."""

from __future__ import annotations

import argparse

import napari
from napari.layers import Image

from napari_tracksam.session import session_of


def main() -> None:
    """Open napari and wait until it is closed."""
    parser = argparse.ArgumentParser(prog="python -m napari_tracksam", description=__doc__)
    parser.add_argument("movie", nargs="?", help="a movie or a project; default: a sample movie")
    open_viewer(parser.parse_args().movie)
    napari.run()


def open_viewer(movie: str | None) -> napari.Viewer:
    """Return a viewer with the dock open; the movie's first Image layer is ready to be marked.

    Parameters
    ----------
    movie : str or None
        Whatever napari can open; None: the sample movie of nuclei.

    Returns
    -------
    napari.Viewer
    """
    viewer = napari.Viewer(title="tracksam")
    if movie is None:
        viewer.open_sample("tracksam", "nuclei")
    else:
        viewer.open(movie)
    viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    session = session_of(viewer)
    layers = [layer for layer in viewer.layers if isinstance(layer, Image)]
    if layers and session.movie is None:
        session.attempt(lambda: session.open_layer(layers[0]))
        session.go_to(0)
    return viewer


if __name__ == "__main__":
    main()
