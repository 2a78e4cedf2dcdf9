"""One cell, one frame, one table at a time, against shapes whose measures are known."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from skimage.draw import disk, ellipse
from skimage.measure import regionprops_table

from tracksam.columns import CELL_COLUMNS, TRACK_COLUMNS, Calibration, Column, Feature, present
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.settings import MeasureSettings
from tracksam.steps.measure import cell_table, measure_frame, track_table

CALIBRATED = Calibration(pixel_size_um=0.5, frame_interval_s=120)
REFERENCE = {
    "track_id": "label",
    "area_px": "area",
    "y_px": "centroid-0",
    "x_px": "centroid-1",
    "bbox_y0_px": "bbox-0",
    "bbox_x0_px": "bbox-1",
    "bbox_y1_px": "bbox-2",
    "bbox_x1_px": "bbox-3",
    "perimeter_px": "perimeter_crofton",
    "major_axis_px": "axis_major_length",
    "minor_axis_px": "axis_minor_length",
    "eccentricity": "eccentricity",
    "orientation_rad": "orientation",
    "convex_area_px": "area_convex",
    "solidity": "solidity",
    "equivalent_diameter_px": "equivalent_diameter_area",
    "feret_max_px": "feret_diameter_max",
    "extent": "extent",
    "euler_number": "euler_number",
    "mean_c0": "intensity_mean-0",
    "median_c0": "intensity_median-0",
    "sd_c1": "intensity_std-1",
    "min_c1": "intensity_min-1",
    "max_c1": "intensity_max-1",
}


def reference(labels_yx: NDArray[np.int64], image_yxc: NDArray[np.uint16]) -> dict[str, object]:
    properties = sorted({name.split("-")[0] for name in REFERENCE.values()})
    return regionprops_table(labels_yx, image_yxc, properties=properties)


def assert_as_regionprops(labels_yx: NDArray[np.int64], image_yxc: NDArray[np.uint16]) -> None:
    measured, wanted = measure_frame(labels_yx, image_yxc, frame=0), reference(labels_yx, image_yxc)
    for ours, theirs in REFERENCE.items():
        np.testing.assert_allclose(
            measured[ours], wanted[theirs], rtol=1e-9, atol=1e-9, err_msg=ours
        )


def two_channels(shape_yx: tuple[int, int]) -> NDArray[np.uint16]:
    return np.random.default_rng(1).integers(0, 60_000, (*shape_yx, 2)).astype(np.uint16)


def test_noise_measures_as_in_regionprops() -> None:
    rng = np.random.default_rng(0)
    coarse_yx = rng.integers(0, 9, (13, 17))
    labels_yx = np.kron(coarse_yx, np.ones((3, 5), int))
    labels_yx[rng.random(labels_yx.shape) < 0.1] = 0
    assert_as_regionprops(labels_yx * 1000, two_channels(labels_yx.shape))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("labels", "image"),
    [
        ("Fluo-N2DL-HeLa/02_ST/SEG/man_seg020.tif", "Fluo-N2DL-HeLa/02/t020.tif"),
        ("DIC-C2DH-HeLa/01_ST/SEG/man_seg010.tif", "DIC-C2DH-HeLa/01/t010.tif"),
        (
            "PhC-C2DH-U373-resized/01_ST/SEG/man_seg010.tif",
            "PhC-C2DH-U373-resized/01/t010.tif",
        ),
    ],
    ids=["nuclei", "touching", "large"],
)
def test_real_cells_measure_as_in_regionprops(real_data: Path, labels: str, image: str) -> None:
    folder = real_data / "ctc-measure-only"
    image_yx = tifffile.imread(folder / image)
    assert_as_regionprops(
        tifffile.imread(folder / labels), np.stack([image_yx, image_yx.max() - image_yx], axis=2)
    )


def test_a_disc() -> None:
    labels_yx = np.zeros((97, 121), int)
    labels_yx[disk((45, 60), 30.5)] = 3
    cell = {name: values[0] for name, values in measure_frame(labels_yx, None, 0).items()}
    assert (cell["y_px"], cell["x_px"]) == (45, 60)
    assert cell["area_px"] == pytest.approx(np.pi * 30.5**2, rel=0.005)
    assert cell["perimeter_px"] == pytest.approx(2 * np.pi * 30.5, rel=0.01)
    assert cell["major_axis_px"] == pytest.approx(61, rel=0.005)
    assert cell["eccentricity"] < 0.03
    assert cell["solidity"] > 0.98


@pytest.mark.parametrize("degrees", [-60, -20, 0, 35, 80])
def test_an_ellipse_at_an_angle(degrees: int) -> None:
    labels_yx = np.zeros((101, 131), int)
    labels_yx[ellipse(50, 65, 40, 16, rotation=np.radians(degrees))] = 1
    cell = {name: values[0] for name, values in measure_frame(labels_yx, None, 0).items()}
    assert cell["major_axis_px"] == pytest.approx(80, rel=0.01)
    assert cell["minor_axis_px"] == pytest.approx(32, rel=0.01)
    assert cell["eccentricity"] == pytest.approx(np.sqrt(1 - 0.4**2), rel=0.005)
    assert abs(cell["orientation_rad"]) == pytest.approx(np.radians(abs(degrees)), abs=0.01)


def test_a_rectangle_and_a_corner() -> None:
    labels_yx = np.zeros((12, 20), np.uint16)
    labels_yx[2:6, 3:13] = 5
    labels_yx[8:12, 0:4] = 9
    labels_yx[8:10, 2:4] = 0
    measured = measure_frame(labels_yx, None, frame=4)
    assert measured["track_id"].tolist() == [5, 9]
    assert measured["frame"].tolist() == [4, 4]
    assert measured["area_px"].tolist() == [40, 12]
    assert measured["bbox_y1_px"].tolist() == [6, 12]
    assert measured["bbox_x1_px"].tolist() == [13, 4]
    assert measured["touches_border"].tolist() == [False, True]
    assert measured["solidity"][0] == 1
    assert measured["solidity"][1] == pytest.approx(12 / 13)


def test_one_pixel() -> None:
    labels_yx = np.zeros((5, 7), int)
    labels_yx[2, 3] = 1
    measured = measure_frame(labels_yx, None, frame=0)
    assert {name: float(measured[name][0]) for name in ("area_px", "convex_area_px")} == {
        "area_px": 1,
        "convex_area_px": 1,
    }
    assert (measured["y_px"][0], measured["x_px"][0]) == (2, 3)
    assert (measured["major_axis_px"][0], measured["eccentricity"][0]) == (0, 0)
    assert measured["perimeter_px"][0] > 0


def test_no_cell_gives_every_column_without_rows() -> None:
    image_yxc = two_channels((5, 7))
    full = measure_frame(np.ones((5, 7), int), image_yxc, frame=0, calibration=CALIBRATED)
    empty = measure_frame(np.zeros((5, 7), int), image_yxc, frame=0, calibration=CALIBRATED)
    assert list(empty) == list(full)
    assert {name: len(values) for name, values in empty.items()} == dict.fromkeys(full, 0)
    assert {n: v.dtype for n, v in empty.items()} == {n: v.dtype for n, v in full.items()}


def test_intensities_of_each_channel() -> None:
    image_yxc = np.arange(5 * 7 * 2, dtype=np.uint8).reshape(5, 7, 2)
    labels_yx = np.zeros((5, 7), int)
    labels_yx[1:3, 2:4] = 1
    measured = measure_frame(labels_yx, image_yxc, frame=0)
    assert measured["mean_c0"].tolist() == [26]
    assert (measured["min_c1"].tolist(), measured["max_c1"].tolist()) == ([19], [35])


def test_intensities_can_be_left_out() -> None:
    image_yxc = two_channels((5, 7))
    measured = measure_frame(np.ones((5, 7), int), image_yxc, 0, MeasureSettings(intensity=False))
    assert [name for name in measured if name.endswith(("_c0", "_c1"))] == []


def test_the_columns_are_the_declared_ones_in_order() -> None:
    measured = measure_frame(np.ones((5, 7), int), two_channels((5, 7)), 0, calibration=CALIBRATED)
    declared = [c.name for c in present(CELL_COLUMNS, CALIBRATED, n_channels=2)]
    later = {"confidence", "mask_confidence", "is_interpolated", "kind", "turning_angle_rad"}
    later |= {name for name in declared if name.startswith(("step", "speed", "path", "displace"))}
    assert list(measured) == [name for name in declared if name not in later]


@pytest.mark.parametrize(
    ("labels_yx", "message"),
    [
        (np.zeros((5, 7)), r"integer dtype, got \(5, 7\) of float64"),
        (np.zeros((2, 5, 7), int), r"shape \(Y, X\) and an integer dtype, got \(2, 5, 7\)"),
        (np.full((5, 7), -3), r"labels must be 0 or more \(0 is background\), got -3"),
        (np.zeros((7, 5), int), r"labels of shape \(7, 5\) needs shape \(Y, X, C\), got \(5, 7, 2"),
    ],
)
def test_wrong_labels_are_refused(labels_yx: NDArray[np.int64], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        measure_frame(labels_yx, two_channels((5, 7)), frame=0)


def test_a_feature_of_others_joins_the_table() -> None:
    column = Column("mean_curl", "float64", "Half the area.")
    feature = Feature("half", (column,), lambda cells: {"mean_curl": cells.area / 2})
    measured = measure_frame(np.ones((5, 7), int), None, frame=0, features=[feature])
    assert measured["mean_curl"].tolist() == [17.5]
    lineage = Lineage([1], [0], [[2, 3]])
    table = cell_table([measured], lineage, features=[feature])
    assert table["mean_curl"].tolist() == [17.5]
    assert track_table(lineage, table, n_frames=1)["mean_area_px"].tolist() == [35]


def test_a_feature_gives_what_it_declares() -> None:
    column = Column("half_area", "float64", "Half the area.")
    other = Feature("half", (column,), lambda cells: {"halfarea": cells.area / 2})
    with pytest.raises(InvalidInputError, match="declares the columns half_area, but gave halfar"):
        measure_frame(np.ones((5, 7), int), None, frame=0, features=[other])
    short = Feature("half", (column,), lambda cells: {"half_area": np.zeros(3)})
    with pytest.raises(InvalidInputError, match=r"1 values of half_area, one a cell; got shape"):
        measure_frame(np.ones((5, 7), int), None, frame=0, features=[short])


def family() -> tuple[Lineage, NDArray[np.int64]]:
    """Return a mother 4 with daughters 2 and 9, a cell 7 that leaves, and their masks."""
    labels_tyx = np.zeros((4, 11, 19), int)
    labels_tyx[0:2, 4:8, 6:12] = 4
    labels_tyx[2:4, 4:6, 6:12] = 2
    labels_tyx[2, 7:9, 6:12] = 9
    labels_tyx[0, 0:2, 2:4] = 7
    lineage = Lineage(
        track_id=[4, 4, 2, 2, 9, 7],
        frame=[0, 1, 2, 3, 2, 0],
        yx=[[5.5, 8.5]] * 2 + [[4.5, 8.5]] * 2 + [[7.5, 8.5], [0.5, 2.5]],
        confidence=[0.9, 0.5, 0.8, 1, 0.7, 0.6],
        is_interpolated=[False, True, False, False, False, False],
        parents={2: 4, 9: 4},
        parent_confidence={2: 0.75},
    )
    return lineage, labels_tyx


def test_the_cell_table_is_sorted_and_knows_the_lineage() -> None:
    lineage, labels_tyx = family()
    cells = cell_table((measure_frame(y, None, t) for t, y in enumerate(labels_tyx)), lineage)
    assert cells["track_id"].tolist() == [2, 2, 4, 4, 7, 9]
    assert cells["frame"].tolist() == [2, 3, 0, 1, 0, 2]
    assert cells["confidence"].tolist() == [0.8, 1, 0.9, 0.5, 0.6, 0.7]
    assert cells["is_interpolated"].tolist() == [False, False, False, True, False, False]
    np.testing.assert_array_equal(cells[["y_px", "x_px"]], lineage.yx)


def test_the_track_table_tells_family_and_fate() -> None:
    lineage, labels_tyx = family()
    frames = (measure_frame(y, None, t) for t, y in enumerate(labels_tyx))
    tracks = track_table(lineage, cell_table(frames, lineage), n_frames=4, calibration=CALIBRATED)
    declared = [c.name for c in present(TRACK_COLUMNS, CALIBRATED)]
    assert list(tracks) == [name for name in declared if not name.startswith("kind")]
    assert tracks["track_id"].tolist() == [2, 4, 7, 9]
    assert tracks["parent_id"].tolist() == [4, 0, 0, 4]
    assert tracks["root_id"].tolist() == [4, 4, 7, 4]
    assert tracks["sister_id"].tolist() == [9, 0, 0, 2]
    assert tracks["generation"].tolist() == [1, 0, 0, 1]
    assert tracks["n_daughters"].tolist() == [0, 2, 0, 0]
    np.testing.assert_array_equal(tracks["parent_confidence"], [0.75, np.nan, np.nan, 1])
    assert tracks["first_frame"].tolist() == [2, 0, 0, 2]
    assert tracks["last_frame"].tolist() == [3, 1, 0, 2]
    assert tracks["n_frames"].tolist() == [2, 2, 1, 1]
    assert tracks["n_interpolated"].tolist() == [0, 1, 0, 0]
    assert tracks["duration_min"].tolist() == [2, 2, 0, 0]
    assert tracks["fate"].tolist() == ["end of movie", "divided", "left", "lost"]
    assert tracks["min_confidence"].tolist() == [0.8, 0.5, 0.6, 0.7]


def test_nothing_gives_empty_tables() -> None:
    cells = cell_table([measure_frame(np.zeros((5, 7), int), None, 0)], Lineage())
    tracks = track_table(Lineage(), cells, n_frames=1)
    assert (len(cells), len(tracks)) == (0, 0)
    assert list(tracks) == [c.name for c in present(TRACK_COLUMNS, Calibration())]
