"""GrabCut: objects of natural video, parted from their surroundings by colour."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard

Mask = NDArray[np.bool_]
Trimap = NDArray[np.uint8]
Window = tuple[slice, slice]

LARGEST_SIDE_PX = 240
"""Larger crops are made smaller before they are cut."""
MARGIN = 0.3
"""How far the crop reaches beyond what is said of the object, as a share of its sides."""
LEAST_MARGIN_PX = 12
POINT_RADIUS_PX = 3
SHARE_WITHOUT_BOX, GUESS_WITHOUT_BOX = 0.6, 0.06
"""Side of the crop round points alone, and radius of what may be object there: shares of the
frame's longer side."""
ITERATIONS = 5
UNSURE_BAND = 0.12
"""Width of the band round an expected outline that is open to either side, in diameters."""
ELLIPSE, HEART = 1.2, 0.3
"""What of a box may be object, and what is: ellipses, as shares of the one that just fits."""
NEARER = 0.5
"""Pixels this much nearer to a negative point than to any positive one are background."""
OUTLINE_BLUR_PX = 1.5
"""Smoothing before the strength of the outline is measured."""
LEAST_PIECE = 0.1
"""Smaller pieces without a point, as a share of the largest, are dropped."""

BACKGROUND, OBJECT, MAYBE_BACKGROUND, MAYBE_OBJECT = 0, 1, 2, 3
"""OpenCV's values of a trimap."""


class GrabCut:
    """Segmenter for natural video that needs no weights (Rother et al., 2004).

    The colours inside and outside the box, or the expected mask, are modelled; a graph cut draws
    the outline. Points are binding. The points and expected masks of other objects count as
    background. Frames that are not of 8 bits are brought there by their own percentiles.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Colour models and graph cut; natural video, no weights.",
        licence="BSD-3-Clause",
        modules=("cv2", "scipy"),
    )

    def prepare(self, image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
        """Return the frame as 8-bit colours, shape (Y, X, 3)."""
        return eight_bit_colours(image_yxc)

    def segment(
        self,
        prepared: NDArray[np.uint8],
        prompts: Prompts,
        boxes: Boxes,
        previous: Regions | None = None,
    ) -> Regions:
        """Return at most one region an object id in `prompts` and `boxes`."""
        shape = (prepared.shape[0], prepared.shape[1])
        asks = [
            _Ask.of(object_id, prompts, boxes, previous, shape)
            for object_id in sorted({*prompts.object_id.tolist(), *boxes.object_id.tolist()})
        ]
        asks = [ask for ask in asks if ask.is_positive]
        masks, scores, ids = [], [], []
        for ask in asks:
            mask_yx, score = _cut(prepared, ask, [other for other in asks if other is not ask])
            masks.append(mask_yx)
            scores.append(score)
            ids.append(ask.object_id)
        return Regions.from_masks(masks, shape, scores, ids)


def eight_bit_colours(image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame as three channels of 8 bits.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Three channels stay as they are; of any other number, the mean is taken three times.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        8-bit values stay; others run from the frame's 0.5th percentile to its 99.5th.
    """
    image = image_yxc
    if image.shape[2] != 3:
        image = np.repeat(image.mean(axis=2, keepdims=True, dtype=np.float32), 3, axis=2)
    if image_yxc.dtype != np.uint8:
        low, high = np.percentile(image, [0.5, 99.5])
        image = (image.astype(np.float32) - low) / max(float(high - low), 1e-12) * 255
    return np.ascontiguousarray(np.rint(np.clip(image, 0, 255)).astype(np.uint8))


@attrs.frozen(eq=False)
class _Ask:
    """One object that is asked for, in whole pixels inside the frame."""

    object_id: int
    inside: NDArray[np.intp]
    outside: NDArray[np.intp]
    box: Window | None
    expected_yx: Mask | None

    @property
    def is_positive(self) -> bool:
        return len(self.inside) > 0 or self.box is not None

    @classmethod
    def of(
        cls,
        object_id: int,
        prompts: Prompts,
        boxes: Boxes,
        previous: Regions | None,
        shape: tuple[int, int],
    ) -> _Ask:
        pixels = np.clip(np.rint(prompts.yx), 0, np.array(shape) - 1).astype(np.intp)
        mine = prompts.object_id == object_id
        box = None
        for row in boxes.box_yxyx[boxes.object_id == object_id]:
            low = np.clip(np.ceil(row[:2]), 0, np.array(shape) - 1).astype(int)
            high = np.clip(np.ceil(row[2:]), low + 1, shape).astype(int)
            box = slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))
        expected_yx = None
        if previous is not None and (previous.object_id == object_id).any():
            expected_yx = previous.mask(int(np.argmax(previous.object_id == object_id)))
        positive = prompts.is_positive
        return cls(object_id, pixels[mine & positive], pixels[mine & ~positive], box, expected_yx)

    def window(self, shape: tuple[int, int]) -> Window:
        """The part of the frame that is looked at: the object and some of what is round it."""
        corners = [self.inside, self.inside + 1]
        if self.box is not None:
            corners.append(np.array([[s.start for s in self.box], [s.stop for s in self.box]]))
        if self.expected_yx is not None:
            corners.append(np.argwhere(self.expected_yx))
        corner = np.concatenate(corners)
        low, high = corner.min(axis=0), corner.max(axis=0)
        margin = np.maximum(MARGIN * (high - low), LEAST_MARGIN_PX)
        if self.box is None and self.expected_yx is None:
            margin = np.maximum(margin, SHARE_WITHOUT_BOX * max(shape) / 2)
        low = np.maximum(np.floor(low - margin), 0).astype(int)
        high = np.minimum(np.ceil(high + margin), shape).astype(int)
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _cut(image_yxc: NDArray[np.uint8], ask: _Ask, others: list[_Ask]) -> tuple[Mask, float]:
    """One object's mask in the whole frame, empty where nothing is found, and its score."""
    shape = (image_yxc.shape[0], image_yxc.shape[1])
    result_yx = np.zeros(shape, bool)
    window = ask.window(shape)
    crop_yxc = image_yxc[window]
    trimap_yx = _trimap(ask, others, window, shape)
    if not crop_yxc.any() or np.ptp(crop_yxc) == 0 or not (trimap_yx % 2 == 0).any():
        return result_yx, 0.0
    mask_yx = _grabcut(crop_yxc, trimap_yx)
    mask_yx = (mask_yx | (trimap_yx == OBJECT)) & (trimap_yx != BACKGROUND)
    is_told = ask.box is not None or ask.expected_yx is not None
    least = LEAST_PIECE if is_told else np.inf
    mask_yx = _main_pieces(mask_yx, ask.inside - [s.start for s in window], least)
    result_yx[window] = mask_yx
    return result_yx, _score(crop_yxc, mask_yx)


def _trimap(ask: _Ask, others: list[_Ask], window: Window, shape: tuple[int, int]) -> Trimap:
    """What is known of each pixel of a window before the colours are looked at."""
    trimap_yx = np.full(shape, MAYBE_BACKGROUND, np.uint8)
    if ask.expected_yx is not None:
        _draw_expected(trimap_yx, ask.expected_yx)
    elif ask.box is not None:
        _draw_box(trimap_yx, ask.box)
    else:
        reach = max(POINT_RADIUS_PX, round(GUESS_WITHOUT_BOX * max(shape)))
        _draw_points(trimap_yx, ask.inside, MAYBE_OBJECT, reach)
    for other in others:
        if other.expected_yx is not None:
            trimap_yx[other.expected_yx & (trimap_yx == MAYBE_BACKGROUND)] = BACKGROUND
    for pixels in (ask.outside, *(other.inside for other in others)):
        _draw_points(trimap_yx, pixels, MAYBE_BACKGROUND, POINT_RADIUS_PX)
        _draw_points(trimap_yx, pixels, BACKGROUND, 1)
    is_all_that_is_known = ask.box is None and ask.expected_yx is None
    _draw_points(trimap_yx, ask.inside, OBJECT, POINT_RADIUS_PX if is_all_that_is_known else 1)
    if ask.box is not None:
        bounded_yx = np.full(shape, BACKGROUND, np.uint8)
        bounded_yx[ask.box] = trimap_yx[ask.box]
        trimap_yx = bounded_yx
    if ask.expected_yx is None:
        trimap_yx[_nearer_to(ask.outside, ask.inside, shape)] = BACKGROUND
    trimap_yx[ask.outside[:, 0], ask.outside[:, 1]] = BACKGROUND
    return np.ascontiguousarray(trimap_yx[window])


def _draw_box(trimap_yx: Trimap, box: Window) -> None:
    """Fill the ellipse that fits into a box; its heart is taken to be the object's."""
    rows, columns = (np.arange(s.start, s.stop) for s in box)
    y, x = (2 * (a - a.mean()) / len(a) for a in (rows, columns))
    radius_yx = np.hypot(y[:, None], x[None, :])
    trimap_yx[box][radius_yx <= ELLIPSE] = MAYBE_OBJECT
    trimap_yx[box][radius_yx <= HEART] = OBJECT


def _draw_expected(trimap_yx: Trimap, expected_yx: Mask) -> None:
    from scipy import ndimage

    reach = max(2.0, UNSURE_BAND * 2 * np.sqrt(float(expected_yx.sum()) / np.pi))
    within_yx = ndimage.distance_transform_edt(expected_yx)
    beyond_yx = ndimage.distance_transform_edt(~expected_yx)
    trimap_yx[beyond_yx > reach] = BACKGROUND
    trimap_yx[expected_yx] = MAYBE_OBJECT
    trimap_yx[within_yx > reach] = OBJECT


def _draw_points(trimap_yx: Trimap, pixels: NDArray[np.intp], value: int, radius_px: int) -> None:
    import cv2

    for y, x in pixels.tolist():
        cv2.circle(trimap_yx, (x, y), radius_px, value, -1)


def _nearer_to(outside: NDArray[np.intp], inside: NDArray[np.intp], shape: tuple[int, int]) -> Mask:
    from scipy import ndimage

    if not len(outside) or not len(inside):
        return np.zeros(shape, bool)
    free_yx = np.ones((2, *shape), bool)
    free_yx[0, outside[:, 0], outside[:, 1]] = False
    free_yx[1, inside[:, 0], inside[:, 1]] = False
    to_outside, to_inside = (ndimage.distance_transform_edt(free) for free in free_yx)
    return np.asarray(to_outside < NEARER * to_inside)


def _grabcut(crop_yxc: NDArray[np.uint8], trimap_yx: Trimap) -> Mask:
    import cv2

    shape = trimap_yx.shape
    zoom = min(1.0, LARGEST_SIDE_PX / max(shape))
    size = (max(1, round(shape[1] * zoom)), max(1, round(shape[0] * zoom)))
    small_yxc = cv2.resize(crop_yxc, size, interpolation=cv2.INTER_AREA)
    small_yx = cv2.resize(trimap_yx, size, interpolation=cv2.INTER_NEAREST)
    if not (small_yx % 2 == 1).any() or not (small_yx % 2 == 0).any():
        return np.asarray(trimap_yx == OBJECT)
    cv2.setRNGSeed(0)
    cut_yx, _, _ = cv2.grabCut(
        small_yxc,
        small_yx,
        (0, 0, 1, 1),  # not looked at: the trimap says it all
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        ITERATIONS,
        cv2.GC_INIT_WITH_MASK,
    )
    share_yx = (np.asarray(cut_yx) % 2 == 1).astype(np.float32)
    large_yx = cv2.resize(share_yx, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large_yx > 0.5)


def _main_pieces(mask_yx: Mask, points: NDArray[np.intp], least: float) -> Mask:
    """The pieces that hold a point, and those of at least a share of the largest."""
    from scipy import ndimage

    pieces_yx, count = ndimage.label(mask_yx)
    if not count:
        return mask_yx
    sizes = np.bincount(pieces_yx.ravel())
    sizes[0] = 0
    kept = sizes >= least * sizes.max()
    kept[pieces_yx[points[:, 0], points[:, 1]]] = True
    kept[0] = False
    return np.asarray(kept[pieces_yx])


def _score(crop_yxc: NDArray[np.uint8], mask_yx: Mask) -> float:
    """How much stronger edges are on the outline than elsewhere: one half where they are equal."""
    import cv2

    if not mask_yx.any():
        return 0.0
    smooth_yxc = cv2.GaussianBlur(crop_yxc, (0, 0), OUTLINE_BLUR_PX).astype(np.float32)
    steps_yxc = np.hypot(cv2.Sobel(smooth_yxc, -1, 1, 0), cv2.Sobel(smooth_yxc, -1, 0, 1))
    step_yx = steps_yxc.max(axis=2)
    on_outline_yx = (
        cv2.morphologyEx(mask_yx.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        > 0
    )
    on_outline = float(step_yx[on_outline_yx].mean())
    elsewhere = float(step_yx[~on_outline_yx].mean()) if not on_outline_yx.all() else on_outline
    return on_outline / max(on_outline + elsewhere, 1e-9)
