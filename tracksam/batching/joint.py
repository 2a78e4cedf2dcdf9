"""Joint tables: the rows of all movies in one file, with the movie's name before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracksam.batching.ledger import CELLS, TRACKS
from tracksam.columns import CELL_COLUMNS, TRACK_COLUMNS
from tracksam.errors import InvalidInputError
from tracksam.io.atomic import whole_file
from tracksam.io.tables import growing_table

if TYPE_CHECKING:
    import pandas as pd

MOVIE = "movie"
_ROWS_AT_ONCE = 10_000  # of text: a hundred columns take 70 MB
_DTYPES = {c.name: c.dtype for c in (*CELL_COLUMNS, *TRACK_COLUMNS)}


def write_joint(path: Path, tables: Sequence[tuple[str, Path]]) -> None:
    """Write the rows of several tables as one CSV file.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    tables : sequence of (str, Path)
        Name of each movie, and its table. A column that a movie lacks is empty in its rows.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    columns = _all_columns([file for _, file in tables])
    with growing_table(path) as append:
        append(_empty(columns))
        for part in _parts(tables, columns):
            append(part)


def write_joint_parquet(folder: Path) -> None:
    """Write the joint tables of a batch as Parquet beside the CSV files.

    Parameters
    ----------
    folder : Path
        Of the batch.

    Raises
    ------
    InvalidInputError
        ``pyarrow`` is not installed.
    WriteError
        A file can not be written.
    """
    for name in (CELLS, TRACKS):
        columns = _all_columns([folder / name])
        parts = _text_parts(folder / name)
        _write_parquet((folder / name).with_suffix(".parquet"), parts, columns)


def require_parquet() -> None:
    """Check that Parquet can be written.

    Raises
    ------
    InvalidInputError
        ``pyarrow`` is not installed; the message says how to get it.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InvalidInputError(
            "Parquet needs the package pyarrow; install it with: pip install 'tracksam[parquet]'."
        ) from error


def _all_columns(files: Sequence[Path]) -> list[str]:
    """The columns of all tables, each where it first comes up."""
    import pandas as pd

    columns: dict[str, None] = {MOVIE: None}
    for file in files:
        columns |= dict.fromkeys(pd.read_csv(file, nrows=0).columns)
    return list(columns)


def _parts(tables: Sequence[tuple[str, Path]], columns: list[str]) -> Iterator[pd.DataFrame]:
    """Rows of one movie after the other, as they stand in its file."""
    for name, file in tables:
        for part in _text_parts(file):
            part.insert(0, MOVIE, name)
            yield part.reindex(columns=columns, fill_value="")


def _text_parts(file: Path) -> Iterator[pd.DataFrame]:
    """Rows of a table as text: numbers are not to change on their way."""
    import pandas as pd

    yield from pd.read_csv(file, dtype=str, keep_default_na=False, chunksize=_ROWS_AT_ONCE)


def _empty(columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=columns)


def _write_parquet(path: Path, parts: Iterator[pd.DataFrame], columns: list[str]) -> None:
    require_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(column, _arrow_type(column)) for column in columns])
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for part in parts:
            writer.write_table(
                pa.table([_arrow_values(part[column]) for column in columns], schema=schema)
            )


def _kind(column: str) -> str:
    """The type in which a column stands in Parquet."""
    if column == MOVIE:
        return "str"
    return _DTYPES.get(column, "float64")


def _arrow_type(column: str) -> Any:
    import pyarrow as pa

    return pa.string() if _kind(column) == "str" else pa.type_for_alias(_kind(column).lower())


def _arrow_values(values: pd.Series[Any]) -> Any:
    import pyarrow as pa

    kind = _kind(str(values.name))
    if kind == "str":
        return pa.array(values.tolist(), pa.string())
    texts = [text if text != "" else None for text in values.tolist()]
    if kind == "bool":
        return pa.array([None if t is None else t == "True" for t in texts], pa.bool_())
    return pa.array(texts, pa.string()).cast(pa.type_for_alias(kind.lower()))
