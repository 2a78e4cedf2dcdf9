"""Objects that a tile cuts: the neighbouring tiles are asked for the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.request import Request
from tracksam.backends.sam.frame import Frame
from tracksam.backends.sam.promises import Piece, cut_out
from tracksam.backends.sam.requests import going_on
from tracksam.backends.sam.tiles import Tile

AGREEMENT = 0.5
"""Least overlap of two tiles' masks in what both tiles see, for them to be one object."""
_MOST_POINTS = 3
_SEEN_PX = 4  # a mask that ends so near to a border may go on behind it
_ANYTHING = Request(0, np.zeros((0, 2)), np.zeros(0, bool))  # without box or negative points


def is_cut(piece: Piece, tile: Tile) -> bool:
    """Return whether a mask may go on behind a border of the tile that drew it.

    Parameters
    ----------
    piece : Piece
        In pixels of the frame.
    tile : Tile
        Where it was drawn.
    """
    return tile.margin(piece.box_yxyx) < _SEEN_PX


def stitched(frame: Frame, piece: Piece, number: int, request: Request | None = None) -> Piece:
    """Return a mask joined with what the neighbouring tiles see of the same object.

    Parameters
    ----------
    frame : Frame
        The tiles.
    piece : Piece
        In pixels of the frame; drawn in one tile.
    number : int
        Of that tile.
    request : Request, optional
        What was asked for; its box and its negative points count in the other tiles too.

    Returns
    -------
    Piece
        The mask itself where no other tile agrees. The score is the mean over the tiles.
    """
    asked, todo, scores = {number}, [number], [piece.score]
    while todo:
        here = todo.pop()
        if not is_cut(piece, frame.tiles[here]):
            continue
        for other in range(len(frame.tiles)):
            if other in asked:
                continue
            more = _continued(frame, piece, frame.tiles[here], other, request or _ANYTHING)
            if more is not None:
                asked.add(other)
                todo.append(other)
                scores.append(more.score)
                piece = joined(piece, more)
    return Piece(piece.mask, piece.start_yx, float(np.mean(scores)))


def joined(first: Piece, second: Piece) -> Piece:
    """Return the union of two masks, with the first one's score.

    Parameters
    ----------
    first, second : Piece
        In pixels of the same image.

    Returns
    -------
    Piece
    """
    low = np.minimum(first.start_yx, second.start_yx)
    high = np.maximum(first.end_yx, second.end_yx)
    mask_yx = np.zeros(tuple(high - low), bool)
    for piece in (first, second):
        y, x = np.array(piece.start_yx) - low
        mask_yx[y : y + piece.mask.shape[0], x : x + piece.mask.shape[1]] |= piece.mask
    return Piece(mask_yx, (int(low[0]), int(low[1])), first.score)


def _continued(
    frame: Frame, piece: Piece, tile: Tile, other: int, request: Request
) -> Piece | None:
    """What another tile draws of the object, if it agrees with what is known."""
    neighbour = frame.tiles[other]
    shared = _part(piece, neighbour)
    if shared is None or _part(shared, tile) is None:
        return None
    start = neighbour.start_yx
    mask_yx = np.zeros(neighbour.shape_yx, bool)
    y, x = shared.start_yx[0] - start[0], shared.start_yx[1] - start[1]
    mask_yx[y : y + shared.mask.shape[0], x : x + shared.mask.shape[1]] = shared.mask
    ask = going_on(request, neighbour, _inner_points(mask_yx))
    if ask is None:
        return None
    zone = Tile(*_overlap(tile, neighbour), tile.frame_yx)
    drawn = [one.shifted(start) for one in frame.draw(other, [ask])[0]]
    values = [_agreement(one, piece, zone) for one in drawn]
    if not values or max(values) < AGREEMENT:
        return None
    return drawn[int(np.argmax(values))]


def _overlap(first: Tile, second: Tile) -> tuple[tuple[int, int], tuple[int, int]]:
    low = np.maximum(first.start_yx, second.start_yx)
    size = np.minimum(first.end_yx, second.end_yx) - low
    return (int(low[0]), int(low[1])), (int(size[0]), int(size[1]))


def _part(piece: Piece, tile: Tile) -> Piece | None:
    low = np.maximum(piece.start_yx, tile.start_yx)
    high = np.minimum(piece.end_yx, tile.end_yx)
    if (low >= high).any():
        return None
    (y0, x0), (y1, x1) = low - piece.start_yx, high - piece.start_yx
    return cut_out(piece.mask[y0:y1, x0:x1], piece.score, (int(low[0]), int(low[1])))


def _agreement(first: Piece, second: Piece, zone: Tile) -> float:
    """Intersection over union of two masks within a zone."""
    parts = [_part(piece, zone) for piece in (first, second)]
    masks = []
    for part in parts:
        if part is None:
            return 0.0
        mask_yx = np.zeros(zone.shape_yx, bool)
        y, x = np.array(part.start_yx) - zone.start_yx
        mask_yx[y : y + part.mask.shape[0], x : x + part.mask.shape[1]] = part.mask
        masks.append(mask_yx)
    union = np.count_nonzero(masks[0] | masks[1])
    return np.count_nonzero(masks[0] & masks[1]) / union


def _inner_points(mask_yx: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The deepest pixel of a mask, then the deepest far away from those."""
    import cv2

    padded = np.pad(mask_yx, 1).astype(np.uint8)
    depth: Any = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.ogrid[: mask_yx.shape[0], : mask_yx.shape[1]]
    points: list[tuple[float, float]] = []
    for _ in range(_MOST_POINTS):
        y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
        radius = float(depth[y, x])
        if radius <= 0 or (points and radius < 2):
            break
        points.append((float(y), float(x)))
        depth = np.where((rows - y) ** 2 + (columns - x) ** 2 <= (2 * radius) ** 2, 0, depth)
    return np.array(points)
