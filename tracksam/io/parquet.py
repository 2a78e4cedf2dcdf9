"""Tables as Parquet, with every column's unit and meaning inside. Needs the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tracksam.columns import Column
from tracksam.errors import InvalidInputError
from tracksam.io.atomic import whole_file

if TYPE_CHECKING:
    import pandas as pd


def write_parquet(path: Path, table: pd.DataFrame, columns: Iterable[Column] = ()) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    table : pandas.DataFrame
        Any table.
    columns : iterable of Column
        Declarations, whose units and meanings go with the columns of the same names.

    Raises
    ------
    InvalidInputError
        The package ``pyarrow`` is not installed.
    WriteError
        The file can not be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InvalidInputError(
            "Parquet needs the package pyarrow; install it with: pip install 'tracksam[parquet]'."
        ) from error
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    told = {c.name: {"unit": c.unit, "meaning": c.meaning} for c in columns}
    fields = [field.with_metadata(told.get(field.name)) for field in arrow.schema]
    described = arrow.cast(pa.schema(fields, metadata=arrow.schema.metadata))
    with whole_file(path) as temporary:
        pq.write_table(described, temporary)
