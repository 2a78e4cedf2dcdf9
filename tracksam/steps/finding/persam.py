"""PerSAM (Zhang et al. 2023, arXiv:2305.03048): what is like one reference mask, without training.

The features of an image where the reference lies are compared with those everywhere else. The
likeliest place and the unlikeliest become a positive and a negative point; with a box of the
reference's size they prompt the segmenter, whose answer prompts it again, twice. Then that place is
taken out, and the next peak follows. Works on any segmenter that gives image features; what the
paper does inside SAM's decoder is done by the box.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Protocol, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Segmenter
from tracksam.reference import Reference
from tracksam.regions import Regions

_ROUNDS = 2  # cascaded refinements
_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
_SIZES = (0.4, 2.5)  # of the reference's area: outside of these an answer is something else
_OUTER = 0.3  # of the reference's size, by which a place is taken out at least
_MOST_PEAKS = 400

Floats = NDArray[np.float64]


class FeatureSegmenter(Segmenter, Protocol):
    """A segmenter that gives image features."""

    def image_embedding(self, prepared: Any) -> NDArray[Any]:
        """Return features on an even grid over the frame, shape (Gy, Gx, D)."""
        ...


@attrs.frozen(eq=False)
class Target:
    """What is known of the reference.

    Parameters
    ----------
    direction : ndarray of float, shape (D,)
        Mean of its features, each of length 1.
    centre : ndarray of float, shape (D,)
        Mean of all features of its image, taken off before comparing.
    own_prior : float
        Mean prior inside the reference itself.
    size_yx : tuple of float
        Height and width in pixels.
    area_px : int
        Pixels.
    weights : tuple of float, or None
        Of the three proposals, small to large; None: the segmenter's best is taken.
    """

    direction: Floats
    centre: Floats
    own_prior: float
    size_yx: tuple[float, float]
    area_px: int
    weights: tuple[float, float, float] | None = None

    @classmethod
    def of(
        cls, segmenter: FeatureSegmenter, reference: Reference, *, fits_scale: bool = False
    ) -> Self:
        """Return what is to be known of a reference.

        Parameters
        ----------
        segmenter : FeatureSegmenter
            Gives features and masks.
        reference : Reference
            Image and mask.
        fits_scale : bool
            True: two parameters, the shares of the smallest and of the middle one of three
            proposals, are fitted so that the reference itself is drawn best (PerSAM-F).

        Returns
        -------
        Target
        """
        prepared = segmenter.prepare(reference.image_yxc)
        features = np.asarray(segmenter.image_embedding(prepared), np.float64)
        centre = features.reshape(-1, features.shape[2]).mean(axis=0)
        share = _on_grid(reference.mask_yx, (features.shape[0], features.shape[1]))
        weight = np.where(share >= 0.5 * share.max(), share, 0)
        direction = (_unit(features - centre) * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
        target = cls(direction, centre, 1.0, _size(reference.mask_yx), int(reference.mask_yx.sum()))
        prior = target.prior(features, reference.mask_yx.shape)
        own = float(prior[reference.mask_yx].mean())
        target = attrs.evolve(target, own_prior=own)
        if not fits_scale:
            return target
        return attrs.evolve(target, weights=_fitted(segmenter, prepared, target, reference))

    def prior(self, features: Floats, shape_yx: tuple[int, ...]) -> Floats:
        """Return how like the reference each pixel is.

        Parameters
        ----------
        features : ndarray, shape (Gy, Gx, D)
            Of an image.
        shape_yx : tuple of int
            Of that image.

        Returns
        -------
        ndarray of float64, shape (Y, X)
            -1 to 1.
        """
        import cv2

        likeness = _unit(features - self.centre) @ self.direction
        size = (shape_yx[1], shape_yx[0])
        return np.asarray(cv2.resize(likeness, size, interpolation=cv2.INTER_LINEAR), np.float64)


def find_like(
    segmenter: FeatureSegmenter,
    image_yxc: NDArray[Any],
    target: Target,
    min_likeness: float = 0.6,
    max_count: int | None = None,
) -> Regions:
    """Return the objects of an image that are like a reference.

    Parameters
    ----------
    segmenter : FeatureSegmenter
        The one that made the target.
    image_yxc : ndarray, shape (Y, X, C)
        Where to look.
    target : Target
        Of the reference.
    min_likeness : float
        Least mean prior of an object, as a share of the reference's own.
    max_count : int, optional
        At most so many.

    Returns
    -------
    Regions
        In the order of the peaks; the score is the likeness, 0 to 1.
    """
    prepared = segmenter.prepare(image_yxc)
    shape_yx = (image_yxc.shape[0], image_yxc.shape[1])
    found = Regions(shape_yx)
    if (image_yxc == image_yxc[:1, :1]).all():
        return found
    features = np.asarray(segmenter.image_embedding(prepared), np.float64)
    prior_yx = target.prior(features, shape_yx)
    smooth_yx = _smoothed(prior_yx, target.size_yx)
    rest_yx = smooth_yx.copy()
    for _ in range(_MOST_PEAKS):
        y, x = np.unravel_index(int(rest_yx.argmax()), shape_yx)
        if rest_yx[y, x] < min_likeness * target.own_prior or len(found) == max_count:
            break
        drawn = _refined(segmenter, prepared, (float(y), float(x)), smooth_yx, target)
        likeness = _likeness(drawn, prior_yx, target)
        if len(drawn) and likeness >= min_likeness and not _is_known(found, drawn):
            found = found.joined(attrs.evolve(drawn, score=np.array([min(1.0, likeness)])))
            rest_yx[drawn.slices(0)][drawn.crops[0]] = -np.inf
        _take_out(rest_yx, (int(y), int(x)), target.size_yx)
    return found.with_ids(np.zeros(len(found)))


def _refined(
    segmenter: FeatureSegmenter,
    prepared: Any,
    yx: tuple[float, float],
    prior_yx: Floats,
    target: Target,
) -> Regions:
    """Return the object at a peak, drawn, and drawn again by what was drawn; may be empty."""
    low = np.unravel_index(int(prior_yx.argmin()), prior_yx.shape)
    far = np.array([[float(low[0]), float(low[1])]])
    points = np.concatenate([[yx], far])
    prompts = Prompts(_ones(2), 0 * _ones(2), points, np.array([True, False]))
    half = 0.6 * np.array(target.size_yx)
    box = np.concatenate([np.array(yx) - half, np.array(yx) + half + 1])
    drawn = Regions(prior_yx.shape)
    for _ in range(_ROUNDS + 1):
        bounds = np.array([*prior_yx.shape, *prior_yx.shape], np.float64)
        boxes = Boxes(_ones(1), 0 * _ones(1), np.clip(box, 0, bounds)[None])
        proposals = segmenter.segment(prepared, prompts, boxes, drawn if len(drawn) else None)
        if not len(proposals):
            break
        drawn = _chosen(proposals, target.weights).with_ids([1])
        margin = 0.1 * np.array(drawn.crops[0].shape) + 1
        corners = drawn.box_yxyx[0].astype(np.float64)
        box = np.concatenate([corners[:2] - margin, corners[2:] + margin])
    return drawn


def _chosen(proposals: Regions, weights: tuple[float, float, float] | None) -> Regions:
    """Return one region: the segmenter's best, or what weights make of the three."""
    if weights is None or len(proposals) < 3:
        return proposals.select([0])
    by_size = proposals.select(np.argsort(proposals.area_px[:3], kind="stable"))
    mixed = sum(w * by_size.mask(k) for k, w in enumerate(weights))
    mask_yx = np.asarray(mixed) > 0.5
    if not mask_yx.any():
        return proposals.select([0])
    return Regions.from_masks([mask_yx], proposals.shape_yx, proposals.score[:1])


def _fitted(
    segmenter: FeatureSegmenter, prepared: Any, target: Target, reference: Reference
) -> tuple[float, float, float] | None:
    """Return the shares of three proposals with which the reference is drawn best."""
    features = np.asarray(segmenter.image_embedding(prepared), np.float64)
    prior_yx = target.prior(features, reference.mask_yx.shape)
    inside = np.where(reference.mask_yx, prior_yx, -np.inf)
    y, x = np.unravel_index(int(inside.argmax()), prior_yx.shape)
    prompts = Prompts(_ones(1), 0 * _ones(1), np.array([[float(y), float(x)]]))
    proposals = segmenter.segment(prepared, prompts, Boxes())
    if len(proposals) < 3:
        return None
    choices = [(a, b, 1 - a - b) for a, b in product(_STEPS, _STEPS) if a + b <= 1]
    return max(choices, key=lambda w: _iou(_chosen(proposals, w).mask(0), reference.mask_yx))


def _iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / max(int((a | b).sum()), 1))


def _likeness(drawn: Regions, prior_yx: Floats, target: Target) -> float:
    """Return an object's mean prior over the reference's; 0 where its size is another."""
    if not len(drawn) or not _SIZES[0] <= drawn.area_px[0] / target.area_px <= _SIZES[1]:
        return 0.0
    mean = float(prior_yx[drawn.slices(0)][drawn.crops[0]].mean())
    return mean / max(target.own_prior, 1e-6)


def _is_known(found: Regions, drawn: Regions) -> bool:
    return any(
        2 * found.intersection_px(k, drawn, 0) > min(int(found.area_px[k]), int(drawn.area_px[0]))
        for k in range(len(found))
    )


def _take_out(rest_yx: Floats, yx: tuple[int, int], size_yx: tuple[float, float]) -> None:
    reach = [max(2, round(_OUTER * size)) for size in size_yx]
    rows, columns = (slice(max(0, at - r), at + r + 1) for at, r in zip(yx, reach, strict=True))
    rest_yx[rows, columns] = -np.inf


def _smoothed(prior_yx: Floats, size_yx: tuple[float, float]) -> Floats:
    """Return the prior averaged over half the reference's size, so that peaks lie in the middle."""
    import cv2

    sigma = max(1.0, 0.25 * min(size_yx))
    return np.asarray(cv2.GaussianBlur(prior_yx, (0, 0), sigma), np.float64)


def _on_grid(mask_yx: NDArray[np.bool_], grid_yx: tuple[int, int]) -> Floats:
    """Return which share of each place of a grid a mask covers."""
    import cv2

    size = (grid_yx[1], grid_yx[0])
    mask = mask_yx.astype(np.float64)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float64) + 1e-9


def _ones(n: int) -> NDArray[np.int64]:
    return np.ones(n, np.int64)


def _size(mask_yx: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.flatnonzero(mask_yx.any(axis=1)), np.flatnonzero(mask_yx.any(axis=0))
    return float(rows[-1] - rows[0] + 1), float(columns[-1] - columns[0] + 1)


def _unit(features: Floats) -> Floats:
    length = np.linalg.norm(features, axis=-1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-9))
