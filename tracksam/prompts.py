"""Prompts and Boxes: what a person marked, and where."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.regions import Regions


def _check_ids_and_frames(object_id: NDArray[np.int64], frame: NDArray[np.int64]) -> None:
    if (object_id < 1).any():
        raise InvalidInputError(
            f"object_id must be 1 or more (0 is background), got {int(object_id.min())}."
        )
    if (frame < 0).any():
        raise InvalidInputError(f"frame must be 0 or more, got {int(frame.min())}.")


def _all_positive(prompts: Prompts) -> NDArray[np.bool_]:
    return np.ones(len(prompts.object_id), bool)


@attrs.frozen
class Prompts:
    """Points that mark objects: "this pixel belongs to object 7 in frame 0", or does not.

    Parameters
    ----------
    object_id : array of int, shape (N,)
        1 or more. The same integer is the pixel value in `Masks` and the id in `Lineage`.
    frame : array of int, shape (N,)
        0 or more.
    yx : array of float, shape (N, 2)
        Row and column in pixels; (0, 0) is the centre of the first pixel.
    is_positive : array of bool, shape (N,), optional
        False: the point lies outside the object. Default: all positive.

    Raises
    ------
    InvalidInputError
        Lengths differ, an id is below 1, a frame below 0, a position is not finite.

    Examples
    --------
    >>> Prompts(object_id=[7], frame=[0], yx=[[10, 20]]).at(frame=0).object_id
    array([7])
    """

    object_id: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    frame: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    yx: NDArray[np.float64] = array_field(np.float64, None, 2, factory=list)
    is_positive: NDArray[np.bool_] = array_field(np.bool_, None, otherwise=_all_positive)

    def __attrs_post_init__(self) -> None:
        same_length(
            object_id=self.object_id, frame=self.frame, yx=self.yx, is_positive=self.is_positive
        )
        _check_ids_and_frames(self.object_id, self.frame)
        if not np.isfinite(self.yx).all():
            raise InvalidInputError("positions of prompts must be finite numbers.")

    def __len__(self) -> int:
        return len(self.object_id)

    def at(self, frame: int) -> Prompts:
        """Return the prompts of one frame."""
        return self.where(self.frame == frame)

    def where(self, keep: NDArray[np.bool_]) -> Prompts:
        """Return the prompts where `keep`, shape (N,), is true."""
        return Prompts(
            self.object_id[keep], self.frame[keep], self.yx[keep], self.is_positive[keep]
        )

    def joined(self, other: Prompts) -> Prompts:
        """Return these prompts followed by `other`'s."""
        return Prompts(
            np.concatenate([self.object_id, other.object_id]),
            np.concatenate([self.frame, other.frame]),
            np.concatenate([self.yx, other.yx]),
            np.concatenate([self.is_positive, other.is_positive]),
        )


@attrs.frozen
class Boxes:
    """Boxes that mark objects.

    Parameters
    ----------
    object_id : array of int, shape (N,)
        1 or more; at most one box an object and frame.
    frame : array of int, shape (N,)
        0 or more.
    box_yxyx : array of float, shape (N, 4)
        First row, first column, end row, end column in pixels; the ends lie outside, as in
        slices: ``image[y0:y1, x0:x1]``.

    Raises
    ------
    InvalidInputError
        Lengths differ, an id is below 1, a frame below 0, a box is empty or not finite, or an
        object has two boxes on one frame.
    """

    object_id: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    frame: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    box_yxyx: NDArray[np.float64] = array_field(np.float64, None, 4, factory=list)

    def __attrs_post_init__(self) -> None:
        same_length(object_id=self.object_id, frame=self.frame, box_yxyx=self.box_yxyx)
        _check_ids_and_frames(self.object_id, self.frame)
        y0, x0, y1, x1 = self.box_yxyx.T
        bad = ~(np.isfinite(self.box_yxyx).all(axis=1) & (y1 > y0) & (x1 > x0))
        if bad.any():
            raise InvalidInputError(
                "a box needs finite y0 < y1 and x0 < x1 (row first), "
                f"got {self.box_yxyx[bad][0].tolist()} for object {int(self.object_id[bad][0])}."
            )
        pairs = list(zip(self.frame.tolist(), self.object_id.tolist(), strict=True))
        twice = next((pair for pair in pairs if pairs.count(pair) > 1), None)
        if twice is not None:
            raise InvalidInputError(
                f"object {twice[1]} has two boxes on frame {twice[0]}; give one, or two ids."
            )

    def __len__(self) -> int:
        return len(self.object_id)

    def at(self, frame: int) -> Boxes:
        """Return the boxes of one frame."""
        return self.where(self.frame == frame)

    def where(self, keep: NDArray[np.bool_]) -> Boxes:
        """Return the boxes where `keep`, shape (N,), is true."""
        return Boxes(self.object_id[keep], self.frame[keep], self.box_yxyx[keep])


@attrs.frozen
class Marks:
    """Everything a person marked in a movie: points, boxes and painted masks.

    Parameters
    ----------
    prompts : Prompts
        Points.
    boxes : Boxes
        Boxes.
    masks : mapping of int to Regions
        Painted masks: frame number to regions with object ids of 1 or more.
    examples : tuple of Examples
        Kinds of which every cell is meant, wherever it is; not counted by `len`.
    kinds : mapping of int to str
        What marked objects are called, such as the phrase by which they were found.
    is_sought : bool
        A program looked for what is marked: that nothing was found is no mistake.
    """

    prompts: Prompts = attrs.field(factory=Prompts)
    boxes: Boxes = attrs.field(factory=Boxes)
    masks: Mapping[int, Regions] = attrs.field(factory=dict)
    examples: tuple[Examples, ...] = ()
    kinds: Mapping[int, str] = attrs.field(factory=dict)
    is_sought: bool = False

    @classmethod
    def of(cls, given: Marks | Prompts | Boxes | Examples | None) -> Marks:
        """Return Marks of whatever a caller has: points, boxes, examples, all, or nothing."""
        if isinstance(given, Examples):
            return cls(examples=(given,))
        if isinstance(given, Prompts):
            return cls(prompts=given)
        if isinstance(given, Boxes):
            return cls(boxes=given)
        return cls() if given is None else given

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames in which something is marked, ascending."""
        marked = {*self.prompts.frame.tolist(), *self.boxes.frame.tolist(), *self.masks}
        return tuple(sorted(marked))

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of all marked objects, ascending."""
        painted = [i for regions in self.masks.values() for i in regions.object_id.tolist()]
        ids = {*self.prompts.object_id.tolist(), *self.boxes.object_id.tolist(), *painted}
        return tuple(sorted(ids))

    def __len__(self) -> int:
        return len(self.prompts) + len(self.boxes) + sum(len(r) for r in self.masks.values())


def check_against(marks: Marks, shape_tyx: tuple[int, int, int]) -> None:
    """Check that marks lie in a movie and do not contradict one another.

    Parameters
    ----------
    marks : Marks
        Points, boxes and painted masks.
    shape_tyx : tuple of int
        Frames, height and width of the movie.

    Raises
    ------
    InvalidInputError
        A mark lies outside the frame or in a frame that is not there; a pixel is marked for two
        objects, or for and against one; an object is painted twice in a frame, or marked by
        negative points alone. The mark is named.
    """
    n_frames, height, width = shape_tyx
    for frame in marks.frames:
        if frame >= n_frames:
            raise InvalidInputError(
                f"something is marked in frame {frame}, but the movie has frames 0 to "
                f"{n_frames - 1}."
            )
    _check_points(marks.prompts, height, width)
    _check_boxes(marks.boxes, height, width)
    _check_painted(marks.masks, (height, width))
    painted = [i for regions in marks.masks.values() for i in regions.object_id.tolist()]
    wanted = {*marks.prompts.object_id[marks.prompts.is_positive].tolist(), *painted}
    wanted |= set(marks.boxes.object_id.tolist())
    for object_id in marks.object_ids:
        if object_id not in wanted:
            raise InvalidInputError(
                f"object {object_id} is marked by negative points alone; give it a positive one, "
                "a box or a mask."
            )


def _check_points(prompts: Prompts, height: int, width: int) -> None:
    marked: dict[tuple[int, int, int], dict[int, bool]] = {}
    for i, (y, x) in enumerate(prompts.yx.tolist()):
        object_id, frame = int(prompts.object_id[i]), int(prompts.frame[i])
        where = f"the point of object {object_id} in frame {frame} at y={y:g}, x={x:g}"
        if not (-0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5):
            raise InvalidInputError(
                f"{where} lies outside the frame: y must be from 0 to {height - 1} and x from 0 to "
                f"{width - 1} (row first, in pixels)."
            )
        positive = bool(prompts.is_positive[i])
        pixel = (frame, int(np.rint(y)), int(np.rint(x)))
        here = marked.setdefault(pixel, {})
        others = [other for other, is_positive in here.items() if is_positive and positive]
        if others and others != [object_id]:
            raise InvalidInputError(
                f"{where} is a point of object {others[0]} too; a pixel belongs to one object."
            )
        if here.setdefault(object_id, positive) != positive:
            raise InvalidInputError(f"{where} is positive and negative; remove one of the two.")


def _check_boxes(boxes: Boxes, height: int, width: int) -> None:
    for object_id, frame, (y0, x0, y1, x1) in zip(
        boxes.object_id.tolist(), boxes.frame.tolist(), boxes.box_yxyx.tolist(), strict=True
    ):
        if y0 < 0 or x0 < 0 or y1 > height or x1 > width:
            raise InvalidInputError(
                f"the box of object {object_id} in frame {frame} (y {y0:g} to {y1:g}, x {x0:g} to "
                f"{x1:g}) lies outside the frame of {height} rows and {width} columns."
            )


def _check_painted(masks: Mapping[int, Regions], shape_yx: tuple[int, int]) -> None:
    for frame, regions in masks.items():
        ids = regions.object_id.tolist()
        if regions.shape_yx != shape_yx:
            raise InvalidInputError(
                f"the masks painted in frame {frame} have shape {regions.shape_yx}, but the frames "
                f"of the movie have {shape_yx}."
            )
        if len(set(ids)) != len(ids) or min(ids, default=1) < 1:
            raise InvalidInputError(
                f"each mask painted in frame {frame} needs an object id of its own, 1 or more; got "
                f"{ids}."
            )
