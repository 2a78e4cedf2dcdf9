"""Video files through OpenCV."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError
from tracksam.io.axes import Index, OpenedMovie
from tracksam.io.calibration import Calibration

SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")

# A header's number of frames is an estimate; a whole file has nearly as many.
_LEAST_SHARE = 0.9

_FFMPEG_QUIET = "-8"


class VideoArray:
    """The frames of a video, axes TYXS, in the order red, green, blue.

    Reading on is sequential; only going back seeks, and where the seek does not land on the
    frame, the video is read again from its beginning. The file is open between two reads, and
    closed after the last frame and when the array is no longer used. A pickled copy opens its own.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        (T, Y, X, 3).
    """

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path = path
        self.shape = shape
        self.dtype = np.dtype(np.uint8)
        self._capture: Any = None
        self._next = 0

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`."""
        if isinstance(index[0], int):
            return self._frame(index[0])[index[1:]]
        frames = range(*index[0].indices(self.shape[0]))
        return np.stack([self._frame(t)[index[1:]] for t in frames])

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._capture is not None:
            self._capture.release()
        self._capture, self._next = None, 0

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "shape": self.shape}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["path"], state["shape"])  # type: ignore[misc]

    def __del__(self) -> None:
        if getattr(self, "_capture", None) is not None:
            self._capture.release()

    def _frame(self, frame: int) -> NDArray[Any]:
        if self._capture is None:
            self._capture, self._next = opened_capture(self.path), 0
        if frame < self._next:
            self._go_back(frame)
        while self._next < frame and self._capture.grab():
            self._next += 1
        image = self._capture.read()[1] if self._next == frame else None
        if image is None or image.shape != self.shape[1:]:
            self.close()
            raise ReadError(f"frame {frame} of {self.path} can not be decoded; is it damaged?")
        self._next += 1
        if self._next == self.shape[0]:
            self.close()
        return np.ascontiguousarray(image[..., ::-1])

    def _go_back(self, frame: int) -> None:
        import cv2

        self._capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
        if round(self._capture.get(cv2.CAP_PROP_POS_FRAMES)) == frame:
            self._next = frame
        else:
            self.close()
            self._capture = opened_capture(self.path)


def opened_capture(path: Path) -> Any:
    """Return an open OpenCV capture of a video.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    cv2.VideoCapture

    Raises
    ------
    ReadError
        OpenCV can not decode it.
    """
    import cv2

    # Else FFmpeg writes its own lines to the terminal beside ours.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise ReadError(
            f"{path} is damaged, or no video that OpenCV can decode; convert it, for example to "
            "MJPEG in .avi."
        )
    return capture


def open_video(path: Path, axes: str | None = None) -> OpenedMovie:
    """Open a video: its frames are counted, its rate is the frame interval.

    Parameters
    ----------
    path : Path
        The file.
    axes : str, optional
        Must name the axes TYXS, if given.

    Returns
    -------
    OpenedMovie
        Axes TYXS.

    Raises
    ------
    ReadError
        The file can not be decoded, or only in part.
    """
    import cv2

    capture = opened_capture(path)
    try:
        rate = capture.get(cv2.CAP_PROP_FPS)
        done, image = capture.read()
        if not done or image is None:
            raise ReadError(f"{path} holds no frame that can be decoded.")
        claimed = round(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        n_frames = 1
        while capture.grab():
            n_frames += 1
    finally:
        capture.release()
    if n_frames < _LEAST_SHARE * claimed:
        raise ReadError(
            f"{path} is truncated or damaged: its header claims {claimed} frames, {n_frames} can "
            "be decoded; copy or convert it again."
        )
    array = VideoArray(path, (n_frames, *image.shape))
    calibration = Calibration(frame_interval_s=1 / rate if rate > 0 else None)
    return OpenedMovie(array, "TYXS" if axes is None else axes.upper(), calibration, path.stem)
