"""Colours: the tree in the same colours as the viewer, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_tracksam.look import CONFIDENCE, SCALE, Look
from napari_tracksam.tree.colouring import Strip, by_value
from napari_tracksam.tree.layout import TreeLayout
from tracksam import Lineage

if TYPE_CHECKING:
    import pandas as pd

SCALE_STEPS = 64


def tree_colours(layout: TreeLayout, lineage: Lineage, look: Look) -> Strip:
    """Return the colours that the rows of a lineage have in the viewer.

    Parameters
    ----------
    layout : TreeLayout
        The tree of `lineage`.
    lineage : Lineage
        N rows.
    look : Look
        A colour for each of them.

    Returns
    -------
    Strip
        A frame of a bar in which the cell was not seen is grey.
    """
    rgb = np.rint(look.row_rgba[:, :3] * 255).astype(np.uint8)
    return by_value(layout, lineage.track_id, lineage.frame, rgb)


def scale_words(look: Look) -> tuple[str, str]:
    """Return what the ends of the colour scale stand for; empty where colours tell tracks apart."""
    low, high = look.value_range
    return ("", "") if low == high else (f"{look.colour_by} {low:.4g}", f"{high:.4g}")


def scale_picture() -> NDArray[np.uint32]:
    """Return the colour scale from low to high as pixels ``0xFFRRGGBB``, shape (1, 64)."""
    from napari.utils.colormaps import ensure_colormap

    rgba = ensure_colormap(SCALE).map(np.linspace(0, 1, SCALE_STEPS))
    red, green, blue = np.rint(rgba[:, :3] * 255).astype(np.uint32).T
    pixels: NDArray[np.uint32] = (0xFF000000 | (red << 16) | (green << 8) | blue)[None]
    return np.ascontiguousarray(pixels)


def description(
    lineage: Lineage, cells: pd.DataFrame | None, colour_by: str, cell: tuple[int, int]
) -> str:
    """Return what is known of a cell, for the hovering pointer.

    Parameters
    ----------
    lineage : Lineage
        Gives mother, daughters and confidence.
    cells : DataFrame or None
        Gives the value of `colour_by`.
    colour_by : str
        The column that colours the tree.
    cell : tuple of int
        Track and frame.

    Returns
    -------
    str
        A few short lines.
    """
    track_id, frame = cell
    lines = []
    rows = lineage.rows(track_id)
    row = rows.start + int(np.searchsorted(lineage.frame[rows], frame))
    if row < rows.stop and lineage.frame[row] == frame:
        lines.append(f"confidence {lineage.confidence[row]:.2f}")
    if track_id in lineage.parents:
        lines.append(f"daughter of {lineage.parents[track_id]}")
    if daughters := lineage.daughters(track_id):
        lines.append("mother of " + " and ".join(str(i) for i in daughters))
    if cells is not None and colour_by in cells and colour_by != CONFIDENCE:
        found = cells.loc[(cells["track_id"] == track_id) & (cells["frame"] == frame), colour_by]
        lines += [f"{colour_by} {value:.5g}" for value in found]
    return "\n".join(lines)
