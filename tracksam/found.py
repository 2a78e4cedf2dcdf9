"""Found: where a finder says that something lies, how sure it is, and under which name."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _ones(found: Found) -> NDArray[np.float64]:
    return np.ones(len(found.box_yxyx))


def _no_names(found: Found) -> tuple[str, ...]:
    return ("",) * len(found.box_yxyx)


@attrs.frozen
class Found:
    """K places in one frame.

    Parameters
    ----------
    box_yxyx : array of float, shape (K, 4)
        First row and column, end row and column, in pixels.
    score : array of float, shape (K,), optional
        From 0 to 1. Default 1.
    name : tuple of str, optional
        The phrase or the kind that fits best. Default: empty.
    regions : Regions, optional
        K masks, where the finder gives them.
    prompts : Prompts, optional
        Points that mark the places; their object ids are 1 to K.

    Raises
    ------
    InvalidInputError
        Lengths differ, a score lies outside 0 to 1, or a box is empty.
    """

    box_yxyx: NDArray[np.float64] = array_field(np.float64, None, 4, factory=list)
    score: NDArray[np.float64] = array_field(np.float64, None, otherwise=_ones)
    name: tuple[str, ...] = attrs.field(
        converter=_words, default=attrs.Factory(_no_names, takes_self=True)
    )
    regions: Regions | None = None
    prompts: Prompts | None = None

    def __attrs_post_init__(self) -> None:
        same_length(box_yxyx=self.box_yxyx, score=self.score, name=np.empty(len(self.name)))
        if self.regions is not None and len(self.regions) != len(self):
            raise InvalidInputError(
                f"{len(self)} places need as many regions, got {len(self.regions)}."
            )
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise InvalidInputError(f"scores must lie between 0 and 1, got {self.score.tolist()}.")
        if (self.box_yxyx[:, 2:] <= self.box_yxyx[:, :2]).any():
            raise InvalidInputError("a box that was found is empty.")

    @classmethod
    def of(cls, given: Found | Regions | Boxes | Prompts, name: str = "") -> Found:
        """Return whatever a finder gave as places.

        Parameters
        ----------
        given : Found, Regions, Boxes or Prompts
            Of prompts, the points of one object id are one place; those with negative points only
            are none.
        name : str
            Of what has no name yet.

        Returns
        -------
        Found
        """
        if isinstance(given, Found):
            names = tuple(own or name for own in given.name)
            return attrs.evolve(given, name=names)
        if isinstance(given, Regions):
            boxes = given.box_yxyx.astype(np.float64)
            return cls(boxes, given.score, (name,) * len(given), given)
        if isinstance(given, Boxes):
            return cls(given.box_yxyx, np.ones(len(given)), (name,) * len(given))
        return _of_points(given, name)

    def __len__(self) -> int:
        return len(self.box_yxyx)

    def select(self, indices: ArrayLike) -> Found:
        """Return some of the places, by positions."""
        chosen = np.asarray(indices, np.intp)
        prompts = self.prompts
        if prompts is not None:
            parts = [prompts.where(prompts.object_id == i + 1) for i in chosen.tolist()]
            renamed = [
                attrs.evolve(part, object_id=np.full(len(part), k))
                for k, part in enumerate(parts, start=1)
            ]
            prompts = Prompts()
            for part in renamed:
                prompts = prompts.joined(part)
        return Found(
            self.box_yxyx[chosen],
            self.score[chosen],
            tuple(self.name[i] for i in chosen.tolist()),
            None if self.regions is None else self.regions.select(chosen),
            prompts,
        )

    def boxes(self, frame: int, first_id: int = 1) -> Boxes:
        """Return the places as boxes of a frame.

        Parameters
        ----------
        frame : int
            Its number.
        first_id : int
            Object id of the first; the others follow.

        Returns
        -------
        Boxes
        """
        ids = np.arange(first_id, first_id + len(self))
        return Boxes(ids, np.full(len(self), frame), self.box_yxyx)


def _of_points(points: Prompts, name: str) -> Found:
    ids = sorted(set(points.object_id[points.is_positive].tolist()))
    boxes, renamed = [], Prompts()
    for number, object_id in enumerate(ids, start=1):
        own = points.where(points.object_id == object_id)
        yx = own.yx[own.is_positive]
        boxes.append([*(yx.min(axis=0) - 0.5), *(yx.max(axis=0) + 0.5)])
        renamed = renamed.joined(attrs.evolve(own, object_id=np.full(len(own), number)))
    box_yxyx = np.array(boxes).reshape(-1, 4)
    return Found(box_yxyx, np.ones(len(ids)), (name,) * len(ids), None, renamed)
