"""Choose: from boxes with a score for each phrase to places with the phrase that fits best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.found import Found
from tracksam.words import Words

_SAME = 0.5  # overlap from which two boxes are one place


def frame_boxes(
    box_xywh: NDArray[np.floating], size_yx: tuple[float, float], shape_yx: tuple[int, int]
) -> NDArray[np.float64]:
    """Return boxes of a model in pixels of the frame.

    Parameters
    ----------
    box_xywh : ndarray, shape (N, 4)
        Middle x, middle y, width, height, as shares of what the model saw.
    size_yx : tuple of float
        Height and width of what it saw, in pixels of the frame.
    shape_yx : tuple of int
        Of the frame; boxes are cut off at its borders.

    Returns
    -------
    ndarray of float64, shape (N, 4)
        First row, first column, end row, end column.
    """
    x, y, width, height = np.asarray(box_xywh, np.float64).T
    sides = np.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2], axis=1)
    in_pixels = sides * np.array([*size_yx, *size_yx])
    return np.asarray(np.clip(in_pixels, 0, np.array([*shape_yx, *shape_yx])))


def chosen(box_yxyx: NDArray[np.float64], score_np: NDArray[np.float64], words: Words) -> Found:
    """Return the places that wanted phrases describe best.

    Parameters
    ----------
    box_yxyx : ndarray, shape (N, 4)
        Boxes in pixels of the frame.
    score_np : ndarray, shape (N, P)
        How well each of `words.all` fits each box, 0 to 1.
    words : Words
        Phrases, least score, maximal count.

    Returns
    -------
    Found
        Best first. Of boxes that overlap by half, the best; one that an unwanted phrase fits best
        removes the others there too.
    """
    best = score_np.argmax(axis=1) if len(score_np) else np.zeros(0, np.intp)
    score = score_np.max(axis=1, initial=0.0) if len(score_np) else np.zeros(0)
    has_area = np.asarray((box_yxyx[:, 2:] - box_yxyx[:, :2] >= 1).all(axis=1))
    order = [k for k in np.argsort(-score, kind="stable").tolist() if has_area[k]]
    order = [k for k in order if score[k] >= words.min_score]
    kept: list[int] = []
    for k in order:
        if all(overlap(box_yxyx[k], box_yxyx[j]) < _SAME for j in kept):
            kept.append(k)
    wanted = [k for k in kept if best[k] < len(words.wanted)][: words.max_count]
    names = tuple(words.all[best[k]] for k in wanted)
    return Found(box_yxyx[wanted].reshape(-1, 4), np.clip(score[wanted], 0, 1), names)


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the intersection over union of two boxes.

    Parameters
    ----------
    a, b : ndarray, shape (4,)
        First row, first column, end row, end column.

    Returns
    -------
    float
    """
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if (sides <= 0).any():
        return 0.0
    shared = float(sides.prod())
    whole = float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod())
    return shared / (whole - shared)
