"""Regions: masks of one frame, as crops, which may overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError
from tracksam.strips import Strips

Mask = NDArray[np.bool_]


def _frozen_masks(masks: Iterable[ArrayLike]) -> tuple[Mask, ...]:
    return tuple(_frozen(mask) for mask in masks)


def _frozen(mask: ArrayLike) -> Mask:
    if isinstance(mask, np.ndarray) and mask.dtype == bool and _is_fixed(mask):
        return mask
    copied = np.array(mask, dtype=bool)
    copied.setflags(write=False)
    return copied


def _is_fixed(mask: Mask) -> bool:
    """Return whether nobody can write to a mask: it need not be copied."""
    return mask.flags.owndata and not mask.flags.writeable


def _equal_masks(a: tuple[Mask, ...], b: tuple[Mask, ...]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _not_none(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: column for name, column in columns.items() if column is not None}


def _two_ints(shape: Sequence[int]) -> tuple[int, int]:
    return int(shape[0]), int(shape[1])


def _ones_per_crop(regions: Regions) -> NDArray[np.float64]:
    return np.ones(len(regions.crops))


def _zeros_per_crop(regions: Regions) -> NDArray[np.int64]:
    return np.zeros(len(regions.crops), np.int64)


def _small_labels(
    labels_yx: NDArray[Any],
) -> tuple[NDArray[Any] | None, NDArray[np.int32]]:
    """Return labels that are small enough to be counted up to, and what each stands for.

    None: for itself. Sorting all pixels, which is slow, is left out where it can be.
    """
    lowest, highest = labels_yx.min(initial=0), labels_yx.max(initial=0)
    if lowest == 0 and highest <= max(labels_yx.size, 1 << 16):
        return None, labels_yx.astype(np.int32)
    values, dense = np.unique(labels_yx, return_inverse=True)
    if values[0] != 0:
        values, dense = np.concatenate([[0], values]), dense + 1
    return values, dense.reshape(labels_yx.shape).astype(np.int32)


@attrs.frozen
class Regions:
    """K regions of ONE frame. They may overlap: alternatives, or neighbours not yet resolved.

    Parameters
    ----------
    shape_yx : tuple of int
        Height and width of the frame in pixels.
    crops : sequence of bool arrays
        K masks, each of the shape of its box.
    box_yx : array of int, shape (K, 2)
        First row and column of each crop; every crop lies inside the frame.
    score : array of float, shape (K,), optional
        Estimated probability that the region is a good mask of one object, 0 to 1. Default 1.
    object_id : array of int, shape (K,), optional
        The object that a prompt asked for; 0 for a region that nobody asked for. Default 0.

    Raises
    ------
    InvalidInputError
        Lengths differ, a crop leaves the frame or is empty, a score is outside 0 to 1.

    Notes
    -----
    A back end that has several proposals for one prompt gives several regions with the same
    `object_id`, best first.
    """

    shape_yx: tuple[int, int] = attrs.field(converter=_two_ints)
    crops: tuple[Mask, ...] = attrs.field(
        converter=_frozen_masks, factory=tuple, eq=attrs.cmp_using(eq=_equal_masks), repr=False
    )
    box_yx: NDArray[np.int64] = array_field(np.int64, None, 2, factory=list)
    score: NDArray[np.float64] = array_field(np.float64, None, otherwise=_ones_per_crop)
    object_id: NDArray[np.int64] = array_field(np.int64, None, otherwise=_zeros_per_crop)

    def __attrs_post_init__(self) -> None:
        same_length(
            crops=np.empty(len(self.crops)),
            box_yx=self.box_yx,
            score=self.score,
            object_id=self.object_id,
        )
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise InvalidInputError(f"scores must lie between 0 and 1, got {self.score.tolist()}.")
        for crop, (y, x) in zip(self.crops, self.box_yx.tolist(), strict=True):
            (height, width), (rows, columns) = crop.shape, self.shape_yx
            if (
                min(y, x) < 0
                or y + height > rows
                or x + width > columns
                or not np.count_nonzero(crop)
            ):
                raise InvalidInputError(
                    f"a region needs at least one pixel inside the frame {self.shape_yx}; got a "
                    f"crop of shape {crop.shape} at row {y}, column {x}, {int(crop.sum())} pixels."
                )

    @classmethod
    def from_labels(
        cls, labels_yx: NDArray[Any], score: ArrayLike | None = None, *, keep_ids: bool = False
    ) -> Regions:
        """Return a region for each label of a label image, in ascending order.

        Parameters
        ----------
        labels_yx : ndarray of int, shape (Y, X)
            0 is background.
        score : array_like, optional
            One a region, in ascending order of the labels.
        keep_ids : bool
            True: `object_id` is the label; False: 0.

        Returns
        -------
        Regions
        """
        from scipy import ndimage

        labels_yx = np.asarray(labels_yx)
        values, dense = _small_labels(labels_yx)
        boxes: list[Any] = ndimage.find_objects(dense)  # None for labels that are not there
        found = [(i, box) for i, box in enumerate(boxes, start=1) if box is not None]
        crops = [dense[box] == i for i, box in found]
        starts = np.array([(box[0].start, box[1].start) for _, box in found]).reshape(-1, 2)
        ids = [i if values is None else values[i] for i, _ in found]
        given = {"score": score, "object_id": np.array(ids, np.int64) if keep_ids else None}
        return cls(labels_yx.shape, crops, starts, **_not_none(given))

    @classmethod
    def from_masks(
        cls,
        masks_kyx: Sequence[ArrayLike] | NDArray[Any],
        shape_yx: tuple[int, int],
        score: ArrayLike | None = None,
        object_id: ArrayLike | None = None,
    ) -> Regions:
        """Return regions of whole-frame masks; masks without a pixel are left out.

        Parameters
        ----------
        masks_kyx : sequence of bool arrays, each of shape (Y, X)
            K masks.
        shape_yx : tuple of int
            Shape of the frame (needed when K is 0).
        score, object_id : array_like of length K, optional
            As for `Regions`.

        Returns
        -------
        Regions
        """
        crops, starts, kept = [], [], []
        for k, given in enumerate(masks_kyx):
            mask = np.asarray(given, bool)
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            if not len(rows):
                continue
            crops.append(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
            starts.append((rows[0], columns[0]))
            kept.append(k)
        given_columns = _not_none({"score": score, "object_id": object_id})
        picked = {name: np.asarray(values)[kept] for name, values in given_columns.items()}
        return cls(shape_yx, crops, np.array(starts).reshape(-1, 2), **picked)

    def __len__(self) -> int:
        return len(self.crops)

    @property
    def area_px(self) -> NDArray[np.int64]:
        """Pixels of each region, shape (K,)."""
        return np.array([np.count_nonzero(crop) for crop in self.crops], dtype=np.int64)

    @property
    def box_yxyx(self) -> NDArray[np.int64]:
        """Bounding boxes, shape (K, 4): first row and column, end row and column."""
        sizes = np.array([crop.shape for crop in self.crops], np.int64).reshape(-1, 2)
        return np.concatenate([self.box_yx, self.box_yx + sizes], axis=1)

    @property
    def centroid_yx(self) -> NDArray[np.float64]:
        """Mean position of each region's pixels, shape (K, 2)."""
        return self.strips.moments(len(self)).yx

    @cached_property
    def strips(self) -> Strips:
        """The masks' pixels as strips of neighbours in a row."""
        return Strips.of_crops(self.crops, self.box_yx)

    def mask(self, index: int) -> Mask:
        """Return one region as a mask of the whole frame, shape (Y, X)."""
        mask = np.zeros(self.shape_yx, dtype=bool)
        mask[self.slices(index)] = self.crops[index]
        return mask

    def slices(self, index: int) -> tuple[slice, slice]:
        """Return where one region's crop lies in the frame."""
        (y, x), (height, width) = self.box_yx[index].tolist(), self.crops[index].shape
        return slice(y, y + height), slice(x, x + width)

    def contains(self, index: int, yx: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie in one region.

        Parameters
        ----------
        index : int
            Which region.
        yx : array_like, shape (N, 2)
            Positions in pixels; the nearest pixel counts. NaN is outside.

        Returns
        -------
        ndarray of bool, shape (N,)
        """
        crop = self.crops[index]
        finite = np.nan_to_num(np.asarray(yx, np.float64).reshape(-1, 2), nan=-1e9)
        local = np.rint(finite).astype(np.int64) - self.box_yx[index]
        inside = ((local >= 0) & (local < crop.shape)).all(axis=1)
        result = np.zeros(len(local), dtype=bool)
        result[inside] = crop[local[inside, 0], local[inside, 1]]
        return result

    def intersection_px(self, index: int, other: Regions, other_index: int) -> int:
        """Return how many pixels one region shares with another of the same frame.

        Parameters
        ----------
        index : int
            Which of these regions.
        other : Regions
            Of the same frame; may be these.
        other_index : int
            Which of `other`.

        Returns
        -------
        int
        """
        first, second = self.slices(index), other.slices(other_index)
        y0, y1 = max(first[0].start, second[0].start), min(first[0].stop, second[0].stop)
        x0, x1 = max(first[1].start, second[1].start), min(first[1].stop, second[1].stop)
        if y0 >= y1 or x0 >= x1:
            return 0
        (top, left), (other_top, other_left) = ((w[0].start, w[1].start) for w in (first, second))
        a = self.crops[index][y0 - top : y1 - top, x0 - left : x1 - left]
        b = other.crops[other_index][
            y0 - other_top : y1 - other_top, x0 - other_left : x1 - other_left
        ]
        return int(np.count_nonzero(a & b))

    def select(self, indices: ArrayLike) -> Regions:
        """Return some of the regions.

        Parameters
        ----------
        indices : array_like of int or bool
            Positions, or one flag a region.

        Returns
        -------
        Regions
        """
        chosen = np.asarray(indices)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
        crops = tuple(self.crops[i] for i in chosen)
        return Regions(
            self.shape_yx, crops, self.box_yx[chosen], self.score[chosen], self.object_id[chosen]
        )

    def joined(self, other: Regions) -> Regions:
        """Return these regions followed by `other`'s, of the same frame."""
        return Regions(
            self.shape_yx,
            self.crops + other.crops,
            np.concatenate([self.box_yx, other.box_yx]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.object_id, other.object_id]),
        )

    def with_ids(self, object_id: ArrayLike) -> Regions:
        """Return the same regions under other object ids, shape (K,)."""
        return attrs.evolve(self, object_id=np.asarray(object_id))

    def to_labels(self, ids: ArrayLike | None = None) -> NDArray[np.int64]:
        """Return a label image; where regions overlap, the earlier one wins.

        Parameters
        ----------
        ids : array_like of int, shape (K,), optional
            Pixel value of each region. Default: its position + 1.

        Returns
        -------
        ndarray of int64, shape (Y, X)
        """
        values = np.arange(1, len(self) + 1) if ids is None else np.asarray(ids)
        labels_yx = np.zeros(self.shape_yx, np.int64)
        for k in reversed(range(len(self))):
            labels_yx[self.slices(k)][self.crops[k]] = values[k]
        return labels_yx
