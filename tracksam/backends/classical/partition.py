"""Partition: the found objects as pieces that asked-for objects own, compete for, and cut."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.asks import Ask, Pixels
from tracksam.backends.classical.raster import Labels, Mask, Window
from tracksam.backends.classical.scene import Scene

NEAR_PX = 2
"""A point this far from an object still means it."""
COVERED = 0.5
"""Share of a piece that the expected mask must cover to claim it."""
GROWN_FROM = 2.0
"""Least evidence of a point, above that of its surroundings, for a piece to be grown there."""
SURPLUS = 0.2
"""Share of a claimed piece beyond the expected mask from which the piece is cut."""


@attrs.frozen(eq=False)
class Partition:
    """Pieces of the frame and whose they are.

    Parameters
    ----------
    pieces_yx : ndarray of int32, shape (Y, X)
        0 is background.
    owned : list of set of int
        For each ask the pieces that are its alone.
    """

    pieces_yx: Labels
    owned: list[set[int]]


def partition(scene: Scene, asks: Sequence[Ask]) -> Partition:
    """Return whose the pieces of a frame are.

    Parameters
    ----------
    scene : Scene
        The frame.
    asks : sequence of Ask
        The objects that are asked for; where several claim one piece, it is split among them.

    Returns
    -------
    Partition
    """
    pieces_yx = scene.labels_yx.copy()
    claims = [_claims(scene, pieces_yx, ask) for ask in asks]
    owned: list[set[int]] = [set() for _ in asks]
    claimants: dict[int, list[int]] = {}
    for a, claimed in enumerate(claims):
        for piece in claimed:
            claimants.setdefault(piece, []).append(a)
    for piece in sorted(claimants):
        rivals = claimants[piece]
        for a, new in _shared_out(scene, pieces_yx, piece, [asks[r] for r in rivals]).items():
            owned[rivals[a]].add(new)
    return Partition(pieces_yx, owned)


def _claims(scene: Scene, pieces_yx: Labels, ask: Ask) -> set[int]:
    """The pieces that an object's points, or else its expected mask or box, lie on."""
    claimed = set()
    for yx in ask.inside:
        piece = _piece_at(pieces_yx, yx)
        claimed.add(piece if piece else _grown(scene, pieces_yx, yx))
    if ask.expected is not None:
        place, crop = ask.expected
        under = pieces_yx[place][crop]
        for piece in np.unique(under[under > 0]).tolist():
            area = int((pieces_yx[_around(pieces_yx, place)] == piece).sum())
            if (under == piece).sum() >= COVERED * area:
                claimed.add(piece)
    if not claimed - {0} and ask.box is not None:
        claimed.add(_main_piece(pieces_yx, ask.box))
    return claimed - {0}


def _around(pieces_yx: Labels, place: Window) -> Window:
    margins = [s.stop - s.start for s in place]
    rows, columns = (
        slice(max(0, s.start - m), min(n, s.stop + m))
        for s, m, n in zip(place, margins, pieces_yx.shape, strict=True)
    )
    return rows, columns


def _piece_at(pieces_yx: Labels, yx: Pixels) -> int:
    """The piece under a pixel, or the nearest one within `NEAR_PX`."""
    y, x = yx.tolist()
    if pieces_yx[y, x]:
        return int(pieces_yx[y, x])
    y0, x0 = max(0, y - NEAR_PX), max(0, x - NEAR_PX)
    near_yx = pieces_yx[y0 : y + NEAR_PX + 1, x0 : x + NEAR_PX + 1]
    rows, columns = np.nonzero(near_yx)
    distance = np.hypot(rows + y0 - y, columns + x0 - x)
    if not len(rows) or distance.min() > NEAR_PX:
        return 0
    nearest = int(distance.argmin())
    return int(near_yx[rows[nearest], columns[nearest]])


def _grown(scene: Scene, pieces_yx: Labels, yx: Pixels) -> int:
    """A new piece around a pixel where nothing was found; 0 where nothing stands out."""
    import cv2

    reach = int(np.ceil(scene.diameter_px))
    window = tuple(
        slice(max(0, int(c) - reach), min(n, int(c) + reach + 1))
        for c, n in zip(yx, pieces_yx.shape, strict=True)
    )
    evidence_yx = scene.evidence_yx[window[0], window[1]]
    y, x = int(yx[0]) - window[0].start, int(yx[1]) - window[1].start
    inside = float(evidence_yx[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean())
    ground = float(np.percentile(evidence_yx, 20))
    if inside - ground < GROWN_FROM:
        return 0
    rows, columns = np.ogrid[: evidence_yx.shape[0], : evidence_yx.shape[1]]
    near_yx = np.hypot(rows - y, columns - x) <= reach
    free_yx = pieces_yx[window[0], window[1]] == 0
    above_yx = evidence_yx >= ground + scene.outline_at * (inside - ground)
    above_yx = above_yx & near_yx & free_yx
    above_yx[y, x] = True
    _, parts_yx = cv2.connectedComponents(above_yx.astype(np.uint8), connectivity=4)
    new = int(pieces_yx.max()) + 1
    pieces_yx[window[0], window[1]][parts_yx == parts_yx[y, x]] = new
    return new


def _main_piece(pieces_yx: Labels, box: Window) -> int:
    """The piece with the largest overlap with a box, if most of it lies inside."""
    sizes = np.bincount(pieces_yx[box].ravel())
    sizes[0] = 0
    piece = int(sizes.argmax())
    if not sizes[piece]:
        return 0
    whole = int((pieces_yx[_around(pieces_yx, box)] == piece).sum())
    return piece if sizes[piece] >= COVERED * whole else 0


def _shared_out(
    scene: Scene, pieces_yx: Labels, piece: int, rivals: Sequence[Ask]
) -> dict[int, int]:
    """Cut a piece, in place, among its claimants and what none may have: rival to new piece."""
    window = _window_of(pieces_yx, piece, rivals, scene)
    mask_yx = pieces_yx[window] == piece
    markers_yx = _markers(mask_yx, window, rivals, scene.diameter_px)
    present = np.unique(markers_yx[markers_yx > 0])
    if len(present) < 2:
        owner = int(present[0]) - 1 if len(present) else 0
        return {owner: piece} if owner < len(rivals) else {}
    parts_yx = _flooded(scene, window, mask_yx, markers_yx)
    first = int(pieces_yx.max())
    pieces_yx[window][mask_yx] = 0
    for part in present.tolist():
        pieces_yx[window][parts_yx == part] = first + part
    return {part - 1: first + part for part in present.tolist() if part <= len(rivals)}


def _window_of(pieces_yx: Labels, piece: int, rivals: Sequence[Ask], scene: Scene) -> Window:
    rows = np.flatnonzero((pieces_yx == piece).any(axis=1))
    columns = np.flatnonzero((pieces_yx[rows[0] : rows[-1] + 1] == piece).any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _markers(mask_yx: Mask, window: Window, rivals: Sequence[Ask], diameter_px: float) -> Labels:
    """Seeds in a piece: i + 1 for rival i, one more for what lies outside of all."""
    from scipy import ndimage

    nobody = len(rivals) + 1
    markers_yx = np.zeros(mask_yx.shape, np.int32)
    expected = [ask.expected_in(window) & mask_yx for ask in rivals]
    if len(rivals) == 1 and expected[0].any():
        reach = max(1.0, 0.1 * diameter_px)
        far_yx = mask_yx & (ndimage.distance_transform_edt(~expected[0]) > reach)
        if far_yx.sum() > SURPLUS * mask_yx.sum():
            markers_yx[far_yx] = nobody
    for i, mask in enumerate(expected):
        if mask.any():
            depth_yx = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
            markers_yx[mask & (depth_yx >= 0.5 * depth_yx.max())] = i + 1
    for ask in rivals:
        _mark(markers_yx, mask_yx, window, ask.outside, nobody)
    for i, ask in enumerate(rivals):
        _mark(markers_yx, mask_yx, window, ask.inside, i + 1)
    return markers_yx


def _mark(markers_yx: Labels, mask_yx: Mask, window: Window, pixels: Pixels, value: int) -> None:
    local = pixels - [s.start for s in window]
    local = local[((local >= 0) & (local < mask_yx.shape)).all(axis=1)]
    local = local[mask_yx[local[:, 0], local[:, 1]]]
    markers_yx[local[:, 0], local[:, 1]] = value


def _flooded(scene: Scene, window: Window, mask_yx: Mask, markers_yx: Labels) -> NDArray[np.int32]:
    """Watershed from markers: along necks and dark seams, else half-way between markers."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    depth_yx = ndimage.distance_transform_edt(np.pad(mask_yx, 1))[1:-1, 1:-1]
    evidence_yx = np.where(mask_yx, scene.evidence_yx[window], 0)
    top = max(float(evidence_yx.max()), 1e-6)
    height_yx = -(depth_yx / depth_yx.max() + np.maximum(evidence_yx, 0) / top)
    parts: NDArray[np.int32] = watershed(
        height_yx, markers_yx, mask=mask_yx, compactness=2.0 / scene.diameter_px
    ).astype(np.int32)
    return parts
