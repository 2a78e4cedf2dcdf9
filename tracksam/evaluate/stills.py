"""Stills: how well segmenters draw the objects of single images.

Every found object is matched with at most one true one, so that the sum of overlaps is largest. At
a threshold, a pair of a higher overlap is a hit; precision is hits over found objects, recall over
true ones, and AP is hits over all of both (as the Data Science Bowl 2018 and Cellpose have it).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import registry
from tracksam.errors import BackendError
from tracksam.io.stills import LabelledStill
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.steps.finding.likeliest import without_alternatives
from tracksam.steps.seed import best_of_each

THRESHOLDS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
NOTHING, POINT, BOX = "nothing", "point", "box"
TOLD = (NOTHING, POINT, BOX)
"""What a segmenter is told of each true object."""


@attrs.frozen(eq=False)
class StillScore:
    """What one segmenter made of one image.

    Parameters
    ----------
    image, segmenter : str
        Names.
    n_truth, n_found : int
        Objects.
    iou : ndarray of float, shape (n_truth,)
        Overlap of each true object with the found one that is matched with it; 0 without one.
    seconds : float
        It took.
    found : Regions
        What was drawn.
    """

    image: str
    segmenter: str
    n_truth: int
    n_found: int
    iou: NDArray[np.float64]
    seconds: float
    found: Regions

    def row(self) -> dict[str, object]:
        """Return the image's row of the table."""
        return {"image": self.image, **summary([self])}


def summary(scores: list[StillScore]) -> dict[str, object]:
    """Return the figures of one segmenter over some images, all objects together.

    Parameters
    ----------
    scores : list of StillScore
        Of one segmenter; one at least.

    Returns
    -------
    dict
        ``iou`` and ``dice`` are means over true objects; ``precision_50``, ``recall_50``, ``ap_50``
        and so on at each threshold; ``ap`` is the mean over all thresholds; ``image_ap_50`` and
        ``image_ap`` are means over images, in which an image of few objects counts as much as one
        of many. NaN where there is nothing to divide by.
    """
    iou = np.concatenate([score.iou for score in scores])
    n_truth, n_found = len(iou), sum(score.n_found for score in scores)
    values: dict[str, object] = {
        "segmenter": scores[0].segmenter,
        "n_images": len(scores),
        "n_truth": n_truth,
        "n_found": n_found,
        "iou": _ratio(float(iou.sum()), n_truth),
        "dice": _ratio(float((2 * iou / (1 + iou)).sum()), n_truth),
    }
    precisions = []
    for threshold in THRESHOLDS:
        hits = int(np.count_nonzero(iou > threshold))
        name = round(100 * threshold)
        values[f"precision_{name}"] = _ratio(hits, n_found)
        values[f"recall_{name}"] = _ratio(hits, n_truth)
        values[f"ap_{name}"] = _ratio(hits, n_truth + n_found - hits)
        precisions.append(_ratio(hits, n_truth + n_found - hits))
    values["ap"] = _mean(precisions)
    values["image_ap_50"] = _mean([_precision(one, THRESHOLDS[0]) for one in scores])
    values["seconds"] = sum(score.seconds for score in scores)
    return values


def _precision(score: StillScore, threshold: float) -> float:
    hits = int(np.count_nonzero(score.iou > threshold))
    return _ratio(hits, score.n_truth + score.n_found - hits)


def _mean(values: list[float]) -> float:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else float("nan")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def evaluate_stills(
    stills: Iterable[LabelledStill], segmenters: Iterable[str], told: str = NOTHING
) -> Iterator[tuple[LabelledStill, StillScore]]:
    """Yield how well segmenters draw the objects of images, image by image.

    Parameters
    ----------
    stills : iterable of LabelledStill
        Images with their truth.
    segmenters : iterable of str
        Names of back ends.
    told : {"nothing", "point", "box"}
        What each is told of every true object. With "nothing" all objects are to be detected.

    Yields
    ------
    LabelledStill, StillScore
        For each image one score a segmenter.

    Raises
    ------
    BackendError
        A back end is unknown, not installed, or can not detect.
    """
    group = "tracksam.detectors" if told == NOTHING else "tracksam.segmenters"
    made = {}
    for name in segmenters:
        blind = name in registry.names("tracksam.segmenters") and name not in registry.names(group)
        if blind:
            raise BackendError(
                f"{name!r} does not find objects by itself; give --told box or --told point to "
                "tell it where the true ones are."
            )
        made[name] = registry.create(group, name)
    for still in stills:
        for name, model in made.items():
            start = time.perf_counter()
            found = _drawn(model, still, told)
            seconds = time.perf_counter() - start
            iou = matched_iou(still.truth, found)
            n = len(still.truth)
            yield still, StillScore(still.name, name, n, len(found), iou, seconds, found)


def _drawn(model: object, still: LabelledStill, told: str) -> Regions:
    prepared = model.prepare(still.image_yxc)  # type: ignore[attr-defined]
    if told == NOTHING:
        return without_alternatives(model.detect(prepared))  # type: ignore[attr-defined]
    ids = np.arange(1, len(still.truth) + 1)
    frame = np.zeros(len(ids), np.int64)
    prompts, boxes = Prompts(), Boxes()
    if told == BOX:
        boxes = Boxes(ids, frame, still.truth.box_yxyx.astype(np.float64))
    else:
        prompts = Prompts(
            ids,
            frame,
            np.array(list(map(_inside, still.truth.crops, still.truth.box_yx))).reshape(-1, 2),
        )
    return best_of_each(model.segment(prepared, prompts, boxes))  # type: ignore[attr-defined]


def _inside(crop: NDArray[np.bool_], start_yx: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the pixel of a mask that lies deepest inside."""
    import cv2

    depth: NDArray[np.float32] = np.asarray(
        cv2.distanceTransform(np.pad(crop, 1).astype(np.uint8), cv2.DIST_L2, 5)
    )
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array([y - 1, x - 1], np.float64) + start_yx


def matched_iou(truth: Regions, found: Regions) -> NDArray[np.float64]:
    """Return each true object's overlap with the found one that is matched with it.

    Parameters
    ----------
    truth, found : Regions
        Of one image; both may overlap among themselves.

    Returns
    -------
    ndarray of float64, shape (N,)
        Intersection over union; 0 for an object without a partner. Every found object is the
        partner of one at most.
    """
    from scipy.optimize import linear_sum_assignment

    overlap = np.zeros((len(truth), len(found)))
    box, other = truth.box_yxyx, found.box_yxyx
    area, other_area = truth.area_px, found.area_px
    for i in range(len(truth)):
        meets = (other[:, :2] < box[i, 2:]) & (other[:, 2:] > box[i, :2])
        for j in np.flatnonzero(meets.all(axis=1)).tolist():
            shared = truth.intersection_px(i, found, j)
            overlap[i, j] = shared / (area[i] + other_area[j] - shared)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    iou = np.zeros(len(truth))
    iou[rows] = overlap[rows, columns]
    return iou
