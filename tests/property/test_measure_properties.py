"""What must hold for any masks: units scale, transposing transposes, relabelling permutes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tracksam.columns import CELL_COLUMNS, TRACK_COLUMNS, Calibration, Column
from tracksam.masks import Masks
from tracksam.stack import Stack
from tracksam.steps.measure import measure, measure_frame

LABELS = arrays.arrays(np.int64, (9, 13), elements=st.integers(0, 5))
COARSE = LABELS.map(lambda labels_yx: np.kron(labels_yx, np.ones((2, 3), np.int64)))
MOVIES = arrays.arrays(np.int64, (4, 7, 11), elements=st.integers(0, 3))

SWAPPED = {
    "y_px": "x_px",
    "x_px": "y_px",
    "bbox_y0_px": "bbox_x0_px",
    "bbox_x0_px": "bbox_y0_px",
    "bbox_y1_px": "bbox_x1_px",
    "bbox_x1_px": "bbox_y1_px",
}


def image_of(labels_yx: NDArray[np.int64]) -> NDArray[np.uint16]:
    shape = (*labels_yx.shape, 1)
    return np.random.default_rng(1).integers(0, 60_000, shape).astype(np.uint16)


def tables(labels_tyx: NDArray[np.int64], pixel_size_um: float, interval_s: float):  # type: ignore[no-untyped-def]
    stack = Stack.from_array(
        np.stack([image_of(y)[..., 0] for y in labels_tyx]),
        axes="TYX",
        pixel_size_um=pixel_size_um,
        frame_interval_s=interval_s,
    )
    return measure(Masks.from_array(labels_tyx), stack)


def factor(column: Column, length: float, time: float) -> float:
    return length**column.length * time**column.time


@given(MOVIES)
def test_units_scale_with_their_powers(labels_tyx: NDArray[np.int64]) -> None:
    one, other = tables(labels_tyx, 0.5, 60), tables(labels_tyx, 1.0, 180)
    for columns, a, b in (
        (CELL_COLUMNS, one.cells, other.cells),
        (TRACK_COLUMNS, one.tracks, other.tracks),
    ):
        for column in columns:
            name = column.of_channel(0).name
            if name not in a and name in ("kind", "kind_probability"):
                assert name not in b  # known where examples or words were given
                continue
            if column.dtype == "str":
                assert a[name].tolist() == b[name].tolist()
            else:
                np.testing.assert_allclose(
                    a[name] * factor(column, 2, 3), b[name], rtol=1e-12, err_msg=name
                )


@given(COARSE)
def test_transposed_masks_give_transposed_measures(labels_yx: NDArray[np.int64]) -> None:
    image_yxc = image_of(labels_yx)
    upright = measure_frame(labels_yx, image_yxc, 0)
    lying = measure_frame(labels_yx.T, image_yxc.transpose(1, 0, 2), 0)
    for name, values in upright.items():
        if name != "orientation_rad":
            np.testing.assert_allclose(
                lying[SWAPPED.get(name, name)], values, rtol=1e-9, atol=1e-9, err_msg=name
            )


@given(COARSE, st.permutations(range(1, 6)))
def test_relabelling_permutes(labels_yx: NDArray[np.int64], order: list[int]) -> None:
    new_id = np.array([0, *order]) * 1000
    image_yxc = image_of(labels_yx)
    before = measure_frame(labels_yx, image_yxc, 0)
    after = measure_frame(new_id[labels_yx], image_yxc, 0)
    place = np.argsort(new_id[before["track_id"]])
    for name, values in before.items():
        wanted = new_id[values] if name == "track_id" else values
        np.testing.assert_allclose(after[name], wanted[place], rtol=1e-9, atol=1e-12, err_msg=name)


@given(COARSE, st.integers(0, 4), st.integers(0, 7))
def test_moved_masks_keep_their_shape(labels_yx: NDArray[np.int64], dy: int, dx: int) -> None:
    here = measure_frame(np.pad(labels_yx, ((1, 6), (1, 9))), None, 0)
    there = measure_frame(np.pad(labels_yx, ((1 + dy, 6 - dy), (1 + dx, 9 - dx))), None, 0)
    shift = {"y_px": dy, "bbox_y0_px": dy, "bbox_y1_px": dy, "x_px": dx} | {
        "bbox_x0_px": dx,
        "bbox_x1_px": dx,
    }
    for name in set(here) - {"touches_border"}:
        wanted = here[name] + shift.get(name, 0)
        np.testing.assert_allclose(there[name], wanted, rtol=1e-9, atol=1e-9, err_msg=name)


@given(COARSE)
def test_bounds(labels_yx: NDArray[np.int64]) -> None:
    cells = measure_frame(labels_yx, image_of(labels_yx), 0, calibration=Calibration(0.3, 60))
    for name in ("solidity", "extent", "touching_share", "texture_homogeneity_c0"):
        values = cells[name][~np.isnan(cells[name])]
        assert ((values >= 0) & (values <= 1)).all(), name
    assert (cells["convex_area_px"] >= cells["area_px"]).all()
    assert (cells["feret_max_px"] >= cells["feret_min_px"] - 1e-9).all()
    assert (cells["min_c0"] <= cells["median_c0"]).all()
    assert (cells["mean_c0"] <= cells["max_c0"]).all()
    assert cells["n_neighbours"].sum() % 2 == 0
