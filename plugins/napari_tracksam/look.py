"""Look: what is shown of a result, computed by a pure function and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import Lineage
from tracksam.errors import InvalidInputError
from tracksam.report.colours import track_colours

if TYPE_CHECKING:
    import pandas as pd

RGBA = tuple[float, float, float, float]
TRACK, CONFIDENCE = "track", "confidence"
SHOWN = ("all", "selected", "lineage")
SCALE = "viridis"
UNKNOWN: RGBA = (0.5, 0.5, 0.5, 1.0)
NOT_SELECTED = 0.5
"""Opacity of the other cells while some are selected."""


@attrs.frozen
class Wish:
    """What a person wants to see.

    Parameters
    ----------
    selected : tuple of int
        Tracks, in the order in which they were selected.
    colour_by : str
        ``"track"``, ``"confidence"``, or a measured column.
    show : {"all", "selected", "lineage"}
        Everything, the selected tracks, or their whole families. Without a selection: all.
    """

    selected: tuple[int, ...] = ()
    colour_by: str = TRACK
    show: str = "all"


@attrs.frozen(eq=False)
class Look:
    """What is shown, for every row of the lineage.

    Parameters
    ----------
    selected, colour_by, show
        As in `Wish`, of tracks that are there.
    visible : frozenset of int or None
        Tracks that are shown; None: all.
    row_rgba : ndarray of float, shape (N, 4)
        A colour for each row of the lineage.
    colours : mapping of int to (float, float, float, float)
        A colour for each visible track; where colours tell a value, only of tracks that are in the
        current frame.
    value_range : tuple of float
        Values of the first and last colour of the scale; (0, 0) where tracks are told apart.
    """

    selected: tuple[int, ...]
    colour_by: str
    show: str
    visible: frozenset[int] | None
    row_rgba: NDArray[np.float64]
    colours: Mapping[int, RGBA]
    value_range: tuple[float, float]

    def same_colours(self, other: Look) -> bool:
        """Return whether another look has the same colours in its frame."""
        return self.colours == other.colours

    def same_tracks(self, other: Look) -> bool:
        """Return whether another look shows the same rows in the same colours."""
        return self.visible == other.visible and np.array_equal(self.row_rgba, other.row_rgba)


def look_of(lineage: Lineage, cells: pd.DataFrame | None, wish: Wish, frame: int) -> Look:
    """Return what is shown.

    Parameters
    ----------
    lineage : Lineage
        The tracks.
    cells : DataFrame or None
        Measurements, of which a column gives the colour.
    wish : Wish
        What a person wants to see.
    frame : int
        The current frame.

    Returns
    -------
    Look
    """
    there = set(lineage.track_ids.tolist())
    selected = tuple(i for i in wish.selected if i in there)
    visible = _visible(lineage, selected, wish.show)
    row_rgba, value_range = _row_rgba(lineage, cells, wish.colour_by)
    if selected:
        row_rgba[~np.isin(lineage.track_id, selected), 3] = NOT_SELECTED
    # The colour of a track does not depend on the frame: then nothing changes from frame to frame.
    is_fixed = value_range == (0.0, 0.0)
    rows = (
        np.unique(lineage.track_id, return_index=True)[1]
        if is_fixed
        else np.flatnonzero(lineage.frame == frame)
    )
    ids, rgba = lineage.track_id[rows].tolist(), row_rgba[rows].tolist()
    shown = there if visible is None else visible
    colours = {i: (r, g, b, a) for i, (r, g, b, a) in zip(ids, rgba, strict=True) if i in shown}
    return Look(selected, wish.colour_by, wish.show, visible, row_rgba, colours, value_range)


def _visible(lineage: Lineage, selected: tuple[int, ...], show: str) -> frozenset[int] | None:
    if show not in SHOWN:
        raise InvalidInputError(f"shown can be {', '.join(SHOWN)}; got {show!r}.")
    if show == "all" or not selected:
        return None
    return frozenset(selected) if show == "selected" else family(lineage, selected)


def family(lineage: Lineage, track_ids: tuple[int, ...]) -> frozenset[int]:
    """Return tracks with their ancestors and all that descend from those."""
    roots = []
    for track_id in track_ids:
        root = track_id
        while root in lineage.parents:
            root = lineage.parents[root]
        roots.append(root)
    return lineage.descendants(roots)


def _row_rgba(
    lineage: Lineage, cells: pd.DataFrame | None, colour_by: str
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    if colour_by == CONFIDENCE:
        return _scaled(lineage.confidence, (0.0, 1.0)), (0.0, 1.0)
    if colour_by == TRACK or cells is None or colour_by not in cells:
        rgb = track_colours(lineage.track_id) / 255
        return np.column_stack([rgb, np.ones(len(rgb))]), (0.0, 0.0)
    values = _values(lineage, cells, colour_by)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.tile(UNKNOWN, (len(lineage), 1)), (0.0, 0.0)
    low, high = np.percentile(finite, [1, 99]).tolist()
    return _scaled(values, (low, high)), (low, high)


def _values(lineage: Lineage, cells: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column's values in the order of the lineage's rows; NaN where nothing is measured."""
    n = int(max(lineage.frame.max(initial=0), cells["frame"].max() if len(cells) else 0)) + 1
    known = cells["track_id"].to_numpy(np.int64) * n + cells["frame"].to_numpy(np.int64)
    order = np.argsort(known)
    wanted = lineage.track_id * n + lineage.frame
    values = np.full(len(lineage), np.nan)
    if len(known):
        at = order[np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)]
        found = known[at] == wanted
        values[found] = cells[column].to_numpy(np.float64)[at[found]]
    return values


def _scaled(values: NDArray[np.float64], ends: tuple[float, float]) -> NDArray[np.float64]:
    from napari.utils.colormaps import ensure_colormap

    low, high = ends
    share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    rgba = np.array(ensure_colormap(SCALE).map(np.nan_to_num(share)), np.float64)
    rgba[~np.isfinite(values)] = UNKNOWN
    return rgba.reshape(-1, 4)
