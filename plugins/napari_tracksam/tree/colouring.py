"""Colouring: a colour for every frame of every bar."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from napari_tracksam.tree.layout import TreeLayout
from tracksam.report.colours import track_colours

MISSING: tuple[int, int, int] = (128, 128, 128)
DIMMED_SHARE = 0.28


@attrs.frozen(eq=False)
class Strip:
    """Colours of all bars' frames, one behind the other.

    Parameters
    ----------
    colour_nc : ndarray of uint8, shape (N, 3)
        Red, green, blue; N as in ``TreeLayout.start[-1]``.
    link_nc : ndarray of uint8, shape (K, 3)
        The colour of the line from its mother, for each of K bars.
    """

    colour_nc: NDArray[np.uint8]
    link_nc: NDArray[np.uint8]

    def emphasised(
        self, layout: TreeLayout, track_ids: frozenset[int], background: tuple[int, int, int]
    ) -> Strip:
        """Return the strip with all other tracks faded into the background; none given: as is."""
        if not track_ids:
            return self
        kept = np.isin(layout.track_id, sorted(track_ids))
        lengths = layout.last - layout.first + 1
        return Strip(
            _faded(self.colour_nc, np.repeat(kept, lengths), background),
            _faded(self.link_nc, kept, background),
        )


def _faded(
    colour_nc: NDArray[np.uint8], kept: NDArray[np.bool_], background: tuple[int, int, int]
) -> NDArray[np.uint8]:
    mixed = DIMMED_SHARE * colour_nc + (1 - DIMMED_SHARE) * np.array(background)
    return np.where(kept[:, None], colour_nc, np.rint(mixed)).astype(np.uint8)


def by_track(layout: TreeLayout) -> Strip:
    """Return a strip in which every track has the colour that it has everywhere else."""
    colours = track_colours(layout.track_id)
    return Strip(np.repeat(colours, layout.last - layout.first + 1, axis=0), colours)


def by_value(
    layout: TreeLayout,
    track_id: NDArray[np.int64],
    frame: NDArray[np.int64],
    colour_nc: NDArray[np.uint8],
) -> Strip:
    """Return a strip of the colours of single cells.

    Parameters
    ----------
    layout : TreeLayout
        The tree.
    track_id, frame : ndarray of int64, shape (M,)
        The cells.
    colour_nc : ndarray of uint8, shape (M, 3)
        Their colours. A frame of a bar without a cell is grey.

    Returns
    -------
    Strip
    """
    strip = np.full((int(layout.start[-1]), 3), MISSING, np.uint8)
    places = layout.strip_places(track_id, frame)
    strip[places[places >= 0]] = colour_nc[places >= 0]
    return Strip(strip, strip[layout.start[:-1]].reshape(-1, 3))
