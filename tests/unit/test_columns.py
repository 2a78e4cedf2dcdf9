import sys
from pathlib import Path

import numpy as np
import pytest

from tracksam.columns import (
    CELL_COLUMNS,
    TRACK_COLUMNS,
    Calibration,
    Column,
    Feature,
    filled,
    installed_features,
    present,
    quantity,
)
from tracksam.errors import InvalidInputError
from tracksam.stack import Stack

CALIBRATED = Calibration(pixel_size_um=0.5, frame_interval_s=120)


@pytest.mark.parametrize("columns", [CELL_COLUMNS, TRACK_COLUMNS], ids=["cells", "tracks"])
def test_declarations_are_complete(columns: tuple[Column, ...]) -> None:
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert [c.name for c in columns if not c.meaning.endswith(".")] == []
    assert [c.name for c in columns if c.needs != "none" and c.source not in names] == []
    assert [c.name for c in columns if "um" in c.unit and c.needs not in ("space", "both")] == []


@pytest.mark.parametrize("columns", [CELL_COLUMNS, TRACK_COLUMNS], ids=["cells", "tracks"])
def test_uncalibrated_tables_have_no_real_units(columns: tuple[Column, ...]) -> None:
    units = {column.unit for column in present(columns, Calibration())}
    assert [unit for unit in units if "um" in unit or "min" in unit] == []


def test_a_quantity_is_named_after_its_units() -> None:
    assert [c.name for c in quantity("area", "A.", length=2)] == ["area_px", "area_um2"]
    assert [c.unit for c in quantity("area", "A.", length=2)] == ["px2", "um2"]
    assert [c.name for c in quantity("age", "A.", time=1)] == ["age_frames", "age_min"]
    rate = quantity("division_rate", "A.", time=-1)
    assert [c.name for c in rate] == ["division_rate_per_frame", "division_rate_per_min"]
    diffusion = quantity("diffusion", "D.", length=2, time=-1)
    assert [c.name for c in diffusion] == ["diffusion_px2_per_frame", "diffusion_um2_per_min"]
    assert [c.unit for c in diffusion] == ["px2/frame", "um2/min"]
    assert [c.needs for c in diffusion] == ["none", "both"]
    density = quantity("density", "D.", length=-2)
    assert [c.name for c in density] == ["density_per_px2", "density_per_um2"]
    assert [c.unit for c in density] == ["1/px2", "1/um2"]


def test_calibration_turns_pixels_and_frames_into_micrometres_and_minutes() -> None:
    assert CALIBRATED.factor(length=2) == 0.25
    assert CALIBRATED.factor(time=1) == 2
    assert CALIBRATED.factor(length=1, time=-1) == 0.25
    assert np.isnan(Calibration().factor(length=1))
    assert Calibration().factor() == 1


def test_calibration_is_the_movies() -> None:
    stack = Stack.from_array(
        np.zeros((2, 5, 7)), axes="TYX", pixel_size_um=0.5, frame_interval_s=120
    )
    assert Calibration.of(stack) == CALIBRATED


def test_columns_need_their_calibration() -> None:
    columns = (*quantity("speed", "S.", 1, -1), *quantity("area", "A.", 2))
    space_only = Calibration(pixel_size_um=0.5)
    names = [column.name for column in present(columns, space_only)]
    assert names == ["speed_px_per_frame", "area_px", "area_um2"]


def test_channels_keep_together() -> None:
    columns = (
        Column("frame", "int64", "F."),
        Column("mean_c{channel}", "float64", "M."),
        Column("max_c{channel}", "float64", "M."),
        Column("last", "bool", "L."),
    )
    names = [column.name for column in present(columns, Calibration(), n_channels=2)]
    assert names == ["frame", "mean_c0", "max_c0", "mean_c1", "max_c1", "last"]
    assert [c.name for c in present(columns, Calibration())] == ["frame", "last"]


def test_values_are_converted_from_their_source() -> None:
    columns = present(quantity("speed", "S.", 1, -1), CALIBRATED)
    values = filled(columns, {"speed_px_per_frame": [4, np.nan]}, CALIBRATED)
    assert list(values) == ["speed_px_per_frame", "speed_um_per_min"]
    np.testing.assert_array_equal(values["speed_um_per_min"], [1, np.nan])


def test_a_value_without_a_column_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no column is declared for the values sped"):
        filled(quantity("speed", "S.", 1, -1), {"sped": [1]}, CALIBRATED)


def test_a_column_has_a_known_dtype() -> None:
    with pytest.raises(InvalidInputError, match="column x needs a dtype of int64, float64, bool"):
        Column("x", "float32", "X.")


def install(folder: Path, name: str, value: str) -> None:
    """Put a package with one entry point on the path."""
    info = folder / "shapes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: shapes\nVersion: 1.0\n", encoding="utf-8")
    text = f"[tracksam.features]\n{name} = {value}\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")
    (folder / "shapes_of_others.py").write_text(
        "from tracksam.columns import Column, Feature\n"
        "half = Feature('half', [Column('half_area', 'float64', 'Half the area.')],\n"
        "               lambda cells: {'half_area': cells.area / 2})\n",
        encoding="utf-8",
    )


def test_packages_bring_features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    install(tmp_path, "half", "shapes_of_others:half")
    (half,) = installed_features()
    assert isinstance(half, Feature)
    assert [column.name for column in half.columns] == ["half_area"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("shapes_of_others:third", r"feature half \(shapes_of_others:third\) can not be imported"),
        ("shapes_of_others:Column", r"must be a tracksam.columns.Feature, got type"),
    ],
)
def test_broken_features_are_named(
    value: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    install(tmp_path, "half", value)
    with pytest.raises(InvalidInputError, match=message):
        installed_features()
