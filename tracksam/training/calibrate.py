"""How far the network's own features tell good instances from bad ones."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.backend import Nano
from tracksam.backends.nano.decode import Decoding, votes_of
from tracksam.backends.nano.scores import features
from tracksam.errors import InvalidInputError
from tracksam.training.figures import overlaps
from tracksam.training.stills import Still

_RIDGE = 1.0
_ROUNDS = 30


@attrs.frozen(eq=False)
class Judged:
    """Instances of stills with truth.

    Parameters
    ----------
    table : ndarray, shape (N, F)
        Features of `scores.features`.
    is_good : ndarray of bool, shape (N,)
        Whether the instance overlaps a true cell by more than half.
    """

    table: NDArray[np.float64]
    is_good: NDArray[np.bool_]


def judged(nano: Nano, stills: Iterable[Still]) -> Judged:
    """Return the features of every instance of some stills, and whether each is right.

    Parameters
    ----------
    nano : Nano
        The trained model; its scores are not used.
    stills : iterable of Still
        At least one; none that was trained on.
    """
    tables, flags = [], []
    for still in stills:
        seen = nano.prepare(still.image_yx[:, :, None])
        shape = (seen.labels_yx.shape[0], seen.labels_yx.shape[1])
        truth_yx = _nearest(still.labels_yx, shape)
        found = overlaps(truth_yx, seen.labels_yx).iou
        votes = votes_of(seen.answers, Decoding(foreground=nano.model.card.foreground))
        canonical = nano.model.card.canonical_px
        tables.append(features(seen.labels_yx, seen.answers, votes, canonical))
        flags.append(found.max(axis=0) > 0.5 if len(found) else np.zeros(found.shape[1], bool))
    return Judged(np.concatenate(tables), np.concatenate(flags))


def fit_weights(cases: Judged) -> tuple[float, ...]:
    """Return the weights of a logistic regression: a constant, then one a feature.

    Parameters
    ----------
    cases : Judged
        With good and bad instances.

    Raises
    ------
    InvalidInputError
        All are good, or all are bad.

    Notes
    -----
    Newton's method with a small ridge on all but the constant.
    """
    if cases.is_good.all() or not cases.is_good.any():
        raise InvalidInputError(
            f"calibration needs good and bad instances; got {int(cases.is_good.sum())} good ones "
            f"of {len(cases.is_good)}."
        )
    design = np.concatenate([np.ones((len(cases.table), 1)), cases.table], axis=1)
    ridge = _RIDGE * np.eye(design.shape[1])
    ridge[0, 0] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (cases.is_good - chance) - ridge @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        weights = weights + np.linalg.solve(curvature, slope)
    return tuple(float(weight) for weight in weights)


def _nearest(labels_yx: NDArray[np.int32], shape_yx: tuple[int, int]) -> NDArray[np.int32]:
    rows = (np.arange(shape_yx[0]) + 0.5) * labels_yx.shape[0] / shape_yx[0]
    columns = (np.arange(shape_yx[1]) + 0.5) * labels_yx.shape[1] / shape_yx[1]
    return labels_yx[np.ix_(rows.astype(int), columns.astype(int))]
