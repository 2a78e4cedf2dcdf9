"""Label images of a project: a file a frame, and the changes that are not in the files yet."""

from __future__ import annotations

import bisect
import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError
from tracksam.io.atomic import whole_file
from tracksam.pixels import PixelChange

Labels = NDArray[np.int32]
CACHED_BYTES = 128 * 1024 * 1024
"""Label images that were read last are kept in memory, up to this."""

_NAME = re.compile(r"labels(\d+)-step(\d+)\.tif")


class KeptLabels:
    """Label images on disk, with changes in memory. A `FrameSource`; safe between threads.

    A file's name says which steps it holds: ``labels000012-step000345.tif`` is frame 12 after
    step 345. It is whole before the older file of its frame is removed.

    Parameters
    ----------
    folder : Path
        Exists.
    n_frames : int
        A frame without a file is empty.
    frame_shape : tuple of int
        Height and width.
    """

    def __init__(self, folder: Path, n_frames: int, frame_shape: tuple[int, ...]) -> None:
        self.n_frames = n_frames
        self.frame_shape = frame_shape
        self._folder = folder
        self._changes: list[tuple[int, PixelChange]] = []
        self._step = self._flushed = 0
        self._cache: OrderedDict[int, tuple[int, Labels]] = OrderedDict()
        self._lock = threading.RLock()
        self._files: dict[int, int] = {}
        for path in sorted(folder.glob("labels*.tif")):
            match = _NAME.fullmatch(path.name)
            if match:
                frame, step = int(match[1]), int(match[2])
                self._files[frame] = max(step, self._files.get(frame, 0))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type: int32."""
        return np.dtype(np.int32)

    @property
    def n_waiting(self) -> int:
        """Changes that are not in all files yet."""
        return len(self._changes) - self._after(self._flushed)

    def after(self, step: int) -> LabelsAfter:
        """Return the label images after a step, whatever comes later."""
        return LabelsAfter(self, step)

    def add(self, step: int, changes: tuple[PixelChange, ...]) -> None:
        """Take in the changes of a step.

        Parameters
        ----------
        step : int
            Its number; steps come in order.
        changes : tuple of Renaming or Painting
            What it does to the masks.
        """
        with self._lock:
            self._step = step
            self._changes.extend((step, change) for change in changes)

    def read_hidden(self, frame: int) -> Labels:
        """Return a label image in which deleted cells are negative, shape (Y, X); read-only."""
        with self._lock:
            step, labels_yx = self._cached(frame)
            later = self._changes[self._after(step) :]
            labels_yx = _applied(labels_yx, [c for _, c in later if c.touches(frame)])
            self._keep(frame, labels_yx)
            return labels_yx

    def read_after(self, frame: int, step: int) -> Labels:
        """Return `read_hidden` as it was after a step: what came later is taken back.

        Parameters
        ----------
        frame : int
            Which frame.
        step : int
            Number of the step.
        """
        with self._lock:
            labels_yx = self.read_hidden(frame)
            later = self._changes[self._after(step) :]
            undone = [c.inverse() for _, c in reversed(later) if c.touches(frame)]
            return _applied(labels_yx, undone)

    def read(self, frame: int) -> Labels:
        """Return a label image, shape (Y, X)."""
        return np.maximum(self.read_hidden(frame), 0)

    def write(self, frame: int, labels_yx: NDArray[Any], step: int) -> None:
        """Write the label image of a frame after a step, in place of what lay there.

        Parameters
        ----------
        frame : int
            Which frame.
        labels_yx : ndarray of int, shape (Y, X)
            Its labels.
        step : int
            Steps up to this one are in it.

        Raises
        ------
        WriteError
            It can not be written; the older file stays.
        """
        import tifffile

        labels = np.asarray(labels_yx, np.int32)
        with whole_file(self._path(frame, step)) as temporary:
            tifffile.imwrite(temporary, labels, compression="zlib", compressionargs={"level": 1})
        with self._lock:
            older = self._files.get(frame)
            self._files[frame] = step
        if older is not None and older != step:
            self._path(frame, older).unlink(missing_ok=True)

    def flush(self) -> int:
        """Return how many frames had changes in memory, after writing them.

        May run in another thread than `add` and `read`.
        """
        with self._lock:
            step = self._step
            waiting = [frame for frame in range(self.n_frames) if self._waits(frame)]
        for frame in waiting:
            with self._lock:
                now, labels_yx = self._step, self.read_hidden(frame)
            self.write(frame, labels_yx, now)
        self._flushed = step
        return len(waiting)

    def _after(self, step: int) -> int:
        """Where the changes after a step begin."""
        return bisect.bisect_right(self._changes, step, key=_number)

    def _waits(self, frame: int) -> bool:
        later = self._changes[self._after(self._files.get(frame, 0)) :]
        return any(change.touches(frame) for _, change in later)

    def _cached(self, frame: int) -> tuple[int, Labels]:
        if frame in self._cache:
            self._cache.move_to_end(frame)
            return self._cache[frame]
        if frame not in self._files:
            empty = np.zeros(self.frame_shape, np.int32)
            empty.setflags(write=False)
            return 0, empty
        labels_yx = self._read_file(frame)
        labels_yx.setflags(write=False)
        return self._files[frame], labels_yx

    def _read_file(self, frame: int) -> Labels:
        import tifffile

        path = self._path(frame, self._files[frame])
        try:
            labels_yx = np.asarray(tifffile.imread(path))
        except (OSError, ValueError, tifffile.TiffFileError) as error:
            raise ReadError(f"{path} is gone or damaged: {error}.") from error
        if labels_yx.shape != self.frame_shape or labels_yx.dtype.kind not in "iu":
            raise ReadError(
                f"{path} has shape {labels_yx.shape} and type {labels_yx.dtype}; frames of "
                f"the movie have {self.frame_shape}, and labels are whole numbers."
            )
        return np.array(labels_yx, np.int32)

    def _keep(self, frame: int, labels_yx: Labels) -> None:
        self._cache[frame] = (self._step, labels_yx)
        self._cache.move_to_end(frame)
        most = max(CACHED_BYTES // max(labels_yx.nbytes, 1), 2)
        while len(self._cache) > most:
            self._cache.popitem(last=False)

    def _path(self, frame: int, step: int) -> Path:
        return self._folder / f"labels{frame:06d}-step{step:06d}.tif"


@attrs.frozen(eq=False)
class LabelsAfter:
    """Label images of a project after one of its steps. A `FrameSource`.

    Parameters
    ----------
    labels : KeptLabels
        Of the project; may have taken in later steps.
    step : int
        Which step.
    """

    labels: KeptLabels
    step: int

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.labels.n_frames

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.labels.frame_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type: int32."""
        return self.labels.dtype

    def read_hidden(self, frame: int) -> Labels:
        """Return a label image in which deleted cells are negative, shape (Y, X); read-only."""
        return self.labels.read_after(frame, self.step)

    def read(self, frame: int) -> Labels:
        """Return a label image, shape (Y, X)."""
        return np.maximum(self.read_hidden(frame), 0)


def _applied(labels_yx: Labels, changes: list[PixelChange]) -> Labels:
    if not changes:
        return labels_yx
    labels_yx = labels_yx.copy()
    for change in changes:
        change.apply(labels_yx)
    labels_yx.setflags(write=False)
    return labels_yx


def _number(change: tuple[int, PixelChange]) -> int:
    return change[0]
