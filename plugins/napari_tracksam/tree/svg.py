"""The tree as an SVG figure."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from napari_tracksam.tree.colouring import Strip
from napari_tracksam.tree.layout import TreeLayout
from napari_tracksam.tree.picture import frame_ticks, thickness
from napari_tracksam.tree.view import TreeView

ROW_PX, WIDTH_PX, MARGIN_PX, AXIS_PX = 16.0, 900.0, 20.0, 34.0
TEXT = 'font-family="sans-serif" font-size="10"'


@attrs.frozen
class Axis:
    """What the frames are called in a figure: ``Axis("frame", 1)``, ``Axis("h", 0.25)``."""

    unit: str = "frame"
    per_frame: float = 1.0

    def word(self, frame: int) -> str:
        """Return a frame's place in time, as it is written at the axis."""
        return f"{frame * self.per_frame:g}"


def tree_svg(layout: TreeLayout, strip: Strip, axis: Axis) -> str:
    """Return the whole tree as SVG text, with ids and a time axis.

    Parameters
    ----------
    layout : TreeLayout
        The tree.
    strip : Strip
        Its colours.
    axis : Axis
        How frames are told.

    Returns
    -------
    str
        A complete file. A bar is one line for each run of frames of the same colour.
    """
    height = MARGIN_PX * 2 + ROW_PX * layout.n_rows + AXIS_PX
    frame_px = (WIDTH_PX - 4 * MARGIN_PX) / max(layout.n_frames, 1)
    view = TreeView(
        int(WIDTH_PX),
        int(height),
        -MARGIN_PX / frame_px,
        -0.5 - MARGIN_PX / ROW_PX,
        frame_px,
        ROW_PX,
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX:g}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH_PX:g} {height:g}">',
        f'<rect width="{WIDTH_PX:g}" height="{height:g}" fill="#ffffff"/>',
        *_links(layout, strip, view),
        *_bars(layout, strip, view),
        *_axis(layout, view, axis),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + bytes(colour).hex()


def _bars(layout: TreeLayout, strip: Strip, view: TreeView) -> Iterator[str]:
    for i in range(len(layout)):
        y, first = view.y(float(layout.row[i])), int(layout.first[i])
        colours = strip.colour_nc[layout.start[i] : layout.start[i + 1]]
        changes = np.flatnonzero((np.diff(colours.astype(int), axis=0) != 0).any(axis=1)) + 1
        for a, b in zip([0, *changes], [*changes, len(colours)], strict=True):
            yield (
                f'<path d="M{view.x(first + int(a)):.1f} {y:.1f}H{view.x(first + int(b)):.1f}" '
                f'stroke="{_hex(colours[a])}" stroke-width="{thickness(view)}"/>'
            )
        x = view.x(float(layout.last[i] + 1)) + 4
        yield f'<text x="{x:.1f}" y="{y + 3.5:.1f}" {TEXT}>{layout.track_id[i]}</text>'


def _links(layout: TreeLayout, strip: Strip, view: TreeView) -> Iterator[str]:
    for i in np.flatnonzero(layout.mother >= 0).tolist():
        mother = layout.mother[i]
        x = view.x(float(layout.first[i]))
        bend = view.x(float(min(layout.last[mother] + 1, layout.first[i])))
        start, end = view.y(float(layout.row[mother])), view.y(float(layout.row[i]))
        yield (
            f'<path d="M{bend:.1f} {start:.1f}V{end:.1f}H{x:.1f}" fill="none" '
            f'stroke="{_hex(strip.link_nc[i])}" stroke-width="1.5"/>'
        )


def _axis(layout: TreeLayout, view: TreeView, axis: Axis) -> Iterator[str]:
    y = view.height - AXIS_PX
    yield f'<path d="M{view.x(0):.1f} {y:.1f}H{view.x(layout.n_frames):.1f}" stroke="#444444"/>'
    for frame in frame_ticks(view, layout.n_frames):
        x = view.x(frame)
        yield f'<path d="M{x:.1f} {y:.1f}v4" stroke="#444444"/>'
        yield (
            f'<text x="{x:.1f}" y="{y + 15:.1f}" text-anchor="middle" {TEXT}>'
            f"{axis.word(frame)}</text>"
        )
    middle = view.x(layout.n_frames / 2)
    yield f'<text x="{middle:.1f}" y="{y + 29:.1f}" text-anchor="middle" {TEXT}>{axis.unit}</text>'
