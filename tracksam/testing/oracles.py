"""Oracles: back ends that are right, for scenes of which everything is known.

Use them to test a step without the errors of a real back end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.points import PointTracks
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.testing.scenes import DRIFT_YX

MIDDLE = 0.5
"""Objects are what is brighter than this share of the dtype's range."""


def labels_of(image_yxc: NDArray[Any]) -> NDArray[np.int32]:
    """Return a label image of the connected pieces brighter than half of the dtype's range.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Unsigned integers, or floats from 0 to 1.

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    from scipy import ndimage

    top = np.iinfo(image_yxc.dtype).max if image_yxc.dtype.kind == "u" else 1.0
    labels_yx, _ = ndimage.label(image_yxc.mean(axis=2) > MIDDLE * top)
    return np.asarray(labels_yx, np.int32)


class DiscOracle:
    """Segmenter and detector that is right wherever objects are bright and the rest is dark.

    A point means the piece it lies on; negative points keep the pixels that are nearer to them
    than to any positive one; a box bounds.
    """

    def prepare(self, image_yxc: NDArray[Any]) -> NDArray[np.int32]:
        """Return the label image of the frame."""
        return labels_of(image_yxc)

    def detect(self, prepared: NDArray[np.int32]) -> Regions:
        """Return every bright piece with score 1."""
        return Regions.from_labels(prepared)

    def segment(
        self,
        prepared: NDArray[np.int32],
        prompts: Prompts,
        boxes: Boxes,
        previous: Regions | None = None,
    ) -> Regions:
        """Return the pieces that points and boxes mean, with score 1."""
        ids = sorted({*prompts.object_id.tolist(), *boxes.object_id.tolist()})
        masks = [self._mask(prepared, prompts, boxes, object_id) for object_id in ids]
        return Regions.from_masks(masks, prepared.shape, np.ones(len(ids)), ids)

    def _mask(
        self, labels_yx: NDArray[np.int32], prompts: Prompts, boxes: Boxes, object_id: int
    ) -> NDArray[np.bool_]:
        mine = prompts.where(prompts.object_id == object_id)
        pixels = np.clip(np.rint(mine.yx), 0, np.array(labels_yx.shape) - 1).astype(int)
        inside, outside = pixels[mine.is_positive], pixels[~mine.is_positive]
        box_yx = np.ones(labels_yx.shape, bool)
        for y0, x0, y1, x1 in boxes.box_yxyx[boxes.object_id == object_id]:
            rows, columns = np.ogrid[: labels_yx.shape[0], : labels_yx.shape[1]]
            box_yx = (rows >= y0) & (rows < y1) & (columns >= x0) & (columns < x1)
        meant = labels_yx[inside[:, 0], inside[:, 1]]
        if not len(inside) and (boxes.object_id == object_id).any():
            meant = labels_yx[box_yx]
        elif not meant.all():
            return np.zeros(labels_yx.shape, bool)
        mask_yx = np.isin(labels_yx, meant[meant > 0]) & box_yx
        if len(outside) and len(inside):
            mask_yx &= _distance(labels_yx.shape, inside) < _distance(labels_yx.shape, outside)
        return np.asarray(mask_yx)


def _distance(shape: tuple[int, ...], pixels: NDArray[np.intp]) -> NDArray[np.float64]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    each = [np.hypot(rows - y, columns - x) for y, x in pixels.tolist()]
    return np.asarray(np.min(each, axis=0))


@attrs.frozen
class DriftOracle:
    """Point tracker that is right wherever everything drifts steadily.

    It is told how fast, and looks which way: the drift, or its reverse, or either transposed.

    Parameters
    ----------
    drift_yx : tuple of float
        Rows and columns a frame.
    """

    drift_yx: tuple[float, float] = DRIFT_YX
    max_frames: int = 1000

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return the queries moved by the drift; outside the frame they are not visible."""
        queries = np.asarray(queries_tyx, np.float64).reshape(-1, 3)
        elapsed_tn = np.arange(len(clip_tyxc))[:, None] - queries[None, :, 0]
        drift_yx = _likeliest_drift(clip_tyxc, np.array(self.drift_yx))
        yx_tn2 = queries[None, :, 1:] + elapsed_tn[:, :, None] * drift_yx
        limits = np.array(clip_tyxc.shape[1:3]) - 0.5
        visible_tn = ((yx_tn2 >= -0.5) & (yx_tn2 <= limits)).all(axis=2) | (elapsed_tn == 0)
        return PointTracks(yx_tn2, visible_tn, visible_tn.astype(np.float64))


def _likeliest_drift(clip_tyxc: NDArray[Any], drift_yx: NDArray[np.float64]) -> NDArray[np.float64]:
    ways = (drift_yx, -drift_yx, drift_yx[::-1], -drift_yx[::-1])
    first, last = clip_tyxc[0].astype(np.float64), clip_tyxc[-1].astype(np.float64)
    steps = [tuple(np.rint((len(clip_tyxc) - 1) * way).astype(int)) for way in ways]
    off = [float(np.abs(np.roll(first, step, (0, 1)) - last).mean()) for step in steps]
    return np.asarray(ways[int(np.argmin(off))])


@attrs.frozen
class StepOracle:
    """Mask propagator that is right wherever bright objects move less than their own size."""

    max_frames: int = 1000

    def propagate(
        self,
        clip_tyxc: NDArray[Any],
        first: Regions,
        later: Mapping[int, Regions] | None = None,
    ) -> Iterator[Regions]:
        """Yield, frame by frame, the bright pieces that overlap those of the frame before."""
        regions, known = first, {} if later is None else later
        for t, image_yxc in enumerate(clip_tyxc):
            if t:
                regions = _corrected(regions, known.get(t - 1))
                regions = _pieces_under(regions, labels_of(image_yxc))
            regions = _corrected(regions, known.get(t))
            yield regions


def _corrected(regions: Regions, given: Regions | None) -> Regions:
    if given is None:
        return regions
    return regions.select(~np.isin(regions.object_id, given.object_id)).joined(given)


def _pieces_under(regions: Regions, labels_yx: NDArray[np.int32]) -> Regions:
    masks, ids = [], []
    for k in range(len(regions)):
        under = labels_yx[regions.mask(k)]
        counts = np.bincount(under[under > 0])
        if len(counts):
            masks.append(labels_yx == counts.argmax())
            ids.append(int(regions.object_id[k]))
    return Regions.from_masks(masks, labels_yx.shape, np.ones(len(ids)), ids)


class BrightFinder:
    """Finder that finds every bright piece, whatever the query."""

    def find(self, image_yxc: NDArray[Any], query: Any) -> Regions:
        """Return every bright piece with score 1."""
        return Regions.from_labels(labels_of(image_yxc))


class MomentsEmbedder:
    """Embedder of area, extents and mean brightness: enough to tell discs apart."""

    embedding_id = "moments"

    def prepare(self, image_yxc: NDArray[Any]) -> NDArray[np.float64]:
        """Return the mean of the channels, shape (Y, X)."""
        return np.asarray(image_yxc.mean(axis=2))

    def embed(self, prepared: NDArray[np.float64], regions: Regions) -> NDArray[np.float64]:
        """Return area, height, width and brightness of each region, shape (K, 4)."""
        rows = [
            (crop.sum(), *crop.shape, prepared[regions.slices(k)][crop].mean())
            for k, crop in enumerate(regions.crops)
        ]
        return np.array(rows, np.float64).reshape(-1, 4)
