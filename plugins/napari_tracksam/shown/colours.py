"""Colours: the tree in the same colours as the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_tracksam.tree.colouring import Strip, by_track, by_value, value_range
from napari_tracksam.tree.layout import TreeLayout
from tracksam import Lineage

if TYPE_CHECKING:
    import pandas as pd

TRACK, CONFIDENCE = "track", "confidence"
LOW_TO_HIGH = "viridis"


def tree_colours(
    layout: TreeLayout, lineage: Lineage, cells: pd.DataFrame | None, colour_by: str
) -> Strip:
    """Return the colours of a tree.

    Parameters
    ----------
    layout : TreeLayout
        The tree.
    lineage : Lineage
        Gives the confidences.
    cells : DataFrame or None
        Gives all other columns.
    colour_by : str
        ``"track"``, ``"confidence"`` (0 to 1), or a column of `cells`. A column that is not there
        colours by track.

    Returns
    -------
    Strip
    """
    if colour_by == CONFIDENCE:
        rgb = _mapped(lineage.confidence, (0.0, 1.0))
        return by_value(layout, lineage.track_id, lineage.frame, rgb)
    if colour_by == TRACK or cells is None or colour_by not in cells:
        return by_track(layout)
    values = cells[colour_by].to_numpy(float)
    known = np.isfinite(values)
    return by_value(
        layout,
        cells["track_id"].to_numpy(np.int64)[known],
        cells["frame"].to_numpy(np.int64)[known],
        _mapped(values[known], value_range(values)),
    )


def _mapped(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    from napari.utils.colormaps import ensure_colormap

    low, high = ends
    rgba = ensure_colormap(LOW_TO_HIGH).map(np.clip((values - low) / (high - low), 0, 1))
    return np.rint(rgba[:, :3] * 255).astype(np.uint8)


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
