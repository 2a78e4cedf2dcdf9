"""The rows that label images tell of: which label is where in which frame."""

from __future__ import annotations

import numpy as np

from tracksam.io.labels import centroids_yx
from tracksam.lineage import Lineage
from tracksam.masks import Masks


def lineage_of_masks(masks: Masks) -> Lineage:
    """Return the tracks of label images, without mothers.

    Parameters
    ----------
    masks : Masks
        Read once, one frame at a time.

    Returns
    -------
    Lineage
        A row for each label in each frame, at its centroid.
    """
    ids, frames, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty((0, 2))]
    for frame, labels_yx in enumerate(masks):
        values, yx = centroids_yx(labels_yx)
        ids.append(values)
        frames.append(np.full(len(values), frame))
        places.append(yx)
    return Lineage(np.concatenate(ids), np.concatenate(frames), np.concatenate(places))
