"""Tables: one row a cell and frame, and one row a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import pandas as pd


def _equal_frames(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    return bool(a.equals(b))


@attrs.frozen
class Tables:
    """The measurements of a run. Every column is declared in `tracksam.columns`.

    Parameters
    ----------
    cells : pandas.DataFrame
        A row for each cell in each frame, sorted by track and frame.
    tracks : pandas.DataFrame
        A row for each track, sorted by track id.
    """

    cells: pd.DataFrame = attrs.field(eq=attrs.cmp_using(eq=_equal_frames))
    tracks: pd.DataFrame = attrs.field(eq=attrs.cmp_using(eq=_equal_frames))
