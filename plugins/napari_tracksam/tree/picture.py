"""Picture: the visible part of the tree as an array of pixels.

Bars and links are horizontal and vertical, so that plain slices of the array draw them sharp, and
thousands of them in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from napari_tracksam.tree.colouring import Strip
from napari_tracksam.tree.layout import TreeLayout
from napari_tracksam.tree.view import TreeView

THINNEST_PX, THICKEST_PX = 1, 12
THICKNESS = 0.55  # of a row
READABLE_ROW_PX = 11.0


@attrs.frozen
class Word:
    """A track's id beside the end of its bar."""

    text: str
    x: float
    y: float


def thickness(view: TreeView) -> int:
    """Return how thick bars are, in pixels."""
    return int(np.clip(view.row_px * THICKNESS, THINNEST_PX, THICKEST_PX))


def tree_picture(
    layout: TreeLayout, strip: Strip, view: TreeView, background: tuple[int, int, int]
) -> NDArray[np.uint32]:
    """Draw the visible bars and links.

    Parameters
    ----------
    layout : TreeLayout
        The tree.
    strip : Strip
        Its colours.
    view : TreeView
        What is shown, and how large.
    background : tuple of int
        Red, green, blue.

    Returns
    -------
    ndarray of uint32, shape (height, width)
        Each pixel is ``0xFFRRGGBB``, opaque.
    """
    canvas = np.full((view.height, view.width), _packed(np.array([background]))[0], np.uint32)
    if not len(layout):
        return canvas
    _draw_links(canvas, layout, _packed(strip.link_nc), view)
    _draw_bars(canvas, layout, _packed(strip.colour_nc), view)
    return canvas


def _packed(colour_nc: NDArray[np.integer]) -> NDArray[np.uint32]:
    red, green, blue = colour_nc.astype(np.uint32).T
    opaque: NDArray[np.uint32] = 0xFF000000 | (red << 16) | (green << 8) | blue
    return opaque


def _draw_bars(
    canvas: NDArray[np.uint32], layout: TreeLayout, strip: NDArray[np.uint32], view: TreeView
) -> None:
    thick = thickness(view)
    top = np.rint(view.y(layout.row) - thick / 2).astype(np.int64)
    left, end = _pixels(view, layout.first), _pixels(view, layout.last + 1)
    end = np.maximum(end, left + 1)
    visible = (top < view.height) & (top + thick > 0) & (left < view.width) & (end > 0)
    bars = np.flatnonzero(visible)
    frame = np.floor(view.frame_at(np.arange(view.width) + 0.5)).astype(np.int64)
    columns = zip(
        np.maximum(top[bars], 0).tolist(),
        (top[bars] + thick).tolist(),
        left[bars].clip(min=0).tolist(),
        end[bars].clip(max=view.width).tolist(),
        (layout.start[bars] - layout.first[bars]).tolist(),
        layout.start[bars].tolist(),
        (layout.start[bars + 1] - 1).tolist(),
        strict=True,
    )
    for y0, y1, x0, x1, shift, low, high in columns:
        places = frame[x0:x1] + shift
        canvas[y0:y1, x0:x1] = strip[np.minimum(np.maximum(places, low), high)]


def _draw_links(
    canvas: NDArray[np.uint32], layout: TreeLayout, colour: NDArray[np.uint32], view: TreeView
) -> None:
    """Draw a vertical line from the mother's row to the daughter's, where the daughter begins."""
    children = np.flatnonzero(layout.mother >= 0)
    mothers = layout.mother[children]
    x = _pixels(view, layout.first[children])
    bend = _pixels(view, np.minimum(layout.last[mothers] + 1, layout.first[children]))
    ends = np.rint(view.y(layout.row[[children, mothers]])).astype(np.int64)
    low, high = ends.min(axis=0), ends.max(axis=0) + 1
    visible = (high > 0) & (low < view.height) & (x >= 0) & (bend < view.width)
    for i in np.flatnonzero(visible).tolist():
        y, column = ends[0, i], max(int(bend[i]), 0)
        if bend[i] >= 0:
            canvas[max(int(low[i]), 0) : high[i], column] = colour[children[i]]
        if x[i] > bend[i] and 0 <= y < view.height:
            canvas[y, column : int(x[i])] = colour[children[i]]


def _pixels(view: TreeView, frame: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.rint(view.x(frame)).astype(np.int64)


def words(layout: TreeLayout, view: TreeView) -> Iterator[Word]:
    """Yield the ids of the visible tracks, right of their bars, where rows are tall enough.

    A track with daughters has no room there: its id stands above its first frame.
    """
    if view.row_px < READABLE_ROW_PX:
        return
    is_mother = np.zeros(len(layout), bool)
    is_mother[layout.mother[layout.mother >= 0]] = True
    y = (layout.row - view.top) * view.row_px
    for i in np.flatnonzero((y > 0) & (y < view.height)).tolist():
        x = view.x(float(layout.first[i])) if is_mother[i] else view.x(float(layout.last[i] + 1))
        if -40 < x < view.width:
            lift = thickness(view) / 2 + READABLE_ROW_PX / 2 if is_mother[i] else 0.0
            yield Word(str(layout.track_id[i]), max(x, 0) + 4, float(y[i]) - lift)


def frame_ticks(view: TreeView, n_frames: int) -> tuple[int, ...]:
    """Return the frames under which a number stands: round ones, 60 pixels or more apart."""
    step = next(s for s in _round_steps() if s * view.frame_px >= 60)
    first = max(0, int(np.ceil(view.frame_at(0) / step)) * step)
    last = min(n_frames - 1, int(view.frame_at(view.width)))
    return tuple(range(first, last + 1, step))


def _round_steps() -> Iterator[int]:
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10
