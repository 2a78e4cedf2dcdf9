import sys
from pathlib import Path

import pandas as pd
import pytest

from tracksam.columns import CELL_COLUMNS, Calibration, present
from tracksam.errors import InvalidInputError
from tracksam.io.parquet import write_parquet

TABLE = pd.DataFrame({"track_id": [3, 7], "area_um2": [1.5, None], "touches_border": [True, False]})


def test_tables_are_read_back_with_units(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    columns = present(CELL_COLUMNS, Calibration(pixel_size_um=0.5))
    write_parquet(tmp_path / "cells.parquet", TABLE, columns)
    assert pd.read_parquet(tmp_path / "cells.parquet").equals(TABLE)
    field = pq.read_schema(tmp_path / "cells.parquet").field("area_um2")
    assert field.metadata[b"unit"] == b"um2"
    assert field.metadata[b"meaning"].startswith(b"Area: the number of pixels")


def test_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidInputError, match=r"pip install 'tracksam\[parquet\]'"):
        write_parquet(tmp_path / "cells.parquet", TABLE)
    assert list(tmp_path.iterdir()) == []
