"""FrameCells: the cells of one frame as runs of pixels, from which everything is measured.

A run is a stretch of pixels of one label within one row. A frame has far fewer runs than pixels,
and sums of positions over a run have a closed form, so shapes are measured without touching
pixels again (cf. Freeman's and Di Zenzo's run-length moments).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@attrs.frozen(slots=False, eq=False)
class FrameCells:
    """The K cells of one frame.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background.
    image_yxc : ndarray, shape (Y, X, C), optional
        The frame; None: intensities are not measured.
    ground : tuple of float, optional
        What lies between the cells, for each channel. Default: the median of these pixels.

    Raises
    ------
    InvalidInputError
        The labels are not whole numbers of 0 or more, or do not fit the image.
    """

    labels_yx: NDArray[Any]
    image_yxc: NDArray[Any] | None = None
    ground: tuple[float, ...] | None = None

    def __attrs_post_init__(self) -> None:
        labels_yx = self.labels_yx
        if labels_yx.ndim != 2 or labels_yx.dtype.kind not in "iu":
            raise InvalidInputError(
                "labels need shape (Y, X) and an integer dtype, got "
                f"{labels_yx.shape} of {labels_yx.dtype}."
            )
        if labels_yx.dtype.kind == "i" and labels_yx.size and labels_yx.min() < 0:
            raise InvalidInputError(
                f"labels must be 0 or more (0 is background), got {int(labels_yx.min())}."
            )
        if self.image_yxc is not None and (
            self.image_yxc.ndim != 3 or self.image_yxc.shape[:2] != labels_yx.shape
        ):
            raise InvalidInputError(
                f"an image for labels of shape {labels_yx.shape} needs shape (Y, X, C), got "
                f"{self.image_yxc.shape}."
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_channels(self) -> int:
        """Number of channels C; 0 without an image."""
        return 0 if self.image_yxc is None else int(self.image_yxc.shape[2])

    @cached_property
    def _runs(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Label, row, first column, end column of each run, by label and row; and all ids."""
        height, width = self.labels_yx.shape
        padded = np.zeros((height, width + 1), self.labels_yx.dtype)
        padded[:, :width] = self.labels_yx
        flat = padded.ravel()
        starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
        ends = np.append(starts[1:], flat.size)
        inside = flat[starts] != 0
        starts, ends = starts[inside], ends[inside]
        ids, cell = np.unique(flat[starts], return_inverse=True)
        order = np.argsort(cell, kind="stable")
        starts, length = starts[order], (ends - starts)[order]
        first = starts % (width + 1)
        return cell[order], starts // (width + 1), first, first + length, ids.astype(np.int64)

    @property
    def ids(self) -> Ints:
        """The labels, ascending, shape (K,)."""
        return self._runs[4]

    @property
    def run_cell(self) -> Ints:
        """Position in `ids` of each run's cell, ascending, shape (R,)."""
        return self._runs[0]

    @property
    def run_row(self) -> Ints:
        """Row of each run, shape (R,)."""
        return self._runs[1]

    @property
    def run_first(self) -> Ints:
        """First column of each run, shape (R,)."""
        return self._runs[2]

    @property
    def run_end(self) -> Ints:
        """Column after the last one of each run, shape (R,)."""
        return self._runs[3]

    @cached_property
    def first_run(self) -> Ints:
        """Where each cell's runs begin, shape (K,)."""
        return np.searchsorted(self.run_cell, np.arange(len(self.ids)))

    @cached_property
    def box_yxyx(self) -> Ints:
        """Bounding boxes, shape (K, 4): first row, first column, end row, end column."""
        if not len(self):
            return np.empty((0, 4), np.int64)
        return np.stack(
            [
                np.minimum.reduceat(self.run_row, self.first_run),
                np.minimum.reduceat(self.run_first, self.first_run),
                np.maximum.reduceat(self.run_row, self.first_run) + 1,
                np.maximum.reduceat(self.run_end, self.first_run),
            ],
            axis=1,
        )

    @cached_property
    def area(self) -> Ints:
        """Pixels of each cell, shape (K,)."""
        return self.total(self.run_end - self.run_first)

    def total(self, per_run: NDArray[Any]) -> NDArray[Any]:
        """Return the sum over each cell's runs.

        Parameters
        ----------
        per_run : ndarray, shape (R,)
            A number for each run.

        Returns
        -------
        ndarray, shape (K,)
        """
        sums: NDArray[Any] = np.add.reduceat(per_run, self.first_run) if len(self) else per_run[:0]
        return sums

    @cached_property
    def pixel_index(self) -> Ints:
        """Position of every cell's pixels in the flat frame, cell by cell, shape (P,)."""
        length = self.run_end - self.run_first
        begin = self.run_row * self.labels_yx.shape[1] + self.run_first
        before = np.cumsum(length) - length
        shift: Ints = np.repeat(begin - before, length)
        return np.arange(len(shift)) + shift

    @cached_property
    def first_pixel(self) -> Ints:
        """Where each cell's pixels begin in `pixel_index`, shape (K,)."""
        return np.cumsum(self.area) - self.area

    def channel_yx(self, channel: int) -> NDArray[Any]:
        """Return one channel of the image, shape (Y, X)."""
        if self.image_yxc is None:
            raise InvalidInputError("intensities need an image.")
        return self.image_yxc[:, :, channel]

    def pixels(self, channel: int) -> NDArray[Any]:
        """Return the intensities of every cell's pixels, cell by cell, shape (P,)."""
        return np.ravel(self.channel_yx(channel))[self.pixel_index]

    def crop(self, k: int) -> tuple[slice, slice]:
        """Return the bounding box of cell number `k` as slices of rows and columns."""
        y0, x0, y1, x1 = self.box_yxyx[k].tolist()
        return slice(y0, y1), slice(x0, x1)
