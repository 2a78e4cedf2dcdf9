"""What is asked for one object, in pixels of the frame, and in pixels of a tile."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import Ask
from tracksam.backends.sam.tiles import Tile
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions


@attrs.frozen(eq=False)
class Request:
    """What is asked for one object, in pixels of the frame.

    Parameters
    ----------
    object_id : int
        Whose.
    yx : ndarray, shape (P, 2)
        Points.
    is_positive : ndarray of bool, shape (P,)
        Whether each lies in the object.
    box_yxyx : ndarray, shape (4,), or None
        Bounds.
    previous : Regions or None
        One region: what it looked like.
    """

    object_id: int
    yx: NDArray[np.float64]
    is_positive: NDArray[np.bool_]
    box_yxyx: NDArray[np.float64] | None = None
    previous: Regions | None = None

    @property
    def bounds_yxyx(self) -> NDArray[np.float64]:
        """Smallest box around what is said to belong to the object."""
        inside = self.yx[self.is_positive]
        corners = [inside, inside + 1]
        if self.box_yxyx is not None:
            corners.append(self.box_yxyx.reshape(2, 2))
        if self.previous is not None:
            corners.append(self.previous.box_yxyx[0].reshape(2, 2).astype(np.float64))
        points = np.concatenate(corners)
        return np.concatenate([points.min(axis=0), points.max(axis=0)])

    def ask(self, tile: Tile) -> Ask | None:
        """Return the request in pixels of a tile, None if nothing of it lies there.

        Parameters
        ----------
        tile : Tile
            Points outside it are left out, box and mask are cut.
        """
        start = np.array(tile.start_yx)
        here = tile.holds(self.yx)
        box = self.box_in(tile)
        previous_yx = None
        if self.previous is not None:
            previous_yx = self.previous.mask(0)[tile.slices]
            previous_yx = previous_yx if previous_yx.any() else None
        if not (self.is_positive & here).any() and box is None and previous_yx is None:
            return None
        return Ask(self.yx[here] - start, self.is_positive[here], box, previous_yx)

    def box_in(self, tile: Tile) -> NDArray[np.float64] | None:
        """Return the box in pixels of a tile, cut there; None if none of it lies there."""
        if self.box_yxyx is None:
            return None
        low = np.clip(self.box_yxyx[:2] - tile.start_yx, 0, tile.shape_yx)
        high = np.clip(self.box_yxyx[2:] - tile.start_yx, 0, tile.shape_yx)
        return np.concatenate([low, high]) if (high > low).all() else None

    def going_on(self, tile: Tile, inside: NDArray[np.float64]) -> Ask | None:
        """Return what is asked of a tile into which the object goes on.

        Parameters
        ----------
        tile : Tile
            Another one.
        inside : ndarray, shape (P, 2)
            Points of what is known of the object, in pixels of that tile.

        Returns
        -------
        Ask or None
            With the box and the negative points that lie there; None where the box does not.
        """
        box = self.box_in(tile)
        if box is None and self.box_yxyx is not None:
            return None
        outside = self.yx[tile.holds(self.yx) & ~self.is_positive] - tile.start_yx
        yx = np.concatenate([inside, outside])
        return Ask(yx, np.arange(len(yx)) < len(inside), box)


def requests(prompts: Prompts, boxes: Boxes, previous: Regions | None) -> Iterator[Request]:
    """Yield one request an object id, ascending.

    Parameters
    ----------
    prompts, boxes
        Of one frame; the frame numbers are not looked at.
    previous : Regions or None
        Masks under the same ids; ids that neither points nor boxes name are left out.

    Yields
    ------
    Request
        Of ids that have a positive point, a box or a mask.
    """
    for object_id in np.unique(np.concatenate([prompts.object_id, boxes.object_id])).tolist():
        mine = prompts.object_id == object_id
        boxed = np.flatnonzero(boxes.object_id == object_id)
        box = boxes.box_yxyx[boxed[0]] if len(boxed) else None
        known = np.zeros(0) if previous is None else np.flatnonzero(previous.object_id == object_id)
        old = previous.select(known[:1]) if previous is not None and len(known) else None
        request = Request(object_id, prompts.yx[mine], prompts.is_positive[mine], box, old)
        if request.is_positive.any() or box is not None or old is not None:
            yield request
