"""Contact sheet: pictures of examples in rows, to see at a glance what was shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.examples import THUMBNAIL_PX, Examples
from tracksam.report.ink import Colour, Word, drawn

_COLUMNS = 8
_GAP = 6
_HEADER = 30
_GROUND: Colour = (17, 19, 24)
_WANTED: Colour = (88, 196, 120)
_UNWANTED: Colour = (226, 100, 92)
_ZOOM = 2


def example_sheet(examples: Examples) -> NDArray[np.uint8]:
    """Return a picture of all examples: the wanted ones framed in green, the others in red.

    Parameters
    ----------
    examples : Examples
        With thumbnails.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        Eight a row; wanted and unwanted ones under a heading each.
    """
    wanted = examples.is_wanted
    title = f"{examples.name}: {len(examples.wanted)} wanted"
    parts = [_part(examples.thumbnails[wanted], title, _WANTED)]
    if len(examples.unwanted):
        title = f"{len(examples.unwanted)} unwanted"
        parts.append(_part(examples.thumbnails[~wanted], title, _UNWANTED))
    return np.concatenate(parts)


def _part(pictures: NDArray[np.uint8], title: str, colour: Colour) -> NDArray[np.uint8]:
    side = THUMBNAIL_PX * _ZOOM
    step = side + 2 * _GAP
    n_rows = -(-len(pictures) // _COLUMNS)
    sheet = np.empty((_HEADER + n_rows * step, _COLUMNS * step, 3), np.uint8)
    sheet[:] = _GROUND
    for number, picture in enumerate(pictures):
        row, column = divmod(number, _COLUMNS)
        y, x = _HEADER + row * step + _GAP, column * step + _GAP
        sheet[y - 2 : y + side + 2, x - 2 : x + side + 2] = colour
        large = picture.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)
        sheet[y : y + side, x : x + side] = large[..., None]
    return drawn(sheet, [], [Word(title, _HEADER / 2, 2 * _GAP, height=11, anchor="left")])
