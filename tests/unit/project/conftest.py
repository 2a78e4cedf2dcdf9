"""A result of five frames: 1 drifts and divides into 2 and 3; 4 stands still and has a gap."""

from __future__ import annotations

import numpy as np
import pytest

from tracksam.change import Curation
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.stack import Stack

SHAPE_YX = (14, 20)
ROWS = [
    (1, 0, 3, 3),
    (1, 1, 3, 4),
    (1, 2, 3, 5),
    (2, 3, 2, 4),
    (2, 4, 2, 3),
    (3, 3, 6, 8),
    (3, 4, 7, 9),
    (4, 0, 10, 16),
    (4, 1, 10, 16),
    (4, 4, 10, 16),
]


def labels() -> np.ndarray:
    """Squares of 3 by 3 about the positions."""
    labels_tyx = np.zeros((5, *SHAPE_YX), np.uint16)
    for track_id, frame, y, x in ROWS:
        labels_tyx[frame, y - 1 : y + 2, x - 1 : x + 2] = track_id
    return labels_tyx


@pytest.fixture
def curation() -> Curation:
    rows = np.array(ROWS)
    confidence = np.linspace(0.5, 0.95, len(rows))
    lineage = Lineage(
        rows[:, 0],
        rows[:, 1],
        rows[:, 2:],
        confidence,
        parents={2: 1, 3: 1},
        parent_confidence={2: 0.7, 3: 0.6},
    )
    return Curation(lineage, Masks.from_array(labels()))


@pytest.fixture
def stack() -> Stack:
    image = np.random.default_rng(3).integers(0, 4000, (5, *SHAPE_YX)).astype(np.uint16)
    return Stack.from_array(image, "TYX", pixel_size_um=0.5, name="five")
