"""A movie of large and small cells, for what tells them apart."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from tracksam import Lineage, Masks

BIG, SMALL = 11, 6
SHAPE = (120, 180)
FRAMES = 3


@attrs.frozen(eq=False)
class Discs:
    """Twelve cells that stay where they are; 1, 3, 5, ... are large."""

    places: tuple[tuple[int, int], ...]
    labels_yx: NDArray[np.int32]
    images_tyx: NDArray[np.uint8]

    @property
    def large_px(self) -> int:
        return BIG

    @property
    def masks(self) -> Masks:
        return Masks.from_array(np.stack([self.labels_yx] * FRAMES))

    @property
    def lineage(self) -> Lineage:
        n = len(self.places)
        ids, frames = np.tile(np.arange(1, n + 1), FRAMES), np.repeat(np.arange(FRAMES), n)
        return Lineage(ids, frames, np.tile(self.places, (FRAMES, 1)))


@pytest.fixture(scope="session")
def discs() -> Discs:
    places = tuple((20 + 40 * (i // 4), 22 + 44 * (i % 4)) for i in range(12))
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    labels_yx = np.zeros(SHAPE, np.int32)
    for i, (cy, cx) in enumerate(places):
        radius = BIG if i % 2 == 0 else SMALL
        labels_yx[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = i + 1
    rng = np.random.default_rng(3)
    images = [60 + 120 * (labels_yx > 0) + rng.normal(0, 4, SHAPE) for _ in range(FRAMES)]
    return Discs(places, labels_yx, np.stack(images).astype(np.uint8))
