"""What is asked for one object, in pixels of a tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.request import Request
from tracksam.backends.sam.network import Ask
from tracksam.backends.sam.tiles import Tile


def ask_of(request: Request, tile: Tile) -> Ask | None:
    """Return a request in pixels of a tile, None if nothing of it lies there.

    Parameters
    ----------
    request : Request
        In pixels of the frame.
    tile : Tile
        Points outside it are left out, box and mask are cut.
    """
    here = tile.holds(request.yx)
    box = box_in(request, tile)
    previous_yx = None
    if request.previous is not None:
        previous_yx = request.previous.mask(0)[tile.slices]
        previous_yx = previous_yx if previous_yx.any() else None
    if not (request.is_positive & here).any() and box is None and previous_yx is None:
        return None
    yx = request.yx[here] - np.array(tile.start_yx)
    return Ask(yx, request.is_positive[here], box, previous_yx)


def box_in(request: Request, tile: Tile) -> NDArray[np.float64] | None:
    """Return a request's box in pixels of a tile, cut there; None if none of it lies there.

    Parameters
    ----------
    request : Request
        In pixels of the frame.
    tile : Tile
        Any.

    Returns
    -------
    ndarray, shape (4,), or None
    """
    if request.box_yxyx is None:
        return None
    low = np.clip(request.box_yxyx[:2] - tile.start_yx, 0, tile.shape_yx)
    high = np.clip(request.box_yxyx[2:] - tile.start_yx, 0, tile.shape_yx)
    return np.concatenate([low, high]) if (high > low).all() else None


def going_on(request: Request, tile: Tile, inside: NDArray[np.float64]) -> Ask | None:
    """Return what is asked of a tile into which an object goes on.

    Parameters
    ----------
    request : Request
        In pixels of the frame.
    tile : Tile
        Another one.
    inside : ndarray, shape (P, 2)
        Points of what is known of the object, in pixels of that tile.

    Returns
    -------
    Ask or None
        With the box and the negative points that lie there; None where the box does not.
    """
    box = box_in(request, tile)
    if box is None and request.box_yxyx is not None:
        return None
    outside = request.yx[tile.holds(request.yx) & ~request.is_positive] - tile.start_yx
    yx = np.concatenate([inside, outside])
    return Ask(yx, np.arange(len(yx)) < len(inside), box)
