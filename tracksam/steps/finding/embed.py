"""Embed: every region of a frame described, with what a network sees in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings
from tracksam.errors import BackendError
from tracksam.protocols import Embedder
from tracksam.regions import Regions
from tracksam.steps.finding.describe import describe


def embed(
    embedder: Embedder,
    prepared: Any,
    image_yxc: NDArray[Any],
    regions: Regions,
    pixel_size_um: float | None = None,
) -> Embeddings:
    """Return what each region is like: size, shape, intensity, texture, and the network's features.

    Parameters
    ----------
    embedder : Embedder
        Gives the features.
    prepared : Any
        What its `prepare` returned for the frame.
    image_yxc : ndarray, shape (Y, X, C)
        The frame.
    regions : Regions
        K regions of it; they may overlap.
    pixel_size_um : float, optional
        Then sizes are in micrometres.

    Returns
    -------
    Embeddings
        The network's columns are named after its `embedding_id`.

    Raises
    ------
    BackendError
        The embedder does not give a row of finite numbers for each region.
    """
    features = np.asarray(embedder.embed(prepared, regions), np.float64)
    if features.ndim != 2 or len(features) != len(regions) or not np.isfinite(features).all():
        raise BackendError(
            f"embedder {embedder.embedding_id} must give a row of finite numbers for each of "
            f"{len(regions)} regions, got an array of shape {features.shape}."
        )
    names = tuple(f"network.{embedder.embedding_id}_{i}" for i in range(features.shape[1]))
    return describe(image_yxc, regions, pixel_size_um).beside(Embeddings(features, names))
