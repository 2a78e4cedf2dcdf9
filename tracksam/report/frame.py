"""One frame as a picture: contrast, outlines, ids, and tails that show where cells came from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.report.colours import track_colours
from tracksam.report.ink import Colour, Stroke, Word, drawn

Box = tuple[float, float, float, float]
_CHANNEL_COLOURS = np.array([[1, 1, 1], [0.1, 0.9, 0.3], [0.9, 0.2, 0.9], [0.2, 0.6, 1]])


@attrs.frozen
class FrameLook:
    """How a frame is drawn. Lengths are in pixels of the picture.

    Parameters
    ----------
    scale : float
        Pixels of the picture for one pixel of the movie.
    line_px : float
        Width of outlines and tails.
    text_px : float
        Height of the ids in small cells; half as much again in large ones. 0: none are drawn.
    tail_frames : int
        How many frames a tail reaches back.
    """

    scale: float = 1
    line_px: float = 1
    text_px: float = 9
    tail_frames: int = 12


def frame_picture(
    image_yxc: NDArray[Any],
    labels_yx: NDArray[Any],
    lineage: Lineage,
    frame: int,
    look: FrameLook,
) -> NDArray[np.uint8]:
    """Return a frame with everything that is known of it.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The frame.
    labels_yx : ndarray of int, shape (Y, X)
        Its masks.
    lineage : Lineage
        Gives the tails.
    frame : int
        Number of the frame.
    look : FrameLook
        Sizes.

    Returns
    -------
    ndarray of uint8, shape (round(Y * scale), round(X * scale), 3)
    """
    tails = list(tail_strokes(lineage, frame, look))
    ground_yxc = grounded(image_yxc, look.scale)
    if look.scale < 1:
        # What the picture can not show need not be traced.
        labels_yx = sampled(labels_yx, (ground_yxc.shape[0], ground_yxc.shape[1]))
        look = attrs.evolve(look, scale=1.0)
    outlines = list(outline_strokes(labels_yx, look))
    return drawn(ground_yxc, [*tails, *outlines], id_words(labels_yx, look))


def sampled(labels_yx: NDArray[Any], shape_yx: tuple[int, int]) -> NDArray[Any]:
    """Return a label image at another size: each pixel's label is that of its centre.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        Labels.
    shape_yx : tuple of int
        Height and width wanted.

    Returns
    -------
    ndarray of int, shape `shape_yx`
    """
    rows, columns = (
        ((np.arange(want) + 0.5) * have / want).astype(np.int64)
        for want, have in zip(shape_yx, labels_yx.shape, strict=True)
    )
    return labels_yx[np.ix_(rows, columns)]


def grounded(image_yxc: NDArray[Any], scale: float) -> NDArray[np.uint8]:
    """Return a frame as a picture with full contrast.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Three channels of uint8 are shown as they are. Otherwise each channel is stretched from
        its 0.5 to its 99.8 percentile; one is grey, several are added in colours.
    scale : float
        Pixels of the picture for one pixel of the frame.

    Returns
    -------
    ndarray of uint8, shape (round(Y * scale), round(X * scale), 3)
    """
    import cv2

    height, width, n_channels = image_yxc.shape
    if n_channels == 3 and image_yxc.dtype == np.uint8:
        rgb_yxc = image_yxc
    else:
        pixels = image_yxc.astype(np.float32)
        low, high = np.percentile(pixels, [0.5, 99.8], axis=(0, 1)).astype(np.float32)
        stretched = np.clip((pixels - low) / np.maximum(high - low, 1e-9), 0, 1)
        colours = _CHANNEL_COLOURS[np.arange(n_channels) % len(_CHANNEL_COLOURS)]
        rgb_yxc = np.rint(np.clip(stretched @ colours.astype(np.float32), 0, 1) * 255)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb_yxc.astype(np.uint8), size, interpolation=how))


def outline_strokes(labels_yx: NDArray[Any], look: FrameLook) -> Iterator[Stroke]:
    """Yield the outlines of every mask, holes too.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        Masks.
    look : FrameLook
        Sizes.

    Yields
    ------
    Stroke
    """
    import cv2

    for track_id, crop, start_yx in _crops(labels_yx):
        contours, _ = cv2.findContours(crop, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            yx = contour[:, 0, ::-1] + start_yx - 1
            yield Stroke(
                scaled(yx, look.scale),
                colour_of(track_id),
                look.line_px,
                is_closed=True,
                casing=look.line_px / 2,
            )


def tail_strokes(lineage: Lineage, frame: int, look: FrameLook) -> Iterator[Stroke]:
    """Yield where the cells of a frame, or their mothers, were in the frames before, fading.

    Parameters
    ----------
    lineage : Lineage
        Positions.
    frame : int
        The frame that is drawn.
    look : FrameLook
        Sizes and how far back.

    Yields
    ------
    Stroke
        One a step, in the colour of the track that made it.
    """
    for track_id in lineage.track_id[lineage.frame == frame].tolist():
        path = _rows_back(lineage, track_id, frame, look.tail_frames)
        for newer, older in pairwise(path):
            age = (frame - lineage.frame[newer]) / max(look.tail_frames, 1)
            yield Stroke(
                scaled(lineage.yx[[older, newer]], look.scale),
                colour_of(int(lineage.track_id[older])),
                look.line_px,
                opacity=float(0.9 - 0.7 * age),
            )


def _rows_back(lineage: Lineage, track_id: int, frame: int, tail_frames: int) -> list[int]:
    """Rows of a track and its ancestors in the last frames, newest first."""
    path: list[int] = []
    owner: int | None = track_id
    until = frame
    while owner is not None and until >= frame - tail_frames:
        rows = lineage.rows(owner)
        frames = lineage.frame[rows]
        low, high = np.searchsorted(frames, [frame - tail_frames, until + 1]) + rows.start
        path += range(high - 1, low - 1, -1)
        until = int(frames[0]) - 1
        owner = lineage.parents.get(owner)
    return path


def id_words(labels_yx: NDArray[Any], look: FrameLook) -> list[Word]:
    """Return the ids, each in its cell; none where it would cover another or its own cell.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        Masks.
    look : FrameLook
        Sizes.

    Returns
    -------
    list of Word
    """
    if not look.text_px:
        return []
    crops = sorted(_crops(labels_yx), key=lambda found: -int(found[1].sum()))
    placed: list[tuple[Word, Box]] = []
    for track_id, crop, start_yx in crops:
        middle = np.argwhere(crop).mean(axis=0) + start_yx - 1
        y, x = scaled(middle, look.scale)
        size = np.array(crop.shape) * look.scale
        height = float(np.clip(size.min() / 5, look.text_px, 1.5 * look.text_px))
        word = Word(str(track_id), y, x, height=height, casing=height / 7)
        box = word.box_yxyx
        fits = box[2] - box[0] < 0.8 * size[0] and box[3] - box[1] < 0.95 * size[1]
        if fits and not any(_overlap(box, other) for _, other in placed):
            placed.append((word, box))
    return [word for word, _ in placed]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _crops(labels_yx: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.int64]]]:
    """Yield id, mask with a rim of one pixel, and its first row and column in the frame."""
    from scipy import ndimage

    ids, dense = np.unique(labels_yx, return_inverse=True)
    offset = int(len(ids) > 0 and ids[0] != 0)
    boxes = ndimage.find_objects(dense.reshape(labels_yx.shape).astype(np.int32) + offset)
    for track_id, box in zip(ids[ids != 0].tolist(), boxes, strict=True):
        crop = np.pad((labels_yx[box] == track_id).astype(np.uint8), 1)
        yield track_id, crop, np.array([box[0].start, box[1].start])


def scaled(yx: NDArray[Any], scale: float) -> NDArray[np.float64]:
    """Return positions of the movie's pixels in the picture.

    Parameters
    ----------
    yx : ndarray, shape (..., 2)
        Row and column; whole numbers are centres of pixels.
    scale : float
        Pixels of the picture for one pixel of the movie.

    Returns
    -------
    ndarray of float64, shape (..., 2)
    """
    return (np.asarray(yx, np.float64) + 0.5) * scale - 0.5


@cache
def colour_of(track_id: int) -> Colour:
    """Return the colour of one track.

    Parameters
    ----------
    track_id : int
        Its id.

    Returns
    -------
    tuple of int
        Red, green, blue.
    """
    red, green, blue = track_colours(track_id)[0].tolist()
    return red, green, blue
