"""Segment: objects whose points were carried into a frame are drawn anew in it.

An object's own points are positive, its neighbours' are negative, and the box is that of the mask
moved along with the points. Of the segmenter's proposals the one is taken that scores well
and agrees with the moved mask.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Segmenter
from tracksam.regions import Regions
from tracksam.steps.follow import Landing

BOX_MARGIN = 0.15
"""How far the box reaches beyond the moved mask, as a share of its sides."""
MOST_NEGATIVES = 6
MIN_AGREEMENT = 0.25
"""Least overlap (intersection over union) of a drawn mask with the moved one."""
MIN_AGREEMENT_UNSEEN = 0.5
"""The same for an object of which too few points were seen."""


@attrs.frozen
class Expected:
    """Where the objects of an earlier frame are expected in this one.

    Parameters
    ----------
    moved : Regions
        Their masks, moved along with the points; `object_id` is the position in the earlier
        frame + 1. Objects that left the frame are absent.
    landing : Landing
        Where the points of all K earlier objects are.
    seen : array of float, shape (K,)
        Share of each object's points that are visible.
    """

    moved: Regions
    landing: Landing
    seen: NDArray[np.float64]

    def with_moved(self, moved: Regions, landing: Landing) -> Expected:
        """Return the same with other masks for some objects, and another landing of all.

        Parameters
        ----------
        moved : Regions
            They take the place of the masks under the same ids.
        landing : Landing
            Where the points of all K objects are.

        Returns
        -------
        Expected
        """
        others = self.moved.select(~np.isin(self.moved.object_id, moved.object_id))
        return Expected(others.joined(moved), landing, share_seen(landing))


def expect(regions: Regions, points_kp2: NDArray[np.float64], landing: Landing) -> Expected:
    """Return where objects are expected, given where their points have gone.

    Parameters
    ----------
    regions : Regions
        K objects in the earlier frame.
    points_kp2 : ndarray of float, shape (K, P, 2)
        Their points there.
    landing : Landing
        The points in this frame.

    Returns
    -------
    Expected
        An object whose points were all lost is expected where it was.
    """
    seen = share_seen(landing)
    shift = np.zeros((len(regions), 2))
    for k in np.flatnonzero(seen > 0):
        shift[k] = np.nanmedian(landing.yx_kp2[k] - points_kp2[k], axis=0)
    return Expected(moved_regions(regions, shift), landing, seen)


def share_seen(landing: Landing) -> NDArray[np.float64]:
    """Return the share of each object's points that are seen, shape (K,)."""
    if not landing.confidence_kp.size:
        return np.zeros(0)
    share: NDArray[np.float64] = (landing.confidence_kp > 0).mean(axis=1)
    return share


def moved_regions(regions: Regions, shift_k2: NDArray[np.float64]) -> Regions:
    """Return regions moved by whole pixels and cut at the frame's border.

    Parameters
    ----------
    regions : Regions
        K regions.
    shift_k2 : ndarray of float, shape (K, 2)
        Rows and columns to move by; rounded.

    Returns
    -------
    Regions
        `object_id` is the position among the K + 1. Those that left the frame are absent.
    """
    starts = regions.box_yx + np.rint(shift_k2).astype(np.int64)
    crops, kept_starts, kept = [], [], []
    for k, crop in enumerate(regions.crops):
        low = np.maximum(starts[k], 0)
        high = np.minimum(starts[k] + crop.shape, regions.shape_yx)
        if (low >= high).any():
            continue
        (y0, x0), (y1, x1) = low - starts[k], high - starts[k]
        if crop[y0:y1, x0:x1].any():
            crops.append(crop[y0:y1, x0:x1])
            kept_starts.append(low)
            kept.append(k)
    pick = np.array(kept, np.intp)
    return Regions(
        regions.shape_yx, crops, np.array(kept_starts), regions.score[pick], pick.astype(int) + 1
    )


def redraw(
    segmenter: Segmenter, prepared: Any, expected: Expected, wanted: NDArray[np.bool_], seen: float
) -> Regions:
    """Return the masks that the segmenter draws where objects are expected.

    Parameters
    ----------
    segmenter : Segmenter
        Turns points and boxes into masks.
    prepared : Any
        What its `prepare` returned for this frame.
    expected : Expected
        Where K objects are expected; those not wanted serve as neighbours.
    wanted : ndarray of bool, shape (K,)
        Which objects to draw.
    seen : float
        Least share of visible points for an object's points to be trusted.

    Returns
    -------
    Regions
        At most one an object; `object_id` is the position among the K + 1. An object for which
        nothing plausible is drawn is absent.
    """
    trusted = expected.seen >= seen
    asked = expected.moved.select(wanted[expected.moved.object_id - 1])
    if not len(asked):
        return asked
    prompts, boxes = _prompts(expected, asked, trusted)
    proposals = segmenter.segment(prepared, prompts, boxes, asked)
    return _plausible(proposals, asked, trusted)


def _prompts(
    expected: Expected, asked: Regions, trusted: NDArray[np.bool_]
) -> tuple[Prompts, Boxes]:
    points: list[Prompts] = []
    boxes = []
    all_boxes = expected.moved.box_yxyx
    middles = _middles(expected)
    for k, object_id in enumerate(asked.object_id.tolist()):
        own = _own_points(expected, asked, k, trusted[object_id - 1])
        box = _widened(asked.box_yxyx[k], asked.shape_yx)
        others = _touching(all_boxes, box) & (expected.moved.object_id != object_id)
        against = middles[others][~asked.contains(k, middles[others])]
        nearest = np.argsort(((against - own.mean(axis=0)) ** 2).sum(axis=1), kind="stable")
        against = against[nearest[:MOST_NEGATIVES]]
        yx = np.concatenate([own, against])
        positive = np.arange(len(yx)) < len(own)
        points.append(Prompts(np.full(len(yx), object_id), np.zeros(len(yx), int), yx, positive))
        boxes.append(box)
    joined = Prompts(
        np.concatenate([p.object_id for p in points]),
        np.concatenate([p.frame for p in points]),
        np.concatenate([p.yx for p in points]),
        np.concatenate([p.is_positive for p in points]),
    )
    return joined, Boxes(asked.object_id, np.zeros(len(asked), int), np.array(boxes))


def _middles(expected: Expected) -> NDArray[np.float64]:
    """The pixel nearest to the middle of each moved mask, shape (M, 2)."""
    return np.array([_middle(expected.moved, k) for k in range(len(expected.moved))]).reshape(-1, 2)


def _middle(regions: Regions, index: int) -> NDArray[np.float64]:
    pixels = np.argwhere(regions.crops[index])
    nearest = np.argmin(((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1))
    middle: NDArray[np.float64] = pixels[nearest].astype(float) + regions.box_yx[index]
    return middle


def _own_points(
    expected: Expected, asked: Regions, k: int, is_trusted: np.bool_
) -> NDArray[np.float64]:
    """Landed points inside the moved mask and in no neighbour's; or the mask's middle."""
    object_id = int(asked.object_id[k])
    landed = expected.landing.yx_kp2[object_id - 1]
    inside = asked.contains(k, landed)
    for other in np.flatnonzero(_touching(expected.moved.box_yxyx, asked.box_yxyx[k])):
        if expected.moved.object_id[other] != object_id:
            inside &= ~expected.moved.contains(int(other), landed)
    is_usable = bool(is_trusted and inside.any())
    own: NDArray[np.float64] = landed[inside] if is_usable else _middle(asked, k)[None]
    return own


def _widened(box_yxyx: NDArray[np.int64], shape_yx: tuple[int, int]) -> NDArray[np.float64]:
    sides = box_yxyx[2:] - box_yxyx[:2]
    margin = np.maximum(2, BOX_MARGIN * sides)
    low = np.maximum(box_yxyx[:2] - margin, 0)
    high = np.minimum(box_yxyx[2:] + margin, shape_yx)
    return np.concatenate([low, high])


def _touching(boxes_yxyx: NDArray[np.int64], box_yxyx: NDArray[Any]) -> NDArray[np.bool_]:
    low = np.maximum(boxes_yxyx[:, :2], box_yxyx[:2])
    high = np.minimum(boxes_yxyx[:, 2:], box_yxyx[2:])
    touching: NDArray[np.bool_] = (low < high).all(axis=1)
    return touching


def _plausible(proposals: Regions, asked: Regions, trusted: NDArray[np.bool_]) -> Regions:
    """The best proposal of each object: half its score, half its agreement with the moved mask."""
    chosen = []
    for k, object_id in enumerate(asked.object_id.tolist()):
        mine = np.flatnonzero(proposals.object_id == object_id)
        agreement = np.array([overlap(proposals, int(i), asked, k) for i in mine])
        needed = MIN_AGREEMENT if trusted[object_id - 1] else MIN_AGREEMENT_UNSEEN
        if len(mine) and agreement.max() >= needed:
            value = np.where(agreement >= needed, proposals.score[mine] + agreement, -1.0)
            chosen.append(mine[np.argmax(value)])
    return proposals.select(np.array(chosen, np.intp))


def overlap(a: Regions, i: int, b: Regions, j: int) -> float:
    """Return the intersection over union of two regions of one frame.

    Parameters
    ----------
    a : Regions
        Of the frame.
    i : int
        Which of `a`.
    b : Regions
        Of the same frame.
    j : int
        Which of `b`.

    Returns
    -------
    float
        0 to 1.
    """
    shared = a.intersection_px(i, b, j)
    if not shared:  # most pairs of a frame lie apart: their areas need not be counted
        return 0.0
    union = int(a.crops[i].sum()) + int(b.crops[j].sum()) - shared
    return shared / union
