"""How good an instance is, in the network's own eyes: features and their calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.decode import Labels, Votes
from tracksam.backends.nano.model import Answers

FEATURES = ("foreground", "scatter", "size", "depth", "edge")


def features(
    labels_yx: Labels, answers: Answers, votes: Votes, canonical_px: float
) -> NDArray[np.float64]:
    """Return what tells good instances from bad ones.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        Instances 1 to N at the network's scale.
    answers, votes
        Of the same image.
    canonical_px : float
        Diameter that log_diameter 0 stands for.

    Returns
    -------
    ndarray of float64, shape (N, 5)
        Mean foreground probability; how far votes scatter about their mean, in diameters; how
        much the area differs from the predicted diameter (log2, absolute); largest predicted
        distance; mean predicted distance less the one third that a disc has (absolute).
    """
    count = int(labels_yx.max())
    label = labels_yx.ravel()[votes.pixel]
    area = np.maximum(np.bincount(label, minlength=count + 1), 1)[1:]
    diameter = np.sqrt(area * (4 / np.pi))
    foreground, log_diameter, distance = (
        _means(label, plane_yx.ravel()[votes.pixel], area)
        for plane_yx in (answers.foreground, answers.log_diameter, answers.distance)
    )
    deepest = np.zeros(count + 1, np.float32)
    np.maximum.at(deepest, label, answers.distance.ravel()[votes.pixel])
    size = np.abs(np.log2(diameter / canonical_px) - log_diameter)
    scatter = _scatter(label, votes, labels_yx.shape[1], count) / diameter
    columns = [foreground, scatter, size, deepest[1:], np.abs(distance - 1 / 3)]
    return np.stack(columns, axis=1).astype(np.float64)


def calibrated(table: NDArray[np.float64], weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the probability that each instance overlaps a true cell by more than half.

    Parameters
    ----------
    table : ndarray, shape (N, 5)
        Of `features`.
    weights : tuple of float
        A constant, then one a feature; without weights the mean foreground probability is given.
    """
    if not weights:
        return np.clip(table[:, 0], 0, 1)
    odds = weights[0] + table @ np.asarray(weights[1:])
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def _means(
    label: NDArray[np.int32], values: NDArray[np.float32], area: NDArray[Any]
) -> NDArray[np.float64]:
    sums = np.bincount(label, values, minlength=len(area) + 1)[1:]
    return np.asarray(sums / area)


def _scatter(label: NDArray[np.int32], votes: Votes, width: int, count: int) -> NDArray[np.float64]:
    """Return the root mean square distance of each instance's votes from their mean."""
    rows, columns = np.divmod(votes.centre, width)
    n = np.maximum(np.bincount(label, minlength=count + 1), 1)
    variance = np.zeros(count + 1)
    for position in (rows, columns):
        mean = np.bincount(label, position, minlength=count + 1) / n
        variance += np.bincount(label, (position - mean[label]) ** 2, minlength=count + 1) / n
    return np.asarray(np.sqrt(variance)[1:])
