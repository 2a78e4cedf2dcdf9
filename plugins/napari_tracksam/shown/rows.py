"""Rows: the table of cells as it is shown, sorted and filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import CELL_COLUMNS
from tracksam.columns.declaration import CHANNEL

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(eq=False)
class Rows:
    """Some rows of a table in some order; the values stay where they are.

    Parameters
    ----------
    names : tuple of str
        Columns, as declared in `tracksam.columns`.
    columns : tuple of ndarray
        Their values, each of shape (N,).
    order : ndarray of int64, shape (M,)
        Which of the N rows are shown, from top to bottom.
    """

    names: tuple[str, ...] = ()
    columns: tuple[NDArray[Any], ...] = ()
    order: NDArray[np.int64] = attrs.field(factory=lambda: np.empty(0, np.int64))

    @classmethod
    def of(cls, table: pd.DataFrame | None) -> Rows:
        """Return all rows of a table; none of no table."""
        if table is None:
            return cls()
        names = tuple(str(name) for name in table.columns)
        columns = tuple(table[name].to_numpy() for name in table.columns)
        return cls(names, columns, np.arange(len(table)))

    def __len__(self) -> int:
        return len(self.order)

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a column in their own order."""
        return self.columns[self.names.index(name)]

    def sorted_by(self, column: int, is_descending: bool) -> Rows:
        """Return the same rows sorted; equal ones keep their order, missing values come last."""
        values = self.columns[column][self.order]
        missing = values != values if values.dtype.kind == "f" else np.zeros(len(values), bool)
        ranks = np.unique(values, return_inverse=True)[1]
        ranks = np.where(missing, len(values), -ranks if is_descending else ranks)
        return attrs.evolve(self, order=self.order[np.argsort(ranks, kind="stable")])

    def only(self, track_ids: frozenset[int] | None, frame: int | None) -> Rows:
        """Return the rows of some tracks (None: all) and of one frame (None: all)."""
        kept = np.ones(len(self.order), bool)
        if track_ids is not None:
            kept &= np.isin(self.column("track_id")[self.order], sorted(track_ids))
        if frame is not None:
            kept &= self.column("frame")[self.order] == frame
        return attrs.evolve(self, order=self.order[kept])

    def text(self, row: int, column: int) -> str:
        """Return what a field says: five significant digits, empty where there is no value."""
        value = self.columns[column][self.order[row]]
        if isinstance(value, (bool, np.bool_)):
            return "yes" if value else ""
        if isinstance(value, (float, np.floating)):
            return "" if not np.isfinite(value) else f"{value:.5g}"
        return str(value)

    def cell(self, row: int) -> tuple[int, int]:
        """Return the track and frame of a row."""
        place = self.order[row]
        return int(self.column("track_id")[place]), int(self.column("frame")[place])

    def yx(self, row: int) -> tuple[float, float]:
        """Return the centroid of a row, in pixels."""
        place = self.order[row]
        return float(self.column("y_px")[place]), float(self.column("x_px")[place])

    def row_of(self, track_id: int, frame: int) -> int | None:
        """Return the row of a cell; of its track's nearest shown frame; None: not shown."""
        if not self.names:
            return None
        mine = np.flatnonzero(self.column("track_id")[self.order] == track_id)
        if not len(mine):
            return None
        away = np.abs(self.column("frame")[self.order[mine]] - frame)
        return int(mine[away.argmin()])

    def tab_separated(self) -> str:
        """Return the shown rows as text for a spreadsheet, with a line of names."""
        lines = [self.names]
        lines += [
            tuple(self.text(row, column) for column in range(len(self.names)))
            for row in range(len(self))
        ]
        return "\n".join("\t".join(fields) for fields in lines)


def meaning(name: str) -> str:
    """Return what a column of cells means; of a package's own column its name."""
    for column in CELL_COLUMNS:
        before, channel, after = column.name.partition(CHANNEL)
        number = name.removeprefix(before).removesuffix(after)
        is_it = number.isdigit() and name == f"{before}{number}{after}" if channel else False
        if is_it or column.name == name:
            unit = f" In {column.unit}." if column.unit else ""
            return column.meaning + unit
    return name
