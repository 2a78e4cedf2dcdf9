"""Window: the neighbourhood of what was asked for one object, at the network's scale."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.seen import Seen
from tracksam.backends.request import Request

Mask = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Window:
    """The neighbourhood of one request at the network's scale.

    Parameters
    ----------
    start_yx : tuple of int
        First row and column of the window.
    labels_yx : ndarray of int32
        Instances, with the numbers of the frame.
    foreground, distance : ndarray of float32
        Answers.
    points : ndarray of int, shape (N, 2)
        Points that lie in the window, in its rows and columns, in the order of the request.
    is_positive : ndarray of bool, shape (N,)
        Whether each lies in the object.
    box : Mask or None
        True inside the box.
    previous : Mask or None
        The previous mask.
    """

    start_yx: tuple[int, int]
    labels_yx: NDArray[np.int32]
    foreground: NDArray[np.float32]
    distance: NDArray[np.float32]
    points: NDArray[np.int64]
    is_positive: NDArray[np.bool_]
    box: Mask | None
    previous: Mask | None

    @property
    def positive(self) -> list[tuple[int, int]]:
        """Points in the object."""
        return [(y, x) for y, x in self.points[self.is_positive].tolist()]

    @property
    def negative(self) -> list[tuple[int, int]]:
        """Points outside it."""
        return [(y, x) for y, x in self.points[~self.is_positive].tolist()]


def window_of(seen: Seen, request: Request, margin_px: float) -> Window:
    """Return the part of a frame that matters for a request.

    It holds the whole of every instance under a positive point.

    Parameters
    ----------
    seen : Seen
        The frame.
    request : Request
        In pixels of the frame.
    margin_px : float
        How far beyond all that was given the window reaches, at the network's scale.
    """
    shape = seen.labels_yx.shape
    bounds = seen.to_look(request.bounds_yxyx.reshape(2, 2))
    bounds = _with_instances(
        seen, request, np.stack([bounds[0] - margin_px, bounds[1] + margin_px])
    )
    first = np.clip(np.floor(bounds[0]), 0, np.array(shape) - 1).astype(int)
    last = np.clip(np.ceil(bounds[1]), first + 1, shape).astype(int)
    part = (slice(first[0], last[0]), slice(first[1], last[1]))
    size = (int(last[0] - first[0]), int(last[1] - first[1]))
    points = np.rint(seen.to_look(request.yx)).astype(np.int64) - first
    inside = ((points >= 0) & (points < size)).all(axis=1) | request.is_positive
    return Window(
        (int(first[0]), int(first[1])),
        seen.labels_yx[part],
        seen.answers.foreground[part],
        seen.answers.distance[part],
        np.clip(points, 0, np.array(size) - 1)[inside],
        request.is_positive[inside],
        _box_mask(seen, request, first, size),
        _previous_mask(seen, request, first, size),
    )


def _with_instances(
    seen: Seen, request: Request, bounds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return bounds, shape (2, 2), widened to the instances under the positive points."""
    last = np.array(seen.labels_yx.shape) - 1
    for y, x in np.clip(np.rint(seen.to_look(request.positive_yx)), 0, last).astype(int).tolist():
        label = int(seen.labels_yx[y, x])
        if label:
            rows, columns = seen.boxes[label - 1]
            first = np.minimum(bounds[0], (rows.start - 3, columns.start - 3))
            bounds = np.stack([first, np.maximum(bounds[1], (rows.stop + 3, columns.stop + 3))])
    return bounds


def _box_mask(
    seen: Seen, request: Request, first: NDArray[np.int64], size: tuple[int, int]
) -> Mask | None:
    if request.box_yxyx is None:
        return None
    corners = seen.to_look(request.box_yxyx.reshape(2, 2) - 0.5) + 0.5 - first
    (y0, x0), (y1, x1) = np.rint(corners).astype(int)
    mask = np.zeros(size, bool)
    mask[max(0, y0) : max(1, y1), max(0, x0) : max(1, x1)] = True
    return mask


def _previous_mask(
    seen: Seen, request: Request, first: NDArray[np.int64], size: tuple[int, int]
) -> Mask | None:
    if request.previous is None:
        return None
    import cv2

    rows, columns = (
        ((np.arange(n) + a + 0.5) * full / small - 0.5 - start).astype(np.float32)
        for n, a, full, small, start in zip(
            size,
            first,
            seen.shape_yx,
            seen.labels_yx.shape,
            request.previous.box_yx[0],
            strict=True,
        )
    )
    map_x, map_y = np.meshgrid(columns, rows)
    crop = request.previous.crops[0].astype(np.float32)
    return np.asarray(cv2.remap(crop, map_x, map_y, cv2.INTER_LINEAR) > 0.5)
