"""Asks: what is said of each object - points, box, expected mask - in whole pixels."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.raster import Mask, Window
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions

Pixels = NDArray[np.intp]


@attrs.frozen(eq=False)
class Ask:
    """One object that is asked for.

    Parameters
    ----------
    object_id : int
        Its id.
    inside, outside : ndarray of int, shape (N, 2)
        Pixels that belong to it, and that do not; all inside the frame.
    box : tuple of slice, or None
        The rows and columns that bound it.
    expected : (tuple of slice, ndarray of bool), or None
        Where it is expected: rows and columns, and the mask there.
    """

    object_id: int
    inside: Pixels
    outside: Pixels
    box: Window | None
    expected: tuple[Window, Mask] | None

    def expected_in(self, window: Window) -> Mask:
        """Return the expected mask in a window of the frame; nothing where none is known."""
        result_yx = np.zeros([s.stop - s.start for s in window], bool)
        if self.expected is not None:
            place, crop = self.expected
            low = [max(a.start, b.start) for a, b in zip(place, window, strict=True)]
            high = [min(a.stop, b.stop) for a, b in zip(place, window, strict=True)]
            if all(a < b for a, b in zip(low, high, strict=True)):
                here = tuple(
                    slice(a - w.start, b - w.start)
                    for a, b, w in zip(low, high, window, strict=True)
                )
                there = tuple(
                    slice(a - p.start, b - p.start)
                    for a, b, p in zip(low, high, place, strict=True)
                )
                result_yx[here] = crop[there]
        return result_yx

    def window(self, margin: int, shape: tuple[int, int]) -> Window:
        """Return the rows and columns around all that is said of the object.

        Parameters
        ----------
        margin : int
            Pixels around it.
        shape : tuple of int
            Height and width of the frame.

        Returns
        -------
        tuple of slice
        """
        corners = [self.inside, self.inside + 1]
        places = [self.box, None if self.expected is None else self.expected[0]]
        for place in places:
            if place is not None:
                corners.append(np.array([[s.start for s in place], [s.stop for s in place]]))
        corner = np.concatenate(corners)
        low = np.maximum(corner.min(axis=0) - margin, 0)
        high = np.minimum(corner.max(axis=0) + margin, shape)
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def asks_of(
    prompts: Prompts, boxes: Boxes, previous: Regions | None, shape: tuple[int, int]
) -> list[Ask]:
    """Return what is asked for, by ascending object id.

    Parameters
    ----------
    prompts : Prompts
        Points of one frame; those outside it count as on its nearest pixel.
    boxes : Boxes
        Boxes of one frame.
    previous : Regions or None
        Expected masks under the same ids; those of other ids are left aside.
    shape : tuple of int
        Height and width of the frame.

    Returns
    -------
    list of Ask
        Objects of which only is said where they are not are left out.
    """
    pixels = np.clip(np.rint(prompts.yx), 0, np.array(shape) - 1).astype(np.intp)
    asks = []
    for object_id in sorted({*prompts.object_id.tolist(), *boxes.object_id.tolist()}):
        mine = prompts.object_id == object_id
        inside, outside = pixels[mine & prompts.is_positive], pixels[mine & ~prompts.is_positive]
        box = _box(boxes, object_id, shape)
        if not len(inside) and box is None:
            continue
        asks.append(Ask(object_id, inside, outside, box, _expected(previous, object_id)))
    return asks


def _box(boxes: Boxes, object_id: int, shape: tuple[int, int]) -> Window | None:
    rows = np.flatnonzero(boxes.object_id == object_id)
    if not len(rows):
        return None
    # A pixel belongs to the box if its centre does.
    low = np.clip(np.ceil(boxes.box_yxyx[rows[0], :2] - 1e-9), 0, np.array(shape) - 1)
    high = np.clip(np.ceil(boxes.box_yxyx[rows[0], 2:] - 1e-9), low + 1, shape)
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _expected(previous: Regions | None, object_id: int) -> tuple[Window, Mask] | None:
    if previous is None:
        return None
    rows = np.flatnonzero(previous.object_id == object_id)
    return (previous.slices(rows[0]), previous.crops[rows[0]]) if len(rows) else None
