"""Cluster: kinds of cells without any example.

A graph of nearest neighbours is cut (spectral clustering, von Luxburg 2007); then each column
weighs as much as it parts the kinds, and every cell joins the nearest middle, a few times. Network
features and shapes are left out: they spread cells of one kind.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings, group_of
from tracksam.errors import InvalidInputError
from tracksam.steps.finding.judge import GROUP_POWER, Space, weights

GROUPS = ("size", "intensity", "texture")
_NEIGHBOURS = 8
_COMPONENTS = 6
_ROUNDS = 5
_MOST_KINDS = 6
_ENOUGH = 0.8  # of the best silhouette: the fewest kinds that come so near are taken
_SEED = 0

Floats = NDArray[np.float64]


def clusters(embeddings: Embeddings, n_kinds: int | None = None) -> NDArray[np.int64]:
    """Return which kind each cell is of.

    Parameters
    ----------
    embeddings : Embeddings
        K cells; leave out those that the frame's border cuts.
    n_kinds : int, optional
        2 or more. Default: of 2 to 6, the fewest whose kinds lie about as far apart as any
        (silhouette).

    Returns
    -------
    ndarray of int64, shape (K,)
        0 for the kind with most cells, then 1, ...

    Raises
    ------
    InvalidInputError
        Fewer than four cells a kind.
    """
    standard, share = _standard(embeddings)
    wanted = [n_kinds] if n_kinds else list(range(2, _MOST_KINDS + 1))
    possible = [n for n in wanted if 4 * n <= len(embeddings)]
    if not possible:
        raise InvalidInputError(
            f"to sort cells into {wanted[0]} kinds, {4 * wanted[0]} cells are needed at least, got "
            f"{len(embeddings)}; look at more frames."
        )
    sorted_ways = [_by_size(_refined(standard, share, _cut(standard * share, n))) for n in possible]
    apart = [_apart(standard * share, labels) for labels in sorted_ways]
    # Every frame shows the same cells again, so that more kinds always look a little better.
    enough = [value >= _ENOUGH * max(apart) for value in apart]
    return sorted_ways[enough.index(True)]


def _standard(embeddings: Embeddings) -> tuple[Floats, Floats]:
    """Return the compared columns in units of their spread, and what a column of each counts."""
    chosen = embeddings.of_groups(GROUPS)
    groups = [group_of(name) for name in chosen.columns]
    size = Counter(groups)
    share = np.array([size[group] ** -GROUP_POWER for group in groups])
    return Space.of(chosen.vectors).standard(chosen.vectors), share


def _cut(points: Floats, n_kinds: int) -> NDArray[np.int64]:
    from sklearn.cluster import SpectralClustering
    from sklearn.decomposition import PCA
    from sklearn.neighbors import kneighbors_graph

    n = min(_COMPONENTS, *points.shape)
    low = PCA(n, random_state=_SEED).fit_transform(points)
    graph = kneighbors_graph(low, min(_NEIGHBOURS, len(low) - 1), include_self=True)
    # A little of everything to everything: no part of the graph is cut off already.
    affinity = 0.5 * (graph + graph.T).toarray() + 1e-4
    made = SpectralClustering(n_kinds, affinity="precomputed", random_state=_SEED)
    return np.asarray(made.fit_predict(affinity), np.int64)


def _refined(standard: Floats, share: Floats, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the labels after every cell has joined the nearest middle, where columns count."""
    n = int(labels.max()) + 1
    for _ in range(_ROUNDS):
        if np.bincount(labels, minlength=n).min() < 2:
            break
        pairs = [weights(standard[labels == k], standard[labels != k]) for k in range(n)]
        points = standard * share * np.max(pairs, axis=0)
        middles = np.array([points[labels == k].mean(axis=0) for k in range(n)])
        labels = np.argmin(((points[:, None] - middles[None]) ** 2).sum(axis=2), axis=1)
    return np.asarray(labels, np.int64)


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the labels numbered from the most frequent one."""
    values, counts = np.unique(labels, return_counts=True)
    rank = np.empty(int(values.max()) + 1, np.int64)
    rank[values[np.argsort(-counts, kind="stable")]] = np.arange(len(values))
    return rank[labels]


def _apart(points: Floats, labels: NDArray[np.int64]) -> float:
    from sklearn.metrics import silhouette_score

    if len(np.unique(labels)) < 2:
        return -1.0
    return float(silhouette_score(points, labels, random_state=_SEED))
