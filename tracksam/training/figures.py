"""How good label images and prompted masks are: the figures of the model card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Segmenter

Labels = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Overlaps:
    """How the cells of two label images overlap.

    Parameters
    ----------
    iou : ndarray of float, shape (N, M)
        Intersection over union of each true cell with each found one.
    covered : ndarray of float, shape (N, M)
        Share of the true cell that the found one covers.
    """

    iou: NDArray[np.float64]
    covered: NDArray[np.float64]


def overlaps(truth_yx: Labels, found_yx: Labels) -> Overlaps:
    """Return the overlaps of the cells of two label images.

    Parameters
    ----------
    truth_yx, found_yx : ndarray of int, shape (Y, X)
        0 is background; the cells come in ascending order.
    """
    truth, truth_flat = np.unique(truth_yx, return_inverse=True)
    found, found_flat = np.unique(found_yx, return_inverse=True)
    code = truth_flat.ravel() * len(found) + found_flat.ravel()
    shared = np.bincount(code, minlength=len(truth) * len(found)).reshape(len(truth), len(found))
    area, other = shared.sum(axis=1)[:, None], shared.sum(axis=0)[None]
    pick = np.ix_(truth != 0, found != 0)
    return Overlaps((shared / (area + other - shared))[pick], (shared / area)[pick])


def seg(truth_yx: Labels, found_yx: Labels) -> NDArray[np.float64]:
    """Return the SEG value of every true cell of a frame; their mean over a movie is SEG.

    Parameters
    ----------
    truth_yx, found_yx : ndarray of int, shape (Y, X)
        0 is background.

    Returns
    -------
    ndarray of float, shape (N,)
        Intersection over union with the found cell that covers more than half of it; 0 if none
        does (Maska et al. 2014, Bioinformatics 30:1609).
    """
    pairs = overlaps(truth_yx, found_yx)
    if pairs.iou.shape[1] == 0:
        return np.zeros(pairs.iou.shape[0])
    return np.asarray(np.where(pairs.covered > 0.5, pairs.iou, 0.0).max(axis=1))


def average_precision(truth_yx: Labels, found_yx: Labels, threshold: float = 0.5) -> float:
    """Return hits over hits, misses and false alarms; a hit overlaps by more than `threshold`.

    Parameters
    ----------
    truth_yx, found_yx : ndarray of int, shape (Y, X)
        0 is background.
    threshold : float
        At least 0.5, so that no cell is hit twice.

    Returns
    -------
    float
        NaN where neither image has a cell.
    """
    iou = overlaps(truth_yx, found_yx).iou
    hits = int(np.count_nonzero(iou > threshold))
    total = iou.shape[0] + iou.shape[1] - hits
    return hits / total if total else float("nan")


@attrs.frozen
class ClickTest:
    """How well a segmenter answers to clicks on one cell.

    Parameters
    ----------
    first : float
        Intersection over union after one click at a random pixel of the cell.
    corrected : float
        After three more clicks, each in the middle of the largest error.
    seconds : tuple of float
        Time of each of the four answers.
    """

    first: float
    corrected: float
    seconds: tuple[float, ...]


def click_test(
    segmenter: Segmenter,
    prepared: Any,
    truth: Mask,
    rng: np.random.Generator,
    clock: Callable[[], float],
) -> ClickTest:
    """Return how a segmenter answers to a random click and three corrective ones.

    Parameters
    ----------
    segmenter : Segmenter
        Its best proposal counts.
    prepared : Any
        What it prepared of the frame.
    truth : ndarray of bool, shape (Y, X)
        One cell.
    rng : Generator
        Draws the first click, 1 px or more inside the cell where there is such a place.
    clock : callable
        Seconds.
    """
    points, positive = [random_inside(truth, rng)], [True]
    ious, seconds = [], []
    for _ in range(4):
        start = clock()
        ids = np.ones(len(points), np.int64)
        prompts = Prompts(ids, ids - 1, np.array(points, np.float64), np.array(positive))
        regions = segmenter.segment(prepared, prompts, Boxes())
        seconds.append(clock() - start)
        mask = regions.mask(0) if len(regions) else np.zeros_like(truth)
        ious.append(np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth))
        point, is_inside = largest_error(truth, mask)
        points.append(point)
        positive.append(is_inside)
    return ClickTest(float(ious[0]), float(ious[3]), tuple(seconds))


def random_inside(truth: Mask, rng: np.random.Generator) -> tuple[int, int]:
    """Return a random pixel of a mask, 2 px or more inside it where there is such a place.

    Parameters
    ----------
    truth : ndarray of bool, shape (Y, X)
        At least one pixel.
    rng : Generator
        Draws it.
    """
    import cv2

    depth = cv2.distanceTransform(np.pad(truth, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows, columns = np.nonzero(depth >= min(2.0, float(depth.max())))
    pick = int(rng.integers(len(rows)))
    return int(rows[pick]), int(columns[pick])


def largest_error(truth: Mask, mask: Mask) -> tuple[tuple[int, int], bool]:
    """Return the innermost pixel of the largest error, and whether it belongs to the cell.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (Y, X)
        The cell, and what was found.
    """
    import cv2

    best: tuple[float, tuple[int, int], bool] = (0.0, (0, 0), True)
    for wrong, is_inside in ((truth & ~mask, True), (mask & ~truth, False)):
        depth = cv2.distanceTransform(np.pad(wrong, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        place = np.unravel_index(int(np.argmax(depth)), depth.shape)
        if float(depth[place]) > best[0]:
            best = (float(depth[place]), (int(place[0]), int(place[1])), is_inside)
    if best[0] == 0:  # no error left: the same click again, which changes nothing
        rows, columns = np.nonzero(truth)
        return (int(rows[len(rows) // 2]), int(columns[len(rows) // 2])), True
    return best[1], best[2]
