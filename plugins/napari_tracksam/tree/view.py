"""View: which part of the tree the screen shows, and what lies under the pointer."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from napari_tracksam.tree.layout import TreeLayout

Places = TypeVar("Places", float, NDArray[Any])

MARGIN_PX = 14.0
MOST_ROW_PX = 48.0
MOST_FRAME_PX = 120.0
LEAST_PX = 1e-3
REACH_PX = 6.0


@attrs.frozen
class TreeView:
    """The part of a tree that a picture shows.

    Parameters
    ----------
    width, height : int
        Of the picture, in pixels.
    left, top : float
        Frame and row at its upper left corner.
    frame_px, row_px : float
        Width of a frame and height of a row, in pixels.
    """

    width: int
    height: int
    left: float = 0.0
    top: float = -0.5
    frame_px: float = 8.0
    row_px: float = 16.0

    def x(self, frame: Places) -> Places:
        """Return where a frame begins."""
        return (frame - self.left) * self.frame_px

    def y(self, row: Places) -> Places:
        """Return where the middle of a row lies."""
        return (row - self.top) * self.row_px

    def frame_at(self, x: Places) -> Places:
        """Return the frame at a place: 3.5 is the middle of frame 3."""
        return self.left + x / self.frame_px

    def row_at(self, y: Places) -> Places:
        """Return the row at a place: 3.0 is the middle of row 3."""
        return self.top + y / self.row_px

    def resized(self, width: int, height: int) -> TreeView:
        """Return the same part for a picture of another size: more or less is seen."""
        return attrs.evolve(self, width=width, height=height)

    def panned(self, dx: float, dy: float) -> TreeView:
        """Return the view after the tree was dragged by some pixels."""
        return attrs.evolve(
            self, left=self.left - dx / self.frame_px, top=self.top - dy / self.row_px
        )

    def zoomed(self, across: float, down: float, x: float, y: float) -> TreeView:
        """Return the view magnified around a place, which stays where it is.

        Parameters
        ----------
        across, down : float
            Factors for time and for rows; above 1 shows less.
        x, y : float
            The place, in pixels.

        Returns
        -------
        TreeView
        """
        frame_px = float(np.clip(self.frame_px * across, LEAST_PX, MOST_FRAME_PX))
        row_px = float(np.clip(self.row_px * down, LEAST_PX, MOST_ROW_PX))
        return attrs.evolve(
            self,
            frame_px=frame_px,
            row_px=row_px,
            left=self.frame_at(x) - x / frame_px,
            top=self.row_at(y) - y / row_px,
        )

    def fitted(self, layout: TreeLayout) -> TreeView:
        """Return the view that shows the whole tree, with rows of a readable height at most."""
        return self.showing(0, max(layout.n_frames, 1), 0, max(layout.n_rows - 1, 0))

    def showing(self, first: float, end: float, top: float, bottom: float) -> TreeView:
        """Return the view that shows frames `first` to `end` and rows `top` to `bottom`."""
        frame_px = (self.width - 4 * MARGIN_PX) / max(end - first, 1)
        row_px = (self.height - 3 * MARGIN_PX) / (bottom - top + 1)
        frame_px = float(np.clip(frame_px, LEAST_PX, MOST_FRAME_PX / 2))
        row_px = float(np.clip(row_px, LEAST_PX, MOST_ROW_PX / 2))
        return attrs.evolve(
            self,
            frame_px=frame_px,
            row_px=row_px,
            left=first - MARGIN_PX / frame_px,
            top=top - 0.5 - MARGIN_PX / row_px,
        )

    def with_track(self, layout: TreeLayout, track_id: int) -> TreeView:
        """Return the view moved as little as needed for a track's row to be seen."""
        bar = layout.index(track_id)
        if bar is None:
            return self
        y = self.y(float(layout.row[bar]))
        low, high = 2 * MARGIN_PX, self.height - 3 * MARGIN_PX
        moved = self.panned(0, np.clip(y, low, max(low, high)) - y)
        left, right = moved.x(float(layout.first[bar])), moved.x(float(layout.last[bar] + 1))
        if right < MARGIN_PX:
            return moved.panned(MARGIN_PX * 3 - right, 0)
        if left > self.width - MARGIN_PX:
            return moved.panned(self.width - MARGIN_PX * 3 - left, 0)
        return moved


@attrs.frozen
class Hit:
    """What lies at a place of the picture."""

    track_id: int
    frame: int


def hit(layout: TreeLayout, view: TreeView, x: float, y: float) -> Hit | None:
    """Return the track and frame at a place.

    Parameters
    ----------
    layout : TreeLayout
        The tree.
    view : TreeView
        What is shown of it.
    x, y : float
        In pixels.

    Returns
    -------
    Hit or None
        The nearest bar within a few pixels; None beside all bars.
    """
    if not len(layout):
        return None
    frame = view.frame_at(x)
    down = np.abs(layout.row - view.row_at(y)) * view.row_px
    across = np.maximum(layout.first - frame, frame - (layout.last + 1)).clip(min=0) * view.frame_px
    distance = np.hypot(across, down)
    bar = int(distance.argmin())
    if distance[bar] > max(REACH_PX, view.row_px * 0.4):
        return None
    nearest = int(np.clip(np.floor(frame), layout.first[bar], layout.last[bar]))
    return Hit(int(layout.track_id[bar]), nearest)
