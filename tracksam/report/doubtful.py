"""Pictures of doubtful places, to judge them by."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.doubts import Doubt
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.film import fitted
from tracksam.report.frame import FrameLook, frame_picture
from tracksam.stack import Stack


def thumbnail(
    doubt: Doubt, stack: Stack, masks: Masks, lineage: Lineage, side_px: int = 220
) -> NDArray[np.uint8]:
    """Return the place before and after, side by side.

    Parameters
    ----------
    doubt : Doubt
        The place.
    stack : Stack
        The movie.
    masks : Masks
        Its masks.
    lineage : Lineage
        Gives the tails.
    side_px : int
        Of each of the two pictures.

    Returns
    -------
    ndarray of uint8, shape (side_px, 2 * side_px + 4, 3)
        Red, green, blue. About five cell diameters wide.
    """
    labels_yx = masks.frame(doubt.frame)
    _, areas = np.unique(labels_yx[labels_yx != 0], return_counts=True)
    half = int(max(8, 2.5 * np.sqrt(np.median(areas)))) if len(areas) else 24
    parts = [
        _cut(stack.frame(t), masks.frame(t), lineage, t, doubt.yx, (half, side_px))
        for t in (doubt.from_frame, doubt.frame)
    ]
    gap = np.full((side_px, 4, 3), 255, np.uint8)
    return np.concatenate([parts[0], gap, parts[1]], axis=1)


def _cut(
    image_yxc: NDArray[Any],
    labels_yx: NDArray[Any],
    lineage: Lineage,
    frame: int,
    yx: tuple[float, float],
    sizes: tuple[int, int],
) -> NDArray[np.uint8]:
    """A square around a place, drawn at the size of a thumbnail."""
    half, side_px = sizes
    start = [
        int(np.clip(round(p) - half, 0, max(n - 2 * half, 0)))
        for p, n in zip(yx, labels_yx.shape, strict=True)
    ]
    box = tuple(slice(a, a + 2 * half) for a in start)
    look = FrameLook(side_px / (2 * half), line_px=2, text_px=side_px / 18, tail_frames=3)
    moved = attrs.evolve(lineage, yx=lineage.yx - np.array(start))
    picture = frame_picture(image_yxc[box], labels_yx[box], moved, frame, look)
    return fitted(picture, (side_px, side_px))
