"""Mask files: the label images of a run folder, a file a frame, whole or in tiles."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.frames import Window
from tracksam.io import ctc
from tracksam.io.label_tiles import Part, is_in_tiles, read_label_part, write_label_tiles
from tracksam.io.labels import read_label_image
from tracksam.io.tracklets import Tracklets

_MOST_OF_16_BITS = 65535


@attrs.frozen
class MaskFiles:
    """Label images of a movie in a folder.

    Parameters
    ----------
    folder : Path
        Exists when they are written.
    shape_tyx : tuple of int
        Frames, height and width of the movie.
    """

    folder: Path
    shape_tyx: tuple[int, int, int]

    def path(self, frame: int) -> Path:
        """Return where a frame's label image lies."""
        return ctc.mask_path(self.folder, frame, digits=ctc.digits(self.shape_tyx[0]))

    def write(self, frame: int, labels_yx: NDArray[Any]) -> None:
        """Write one label image.

        Parameters
        ----------
        frame : int
            0 or more.
        labels_yx : ndarray of int, shape (Y, X)
            Pixel values are track ids.
        """
        ctc.write_mask(self.folder, frame, labels_yx, digits=ctc.digits(self.shape_tyx[0]))

    def write_tiles(self, frame: int, highest: int, part: Part) -> None:
        """Write one label image a tile at a time.

        Parameters
        ----------
        frame : int
            0 or more.
        highest : int
            No label is larger.
        part : callable
            Gives the labels in a part of the frame.
        """
        dtype = np.dtype(np.uint16 if highest <= _MOST_OF_16_BITS else np.uint32)
        write_label_tiles(self.path(frame), self.shape_tyx[1:], dtype, part)

    def read(self, frame: int) -> NDArray[Any]:
        """Return the label image of one frame as it was last written, shape (Y, X)."""
        return read_label_image(self.path(frame))

    def read_part(self, frame: int, window: Window) -> NDArray[Any]:
        """Return a part of the label image of one frame.

        Parameters
        ----------
        frame : int
            0 or more.
        window : tuple of slice
            Rows and columns, inside the frame.

        Returns
        -------
        ndarray of int, shape (rows, columns)
        """
        return read_label_part(self.path(frame), window)

    def relabel(self, frame: int, tracklets: Tracklets) -> None:
        """Write one anew under the labels of tracklets; one in tiles tile by tile.

        Parameters
        ----------
        frame : int
            0 or more.
        tracklets : Tracklets
            Of the tracks whose ids the pixels have.
        """
        if is_in_tiles(self.path(frame)):
            highest = int(tracklets.label.max())
            self.write_tiles(frame, highest, partial(self._relabelled, frame, tracklets))
        else:
            self.write(frame, tracklets.relabelled(frame, self.read(frame)))

    def _relabelled(self, frame: int, tracklets: Tracklets, window: Window) -> NDArray[Any]:
        return tracklets.relabelled(frame, self.read_part(frame, window))
