"""Matching: which cells of a result are which of the truth."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.masks import Masks


@attrs.frozen(eq=False)
class Tracked:
    """Label images with a table of tracks, as the challenge has them.

    Parameters
    ----------
    masks : Masks
        Pixel values are labels.
    table : array of int, shape (N, 4)
        Label, first frame, last frame, parent's label or 0.
    """

    masks: Masks
    table: NDArray[np.int64]


@attrs.frozen(eq=False)
class Matching:
    """Which labels of the truth match which of the result, frame by frame.

    A label of the result matches one of the truth if it covers more than half of it.

    Parameters
    ----------
    truth, result : list of lists of int
        The labels in each frame, ascending.
    matched_truth, matched_result : list of lists of int
        The pairs.
    iou : list of lists of float
        Of the pairs.
    """

    truth: list[list[int]]
    result: list[list[int]]
    matched_truth: list[list[int]]
    matched_result: list[list[int]]
    iou: list[list[float]]


def match_frames(truth: Masks, result: Masks) -> Matching:
    """Return the matching of two movies' labels.

    Parameters
    ----------
    truth, result : Masks
        As many frames of the same shape.

    Returns
    -------
    Matching
    """
    frames = [matched(a, b) for a, b in zip(truth, result, strict=True)]
    return Matching(*(list(column) for column in zip(*frames, strict=True)))


def matched(truth_yx: NDArray[Any], result_yx: NDArray[Any]) -> tuple[list[Any], ...]:
    """Return the matching of one frame.

    Parameters
    ----------
    truth_yx, result_yx : ndarray of int, shape (Y, X)
        Label images of the same shape.

    Returns
    -------
    tuple of lists
        A row of each of the columns of `Matching`.
    """
    truth, truth_place = _dense(truth_yx)
    result, result_place = _dense(result_yx)
    code = truth_place * (len(result) + 1) + result_place
    size = (len(truth) + 1, len(result) + 1)
    shared = np.bincount(code, minlength=size[0] * size[1]).reshape(size)
    area, other_area = shared.sum(axis=1), shared.sum(axis=0)
    t, r = np.nonzero(2 * shared[1:, 1:] > area[1:, None])
    both = shared[t + 1, r + 1]
    iou = both / (area[t + 1] + other_area[r + 1] - both)
    return truth.tolist(), result.tolist(), truth[t].tolist(), result[r].tolist(), iou.tolist()


def _dense(labels_yx: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the labels, ascending, and each pixel's position among them + 1; 0 is background."""
    flat = labels_yx.ravel()
    inside = np.flatnonzero(flat)
    values, place = np.unique(flat[inside], return_inverse=True)
    dense = np.zeros(flat.shape, np.int64)
    dense[inside] = place + 1
    return values, dense
