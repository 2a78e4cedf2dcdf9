"""Wide tables: one measure, a row a frame and a column a track, as spreadsheets like it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tracksam.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd


def wide_table(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one column of the cell table with a column for each track.

    Parameters
    ----------
    cells : pandas.DataFrame
        What `tracksam.steps.measure.cell_table` returned.
    column : str
        Name of one of its columns.

    Returns
    -------
    pandas.DataFrame
        ``frame``, then ``track_1``, ``track_2``, ... by track id. Every frame from the first to
        the last has a row; where a track has none, the value is missing.

    Raises
    ------
    InvalidInputError
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"track_id": [3, 3, 7], "frame": [0, 2, 2], "area_px": [5, 6, 9]})
    >>> wide_table(cells, "area_px").to_dict("list")
    {'frame': [0, 1, 2], 'track_3': [5.0, nan, 6.0], 'track_7': [nan, nan, 9.0]}
    """
    if column not in cells or column in ("track_id", "frame"):
        near = difflib.get_close_matches(column, map(str, cells), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(map(str, cells))}."
        raise InvalidInputError(f"the cell table has no measure {column}; {hint}")
    pivoted = cells.pivot(index="frame", columns="track_id", values=column)
    if len(pivoted):
        pivoted = pivoted.reindex(range(int(pivoted.index.min()), int(pivoted.index.max()) + 1))
    pivoted.columns = [f"track_{track_id}" for track_id in pivoted.columns]
    return pivoted.rename_axis("frame").reset_index()
