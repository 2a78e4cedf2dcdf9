"""Request: what was asked for one object of a frame, put together from points, boxes, masks."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions


@attrs.frozen(eq=False)
class Request:
    """What was asked for one object, in frame pixels.

    Parameters
    ----------
    object_id : int
        Whose.
    yx : ndarray, shape (N, 2)
        Points, in the order in which they were given.
    is_positive : ndarray of bool, shape (N,)
        Whether each lies in the object.
    box_yxyx : ndarray, shape (4,), or None
        Its bounds.
    previous : Regions or None
        One region: what it looked like.
    """

    object_id: int
    yx: NDArray[np.float64]
    is_positive: NDArray[np.bool_]
    box_yxyx: NDArray[np.float64] | None = None
    previous: Regions | None = None

    @property
    def positive_yx(self) -> NDArray[np.float64]:
        """Points in the object."""
        return self.yx[self.is_positive]

    @property
    def negative_yx(self) -> NDArray[np.float64]:
        """Points outside it."""
        return self.yx[~self.is_positive]

    @property
    def only_points(self) -> bool:
        """Whether nothing but points is known of the object, one of them in it."""
        return bool(len(self.positive_yx)) and self.box_yxyx is None and self.previous is None

    @property
    def diameter_px(self) -> float | None:
        """The object's diameter in frame pixels, as box or previous mask tell it."""
        if self.previous is not None:
            return float(np.sqrt(self.previous.area_px[0] * 4 / np.pi))
        if self.box_yxyx is not None:
            y0, x0, y1, x1 = self.box_yxyx
            return float(np.sqrt((y1 - y0) * (x1 - x0)))
        return None

    @property
    def bounds_yxyx(self) -> NDArray[np.float64]:
        """Smallest box around all that is said to belong to the object, frame pixels."""
        corners = [self.positive_yx, self.positive_yx + 1]
        if self.box_yxyx is not None:
            corners.append(self.box_yxyx.reshape(2, 2))
        if self.previous is not None:
            corners.append(self.previous.box_yxyx[0].reshape(2, 2).astype(np.float64))
        points = np.concatenate(corners)
        return np.concatenate([points.min(axis=0), points.max(axis=0)])

    def shifted(self, yx: tuple[int, int], shape_yx: tuple[int, int]) -> Request:
        """Return the same request in a crop of the frame.

        Parameters
        ----------
        yx : tuple of int
            First row and column of the crop; nothing that was given may lie outside it.
        shape_yx : tuple of int
            Height and width of the crop.
        """
        start = np.array(yx)
        box = None if self.box_yxyx is None else self.box_yxyx - np.tile(start, 2)
        previous = None
        if self.previous is not None:
            old = self.previous
            previous = Regions(shape_yx, old.crops, old.box_yx - start, old.score, old.object_id)
        return Request(self.object_id, self.yx - start, self.is_positive, box, previous)


def requests(prompts: Prompts, boxes: Boxes, previous: Regions | None) -> Iterator[Request]:
    """Yield one request an object id, in ascending order of the ids.

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
    for object_id in np.union1d(prompts.object_id, boxes.object_id).tolist():
        mine = prompts.object_id == object_id
        boxed = np.flatnonzero(boxes.object_id == object_id)
        box = boxes.box_yxyx[boxed[0]] if len(boxed) else None
        old = None
        if previous is not None and (previous.object_id == object_id).any():
            old = previous.select(np.flatnonzero(previous.object_id == object_id)[:1])
        request = Request(object_id, prompts.yx[mine], prompts.is_positive[mine], box, old)
        if len(request.positive_yx) or box is not None or old is not None:
            yield request
