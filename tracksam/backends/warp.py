"""Warp: masks carried along by dense optical flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.chain import HALF_SURE_PX
from tracksam.backends.eight_bit import luminance
from tracksam.backends.known import Known
from tracksam.regions import Regions
from tracksam.registry import BackendCard

LEAST_SIDE_PX = 16
"""OpenCV's dense flow needs so many pixels a side; smaller frames are taken as standing still."""
RIM_PX = 4
"""Width of the rim that is compared besides an object's own pixels: it shows the outline."""


class Warp:
    """Mask propagator without weights: dense inverse search flow (Kroeger et al., 2016).

    The way of every pixel back to the frame in which its object was given is kept, so that a mask
    is drawn once from what was given and not from drawing to drawing. The score falls with every
    step, by how far the way there and back misses the start, and is low where an object no longer
    looks as it did when it was given (correlation of its pixels and a rim around them).
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Masks moved along by dense optical flow; any movie, no weights.",
        licence="BSD-3-Clause",
        modules=("cv2",),
    )
    max_frames = 64

    def propagate(
        self,
        clip_tyxc: NDArray[Any],
        first: Regions,
        later: Mapping[int, Regions] | None = None,
    ) -> Iterator[Regions]:
        """Yield the regions of every frame of a clip."""
        known = Known(first, later)
        carried: list[_Carried] = []
        before = np.zeros(0, np.uint8)
        for t, image_yxc in enumerate(clip_tyxc):
            image = luminance(image_yxc)
            carried = _with(carried, known.of_the_last(t), before)
            if carried:
                step = _Step.between(before, image)
                carried = [one.moved(step) for one in carried]
            before = image
            carried = _with(carried, known.of(t), image)
            yield _together(carried, image)


@attrs.frozen(eq=False)
class _Step:
    """From one frame to the next: where each pixel came from, and how sure that is."""

    origin_yx2: NDArray[np.float32]
    sure_yx: NDArray[np.float32]

    @classmethod
    def between(cls, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> _Step:
        grid = _grid(now.shape)
        if min(now.shape) < LEAST_SIDE_PX:
            return cls(grid, np.ones(now.shape, np.float32))
        back, forth = _flow(now, before), _flow(before, now)
        origin = grid + back
        error_px = np.linalg.norm(back + _at(forth, origin), axis=-1)
        inside = ((origin >= -0.5) & (origin <= np.array(now.shape) - 0.5)).all(axis=-1)
        return cls(origin, (inside / (1 + (error_px / HALF_SURE_PX) ** 2)).astype(np.float32))


@attrs.frozen(eq=False)
class _Carried:
    """Regions that do not overlap and were given in one frame, and where their pixels are now."""

    given: Regions
    labels_yx: NDArray[np.int64]
    looks_yx: NDArray[np.float32]
    origin_yx2: NDArray[np.float32]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, given: Regions, image_yx: NDArray[np.uint8]) -> list[_Carried]:
        """As many as are needed for overlapping regions to lie apart."""
        layers: list[tuple[list[int], NDArray[np.int64]]] = []
        for k, crop in enumerate(given.crops):
            window = given.slices(k)
            free = next((la for la in layers if not la[1][window][crop].any()), None)
            if free is None:
                free = ([], np.zeros(given.shape_yx, np.int64))
                layers.append(free)
            free[0].append(k)
            free[1][window][crop] = len(free[0])
        grid, looks_yx = _grid(given.shape_yx), image_yx.astype(np.float32)
        return [
            cls(given.select(picked), labels_yx, looks_yx, grid, given.score[picked])
            for picked, labels_yx in layers
        ]

    def moved(self, step: _Step) -> _Carried:
        """Return the same regions one frame on."""
        origin = _at(self.origin_yx2, step.origin_yx2)
        now = _labels(self.labels_yx, origin)
        n_px = np.bincount(now.ravel(), minlength=len(self.given) + 1)[1:]
        sure = np.bincount(now.ravel(), step.sure_yx.ravel(), len(self.given) + 1)[1:]
        return attrs.evolve(
            self, origin_yx2=origin, score=np.clip(self.score * sure / np.maximum(n_px, 1), 0, 1)
        )

    def without(self, others: Regions) -> _Carried:
        """Return the regions but those of which others are given anew."""
        replaced = np.flatnonzero(np.isin(self.given.object_id, others.object_id)) + 1
        return attrs.evolve(
            self, labels_yx=np.where(np.isin(self.labels_yx, replaced), 0, self.labels_yx)
        )

    def regions(self, image_yx: NDArray[np.uint8]) -> Regions:
        """Return the regions as they lie now; those of which no pixel is left are absent."""
        now_yx = _labels(self.labels_yx, self.origin_yx2)
        found = Regions.from_labels(now_yx, keep_ids=True)
        index = found.object_id - 1
        score = self.score[index]
        if (self.origin_yx2 != _grid(image_yx.shape)).any():
            looked_yx = _at(self.looks_yx, self.origin_yx2)
            score = score * _likeness(now_yx, looked_yx, image_yx, len(self.given))[index]
        return attrs.evolve(found, score=score, object_id=self.given.object_id[index])


def _with(carried: list[_Carried], given: Regions, image_yx: NDArray[np.uint8]) -> list[_Carried]:
    """Return what is carried, with regions that are given in this frame in its place."""
    if not len(given):
        return carried
    return [one.without(given) for one in carried] + _Carried.of(given, image_yx)


def _together(carried: list[_Carried], image_yx: NDArray[np.uint8]) -> Regions:
    together = Regions(image_yx.shape)
    for one in carried:
        together = together.joined(one.regions(image_yx))
    return together


def _likeness(
    labels_yx: NDArray[np.int64],
    one_yx: NDArray[np.float32],
    other_yx: NDArray[np.uint8],
    n_labels: int,
) -> NDArray[np.float64]:
    """Return the correlation of two images in each label and around it; 0 where it is negative."""
    from skimage.segmentation import expand_labels

    wide = expand_labels(labels_yx, RIM_PX).ravel()
    n_px = np.maximum(np.bincount(wide, minlength=n_labels + 1), 1)
    deviations = []
    for image_yx in (one_yx, other_yx):
        values = image_yx.ravel().astype(np.float64)
        deviations.append(values - (np.bincount(wide, values, n_labels + 1) / n_px)[wide])
    one, other = deviations
    shared = np.bincount(wide, one * other, n_labels + 1)
    spread = np.bincount(wide, one**2, n_labels + 1) * np.bincount(wide, other**2, n_labels + 1)
    correlation = shared / np.sqrt(np.maximum(spread, 1e-9))
    return np.asarray(np.clip(correlation[1:], 0, 1))


def _grid(shape_yx: tuple[int, ...]) -> NDArray[np.float32]:
    """Return every pixel's own place, shape (Y, X, 2)."""
    return np.ascontiguousarray(np.moveaxis(np.indices(shape_yx, np.float32), 0, -1))


def _labels(labels_yx: NDArray[np.int64], origin_yx2: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return labels at the nearest pixels of some places; 0 outside the frame."""
    pixel = np.rint(origin_yx2).astype(np.int64)
    inside = ((pixel >= 0) & (pixel < labels_yx.shape)).all(axis=-1)
    y, x = np.moveaxis(np.clip(pixel, 0, np.array(labels_yx.shape) - 1), -1, 0)
    labels: NDArray[np.int64] = np.where(inside, labels_yx[y, x], 0)
    return labels


def _flow(here: NDArray[np.uint8], there: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how far each pixel of `here` is moved in `there`, rows first: shape (Y, X, 2)."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow_xy = search.calc(here, there, np.zeros((*here.shape, 2), np.float32))
    return np.ascontiguousarray(np.asarray(flow_xy, np.float32)[..., ::-1])


def _at(values_yx2: NDArray[np.float32], origin_yx2: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a field at places between pixels; outside the frame, as at its border."""
    import cv2

    y, x = (np.ascontiguousarray(origin_yx2[..., axis]) for axis in (0, 1))
    sampled = cv2.remap(values_yx2, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)
