"""Place: where something is in the movie, and where on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari_tracksam.layer_set import LayerSet

USUAL_DIAMETER_PX = 30.0
USUAL_CANVAS = (600, 800)


def diameter_px(labels_yx: NDArray[Any] | None) -> float:
    """Return the typical diameter of the cells of a label image, in pixels."""
    if labels_yx is None or not labels_yx.any():
        return USUAL_DIAMETER_PX
    area = np.bincount(labels_yx[labels_yx > 0])
    return float(2 * np.sqrt(np.median(area[area > 0]) / np.pi))


def position(layers: LayerSet, world: tuple[float, ...], clip: bool) -> tuple[float, float] | None:
    """Return row and column in pixels of a position of the viewer; None outside.

    Parameters
    ----------
    layers : LayerSet
        Of the session.
    world : tuple of float
        As napari's events have it.
    clip : bool
        Whether a position outside stands for the nearest pixel.
    """
    if layers.labels is None or layers.shown is None:
        return None
    y, x = (float(p) for p in layers.labels.world_to_data(world)[-2:])
    height, width = layers.shown.shape[1:]
    if clip:
        return min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    return (y, x) if -0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5 else None


def go_to(
    viewer: Any,
    layers: LayerSet,
    frame: int,
    yx: tuple[float, float] | None,
    zoom_px: float | None,
) -> None:
    """Show a frame of the movie, and a place in it in the middle.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        What is moved.
    layers : LayerSet
        Of the session.
    frame : int
        Which frame.
    yx : tuple of float or None
        Row and column in pixels.
    zoom_px : float or None
        Side of the square that fills the canvas.
    """
    viewer.dims.set_current_step(0, int(frame))
    if yx is None or layers.labels is None:
        return
    _, y, x = layers.labels.data_to_world((frame, *yx))
    camera(viewer).center = (0.0, float(y), float(x))
    if zoom_px is not None:
        pixel = float(layers.labels.scale[-1])
        camera(viewer).zoom = min(_canvas(viewer)) / (zoom_px * pixel)


def camera(viewer: Any) -> Any:
    """Return the camera of a viewer; from napari 0.9 on its scene has it."""
    scene = getattr(viewer, "scene", None)
    return viewer.camera if scene is None else scene.camera


def _canvas(viewer: Any) -> tuple[int, int]:
    """Size of the canvas on the screen."""
    canvas = getattr(viewer, "canvas", None)
    size = tuple(canvas.size) if canvas is not None else tuple(viewer._canvas_size)
    return size if min(size) > 0 else USUAL_CANVAS
