"""The table of cells for Qt: a thin model over `shown.rows`."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

from napari_tracksam.shown.rows import Rows, meaning

DISPLAY = Qt.ItemDataRole.DisplayRole
TOOLTIP = Qt.ItemDataRole.ToolTipRole
ALIGNMENT = Qt.ItemDataRole.TextAlignmentRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RowsModel(QAbstractTableModel):
    """Shows `Rows`; sorting replaces them by sorted ones."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows = Rows()
        self._sorting: tuple[str, bool] | None = None

    def set_rows(self, rows: Rows) -> None:
        """Show other rows, sorted as before."""
        self.beginResetModel()
        self.rows = rows
        if self._sorting is not None and self._sorting[0] in rows.names:
            name, is_descending = self._sorting
            self.rows = rows.sorted_by(rows.names.index(name), is_descending)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; below 0: leave the order."""
        if column < 0 or column >= len(self.rows.names):
            return
        is_descending = order == Qt.SortOrder.DescendingOrder
        self._sorting = self.rows.names[column], is_descending
        self.layoutAboutToBeChanged.emit()
        self.rows = self.rows.sorted_by(column, is_descending)
        self.layoutChanged.emit()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.rows.names)

    def data(self, index: QModelIndex, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        if role == DISPLAY:
            return self.rows.text(index.row(), index.column())
        return RIGHT if role == ALIGNMENT else None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = DISPLAY
    ) -> Any:
        if orientation == Qt.Orientation.Vertical or section >= len(self.rows.names):
            return None
        name = self.rows.names[section]
        if role == DISPLAY:
            return name
        return meaning(name) if role == TOOLTIP else None
