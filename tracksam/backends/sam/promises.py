"""What a prompt promises of a mask: in the box, on the positive points, off the negative ones.

The network takes prompts as hints. A mask is mended where that is little, and refused elsewhere.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import Ask

Mask = NDArray[np.bool_]

NEAR_PX = 2.0
"""How far a positive point may lie off the mask."""
_HOLE_SHARE = 0.05  # of the area: smaller holes are filled
_UNTOLD_RADIUS_PX = 2.0  # cut around a negative point where no positive one says what is meant


@attrs.frozen(eq=False)
class Piece:
    """A mask, cut out of its image.

    Parameters
    ----------
    mask : ndarray of bool
        At least one pixel on each side of it is true.
    start_yx : tuple of int
        Where its first row and column lie.
    score : float
        0 to 1.
    """

    mask: Mask
    start_yx: tuple[int, int]
    score: float

    @property
    def end_yx(self) -> tuple[int, int]:
        """First row and column after it."""
        return self.start_yx[0] + self.mask.shape[0], self.start_yx[1] + self.mask.shape[1]

    @property
    def box_yxyx(self) -> NDArray[np.float64]:
        """First row and column, end row and column."""
        return np.array([*self.start_yx, *self.end_yx], np.float64)

    @property
    def area_px(self) -> int:
        """Pixels of the mask."""
        return int(np.count_nonzero(self.mask))

    def shifted(self, yx: tuple[int, int]) -> Piece:
        """Return the same mask farther down and to the right by some pixels."""
        start = (self.start_yx[0] + yx[0], self.start_yx[1] + yx[1])
        return Piece(self.mask, start, self.score)


def cut_out(mask_yx: Mask, score: float, start_yx: tuple[int, int] = (0, 0)) -> Piece | None:
    """Return the smallest piece that holds a mask, None if the mask is empty.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        Of an image or a part of one.
    score : float
        Of the piece.
    start_yx : tuple of int
        Where the first row and column of `mask_yx` lie.

    Returns
    -------
    Piece or None
    """
    rows, columns = np.flatnonzero(mask_yx.any(axis=1)), np.flatnonzero(mask_yx.any(axis=0))
    if not len(rows):
        return None
    part = mask_yx[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Piece(part, (start_yx[0] + int(rows[0]), start_yx[1] + int(columns[0])), score)


def kept_promises(piece: Piece, ask: Ask) -> Piece | None:
    """Return a mask as its prompt wants it, None if it can not be mended.

    Parameters
    ----------
    piece : Piece
        In pixels of the same image as `ask`.
    ask : Ask
        What was asked.

    Returns
    -------
    Piece or None
        Cut at the box and between positive and negative points, without loose parts, small holes
        filled. The score falls with the share that is cut away.
    """
    bounded_yx = _bounded(piece, ask)
    inside = np.rint(ask.yx[ask.is_positive]).astype(int) - piece.start_yx
    outside = np.rint(ask.yx[~ask.is_positive]).astype(int) - piece.start_yx
    cut_yx = _without_negatives(bounded_yx, inside, outside)
    whole_yx = _filled(_main_parts(cut_yx, inside))
    whole_yx &= bounded_yx | ~piece.mask  # what is filled stays within what was allowed
    whole_yx &= _allowed(piece, ask)
    for y, x in outside.tolist():
        if 0 <= y < whole_yx.shape[0] and 0 <= x < whole_yx.shape[1]:
            whole_yx[y, x] = False
    if not whole_yx.any() or not _reaches(whole_yx, inside):
        return None
    share = min(1.0, np.count_nonzero(whole_yx) / piece.area_px)
    return cut_out(whole_yx, piece.score * share, piece.start_yx)


def _allowed(piece: Piece, ask: Ask) -> Mask:
    """What of the piece's rectangle lies in the box."""
    allowed_yx = np.ones(piece.mask.shape, bool)
    if ask.box_yxyx is None:
        return allowed_yx
    y0, x0, y1, x1 = ask.box_yxyx - np.tile(piece.start_yx, 2)
    rows, columns = (np.arange(n) for n in piece.mask.shape)
    allowed_yx &= ((rows >= y0) & (rows < y1))[:, None]
    allowed_yx &= ((columns >= x0) & (columns < x1))[None, :]
    return allowed_yx


def _bounded(piece: Piece, ask: Ask) -> Mask:
    return np.asarray(piece.mask & _allowed(piece, ask))


def _without_negatives(mask_yx: Mask, inside: NDArray[Any], outside: NDArray[Any]) -> Mask:
    """The pixels that are nearer to a positive point than to any negative one in the mask."""
    shape = np.array(mask_yx.shape)
    near = outside[((outside >= 0) & (outside < shape)).all(axis=1)]
    hit = near[mask_yx[near[:, 0], near[:, 1]]]
    if not len(hit):
        return mask_yx
    to_outside = _squared_distance(mask_yx.shape, hit)
    if not len(inside):
        return np.asarray(mask_yx & (to_outside > _UNTOLD_RADIUS_PX**2))
    return np.asarray(mask_yx & (_squared_distance(mask_yx.shape, inside) < to_outside))


def _squared_distance(shape: tuple[int, ...], points: NDArray[Any]) -> NDArray[np.float64]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    each = [(rows - y) ** 2 + (columns - x) ** 2 for y, x in points.tolist()]
    return np.asarray(np.min(each, axis=0))


def _main_parts(mask_yx: Mask, inside: NDArray[Any]) -> Mask:
    """The connected parts that hold a positive point or pass by one; else the largest."""
    import cv2

    count, parts_yx = cv2.connectedComponents(mask_yx.astype(np.uint8), connectivity=4)
    if count <= 2:
        return mask_yx
    reach = round(NEAR_PX)
    wanted: set[int] = set()
    for y, x in inside.tolist():
        around = parts_yx[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        exact = int(parts_yx[y, x]) if _is_in(parts_yx.shape, y, x) else 0
        wanted |= {exact} if exact else set(np.unique(around).tolist())
    wanted.discard(0)
    if not wanted:
        wanted = {1 + int(np.argmax(np.bincount(np.asarray(parts_yx).ravel())[1:]))}
    return np.isin(parts_yx, sorted(wanted))


def _is_in(shape: tuple[int, ...], y: int, x: int) -> bool:
    return 0 <= y < shape[0] and 0 <= x < shape[1]


def _filled(mask_yx: Mask) -> Mask:
    import cv2

    ground_yx = np.pad(~mask_yx, 1, constant_values=True).astype(np.uint8)
    count, parts_yx, states, _ = cv2.connectedComponentsWithStats(ground_yx, connectivity=8)
    if count <= 2:
        return mask_yx.copy()
    small = states[:, cv2.CC_STAT_AREA] <= max(1.0, _HOLE_SHARE * float(mask_yx.sum()))
    small[0] = False
    small[parts_yx[0, 0]] = False
    return np.asarray(mask_yx | small[parts_yx][1:-1, 1:-1])


def _reaches(mask_yx: Mask, inside: NDArray[Any]) -> bool:
    """Whether every positive point lies in the mask or within `NEAR_PX` of it."""
    missed = [
        (y, x) for y, x in inside.tolist() if not (_is_in(mask_yx.shape, y, x) and mask_yx[y, x])
    ]
    if not missed:
        return True
    pixels = np.argwhere(mask_yx)
    gaps = [float(((pixels - point) ** 2).sum(axis=1).min()) for point in missed]
    return max(gaps) <= NEAR_PX**2
