"""Canvas: where a run's masks are drawn, renamed and measured: whole frames, or tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration, installed_features
from tracksam.frames import Window
from tracksam.grid import Grid
from tracksam.io.run import RunFolder
from tracksam.pipeline.census import Names
from tracksam.regions import Regions
from tracksam.settings import MeasureSettings
from tracksam.stack import Stack
from tracksam.steps.measure import measure_frame
from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.parts import FramePart, measure_parts
from tracksam.steps.overlaps import labels_in, resolve_overlaps

Values = dict[str, NDArray[Any]]

_SAMPLE_PX = 2_000_000
"""Pixels between cells from which a large frame's background is taken."""


class Canvas(Protocol):
    """The label images of a run while it is written."""

    def draw(self, frame: int, regions: Regions) -> None:
        """Write a frame's masks under their object ids; what they share goes to one of them.

        Parameters
        ----------
        frame : int
            0 <= frame < n_frames.
        regions : Regions
            Of this frame.
        """
        ...

    def rename(self, frame: int, names: Names) -> None:
        """Write a frame's masks anew, under final ids.

        Parameters
        ----------
        frame : int
            One that was drawn.
        names : Names
            Of this frame: the final id of each object id.
        """
        ...

    def measured(self, frame: int, settings: MeasureSettings) -> Values:
        """Return what is measured of a frame's cells.

        Parameters
        ----------
        frame : int
            One that was drawn.
        settings : MeasureSettings
            Whether intensities count.

        Returns
        -------
        dict of str to ndarray, shape (K,)
            See `tracksam.steps.measure.measure_frame`.
        """
        ...


def canvas_of(run: RunFolder, stack: Stack, grid: Grid | None) -> Canvas:
    """Return the canvas of a run.

    Parameters
    ----------
    run : RunFolder
        Open for writing.
    stack : Stack
        The movie, with all its channels.
    grid : Grid or None
        How its frames are cut; None: they are worked on at once.

    Returns
    -------
    Canvas
    """
    return WholeFrames(run, stack) if grid is None else TiledFrames(run, stack, grid)


@attrs.frozen
class WholeFrames:
    """Label images that are in memory, one at a time.

    Parameters
    ----------
    run : RunFolder
        Open for writing.
    stack : Stack
        The movie, with all its channels.
    """

    run: RunFolder
    stack: Stack

    def draw(self, frame: int, regions: Regions) -> None:
        """Write a frame's masks."""
        self.run.mask_files.write(frame, resolve_overlaps(regions))

    def rename(self, frame: int, names: Names) -> None:
        """Write a frame's masks anew, under final ids."""
        self.run.mask_files.write(frame, names.of(self.run.mask_files.read(frame)))

    def measured(self, frame: int, settings: MeasureSettings) -> Values:
        """Return what is measured of a frame's cells."""
        return measure_frame(
            self.run.mask_files.read(frame),
            self.stack.frame(frame),
            frame,
            settings,
            Calibration.of(self.stack),
            installed_features(),
        )


@attrs.frozen
class TiledFrames:
    """Label images that are never in memory as a whole.

    Parameters
    ----------
    run, stack
        As for `WholeFrames`.
    grid : Grid
        How its frames are cut.
    """

    run: RunFolder
    stack: Stack
    grid: Grid

    def draw(self, frame: int, regions: Regions) -> None:
        """Write a frame's masks, tile by tile."""
        highest = int(regions.object_id.max(initial=0))
        self.run.mask_files.write_tiles(frame, highest, partial(labels_in, regions))

    def rename(self, frame: int, names: Names) -> None:
        """Write a frame's masks anew under final ids, tile by tile."""
        renamed = partial(_renamed, self.run, frame, names)
        self.run.mask_files.write_tiles(frame, int(names.new.max(initial=0)), renamed)

    def measured(self, frame: int, settings: MeasureSettings) -> Values:
        """Return what is measured of a frame's cells; each is seen whole, in some tile."""
        return measure_parts(
            self._parts(frame),
            (frame, self.grid.shape_yx),
            settings,
            Calibration.of(self.stack),
            installed_features(),
        )

    def _parts(self, frame: int) -> Iterator[FramePart]:
        """The cells of each tile with all around them."""
        ids, boxes = self._boxes(frame)
        ground = self._ground(frame)
        middle = (boxes[:, :2] + boxes[:, 2:]) // 2
        for tile in self.grid.tiles():
            low, high = ([getattr(side, edge) for side in tile.core] for edge in ("start", "stop"))
            mine = ((middle >= low) & (middle < high)).all(axis=1)
            if not mine.any():
                continue
            start = np.maximum(boxes[mine, :2].min(axis=0) - 1, 0).tolist()
            stop = np.minimum(boxes[mine, 2:].max(axis=0) + 1, self.grid.shape_yx).tolist()
            window = (slice(start[0], stop[0]), slice(start[1], stop[1]))
            yield FramePart(
                self.run.mask_files.read_part(frame, window),
                self.stack.windowed(window).frame(frame),
                (start[0], start[1]),
                ids[mine],
                ground,
            )

    def _boxes(self, frame: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The labels of a frame, ascending, and the bounding box of each."""
        found: list[NDArray[np.int64]] = [np.empty((0, 5), np.int64)]
        for tile in self.grid.tiles():
            cells = FrameCells(self.run.mask_files.read_part(frame, tile.core))
            start = np.array([side.start for side in tile.core])
            found.append(np.column_stack([cells.ids, cells.box_yxyx + np.tile(start, 2)]))
        rows = np.concatenate(found)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        ids, first = np.unique(rows[:, 0], return_index=True)
        if not len(ids):
            return ids, np.empty((0, 4), np.int64)
        low = np.minimum.reduceat(rows[:, 1:3], first, axis=0)
        high = np.maximum.reduceat(rows[:, 3:5], first, axis=0)
        return ids, np.concatenate([low, high], axis=1)

    def _ground(self, frame: int) -> tuple[float, ...]:
        """Median of pixels without a cell, of each channel; of an even sample of them."""
        step = max(1, int(np.sqrt(np.prod(self.grid.shape_yx, dtype=np.float64) / _SAMPLE_PX)))
        outside: list[NDArray[Any]] = []
        for tile in self.grid.tiles():
            labels_yx = self.run.mask_files.read_part(frame, tile.core)[::step, ::step]
            image_yxc = self.stack.windowed(tile.core).frame(frame)[::step, ::step]
            outside.append(image_yxc[labels_yx == 0])
        pixels = np.concatenate(outside)
        if not len(pixels):
            return (np.nan,) * self.stack.n_channels
        return tuple(np.median(pixels, axis=0).tolist())


def _renamed(run: RunFolder, frame: int, names: Names, window: Window) -> NDArray[np.int64]:
    return names.of(run.mask_files.read_part(frame, window).astype(np.int64))
