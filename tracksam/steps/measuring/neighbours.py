"""Neighbours: who touches whom, and how crowded it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.shape import Values, moments

_DENSITY_NEIGHBOURS = 6  # as many as touch a cell in a packed layer


def touching(cells: FrameCells) -> Values:
    """Return the number of touching cells, and the share of the outline where they touch.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
    """
    labels_yx, n = cells.labels_yx, len(cells)
    outer, inner, pairs = np.zeros(n), np.zeros(n), []
    for a, b in ((labels_yx[:-1], labels_yx[1:]), (labels_yx[:, :-1], labels_yx[:, 1:])):
        differs = a != b
        edges = np.stack([a[differs], b[differs]], axis=1)
        meets = (edges != 0).all(axis=1)
        both = np.searchsorted(cells.ids, edges[meets])
        one = np.searchsorted(cells.ids, edges[~meets].max(axis=1))
        inner += np.bincount(both.ravel(), minlength=n)
        outer += np.bincount(one, minlength=n)
        pairs.append(np.sort(both, axis=1))
    low, high = np.concatenate(pairs).reshape(-1, 2).T
    met = np.unique(low * n + high)
    partners = np.concatenate([met // max(n, 1), met % max(n, 1)])
    return {
        "n_neighbours": np.bincount(partners.astype(np.int64), minlength=n),
        "touching_share": inner / np.maximum(inner + outer, 1),
    }


def crowding(cells: FrameCells) -> Values:
    """Return the distance to the nearest centroid, and the density of centroids.

    Parameters
    ----------
    cells : FrameCells
        K cells.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        NaN where there are too few other cells.
    """
    place = moments(cells) if len(cells) else {"y_px": np.empty(0), "x_px": np.empty(0)}
    return crowding_of(np.stack([place["y_px"], place["x_px"]], axis=1).astype(np.float64))


def crowding_of(yx_k2: NDArray[np.float64]) -> Values:
    """Return the same as `crowding` for centroids of shape (K, 2)."""
    from scipy.spatial import KDTree

    n_cells = len(yx_k2)
    nothing = np.full(n_cells, np.nan)
    if n_cells < 2:
        return {"nearest_px": nothing, "density_per_px2": nothing}
    n_asked = min(_DENSITY_NEIGHBOURS, n_cells - 1)
    distance = np.asarray(KDTree(yx_k2).query(yx_k2, k=n_asked + 1)[0])
    density = nothing
    if n_asked == _DENSITY_NEIGHBOURS:
        reach = distance[:, _DENSITY_NEIGHBOURS]
        area = np.where(reach > 0, np.pi * reach**2, np.nan)
        density = _DENSITY_NEIGHBOURS / area
    return {"nearest_px": distance[:, 1], "density_per_px2": density}
