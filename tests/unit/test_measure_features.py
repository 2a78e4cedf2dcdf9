"""Neighbours, Feret's diameters, backgrounds, rings and texture against known answers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.draw import ellipse
from skimage.feature import graycomatrix, graycoprops

from tracksam.columns import Calibration
from tracksam.steps.measure import measure_frame

CALIBRATED = Calibration(pixel_size_um=0.5, frame_interval_s=120)


def test_a_cell_that_touches_nothing_and_one_that_is_surrounded() -> None:
    labels_yx = np.full((9, 11), 7)
    labels_yx[3:5, 4:8] = 2
    alone = measure_frame(np.where(labels_yx == 2, 2, 0), None, 0)
    both = measure_frame(labels_yx, None, 0)
    assert (alone["n_neighbours"].tolist(), alone["touching_share"].tolist()) == ([0], [0])
    assert (both["n_neighbours"].tolist(), both["touching_share"].tolist()) == ([1, 1], [1, 1])
    assert both["euler_number"].tolist() == [1, 0]


def test_neighbours_and_the_share_of_the_outline_they_take() -> None:
    labels_yx = np.zeros((9, 11), int)
    labels_yx[1:4, 1:5] = 3
    labels_yx[1:4, 5:7] = 8
    labels_yx[4:6, 1:3] = 5
    labels_yx[6, 3] = 9  # meets 5 at a corner only
    measured = measure_frame(labels_yx, None, 0)
    assert measured["track_id"].tolist() == [3, 5, 8, 9]
    assert measured["n_neighbours"].tolist() == [2, 1, 1, 0]
    assert measured["touching_share"].tolist() == [5 / 14, 2 / 8, 3 / 10, 0]


def test_crowding() -> None:
    labels_yx = np.zeros((30, 41), int)
    place_yx = [(5, 5), (5, 10), (5, 20), (15, 5), (20, 20), (25, 10), (25, 35), (10, 30)]
    for label, (y, x) in enumerate(place_yx, start=1):
        labels_yx[y, x] = label
    measured = measure_frame(labels_yx, None, 0, calibration=CALIBRATED)
    assert measured["nearest_px"][:3].tolist() == [5, 5, 10]
    reach = np.sort(np.hypot(*(np.array(place_yx) - place_yx[0]).T))[6]
    assert measured["density_per_px2"][0] == pytest.approx(6 / (np.pi * reach**2))
    assert measured["density_per_um2"][0] == pytest.approx(6 / (np.pi * reach**2) * 4)


def test_few_cells_have_no_crowding() -> None:
    labels_yx = np.zeros((9, 11), int)
    labels_yx[2, 2] = 1
    assert np.isnan(measure_frame(labels_yx, None, 0)["nearest_px"]).all()
    labels_yx[2, 6] = 2
    two = measure_frame(labels_yx, None, 0)
    assert two["nearest_px"].tolist() == [4, 4]
    assert np.isnan(two["density_per_px2"]).all()


@pytest.mark.parametrize(
    ("height", "width", "longest", "narrowest"),
    [
        (10, 4, np.hypot(10, 3), 4),
        (1, 9, 9, 1),
        (7, 7, np.hypot(7, 6), 7),
        (1, 1, 1, np.sqrt(0.5)),
    ],
)
def test_feret_diameters_of_a_rectangle(
    height: int, width: int, longest: float, narrowest: float
) -> None:
    labels_yx = np.zeros((15, 17), int)
    labels_yx[2 : 2 + height, 3 : 3 + width] = 1
    measured = measure_frame(labels_yx, None, 0)
    # The hull runs through the middles of the pixels' outer edges: corners are cut.
    longest_side = max(np.hypot(height - 1, width), np.hypot(height, width - 1))
    assert longest_side == pytest.approx(longest)
    assert measured["feret_max_px"][0] == pytest.approx(longest)
    assert measured["feret_min_px"][0] == pytest.approx(narrowest)


def rod(degrees: int) -> NDArray[np.int64]:
    """Return a rod 200 long and 40 wide."""
    y, x = np.indices((221, 241)) - np.array([110.3, 120.4])[:, None, None]
    angle = np.radians(degrees)
    along, across = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    return (np.hypot(along - np.clip(along, -80, 80), across) <= 20).astype(int)


@pytest.mark.parametrize("degrees", [0, 17, 40, 71])
def test_a_rod_at_an_angle(degrees: int) -> None:
    measured = measure_frame(rod(degrees), None, 0)
    assert measured["feret_max_px"][0] == pytest.approx(200, rel=0.02)
    assert measured["feret_min_px"][0] == pytest.approx(40, rel=0.06)
    turned = abs(np.sin(measured["orientation_rad"][0]))
    assert turned == pytest.approx(np.cos(np.radians(degrees)), abs=0.01)
    area, perimeter = 160 * 40 + np.pi * 20**2, 320 + np.pi * 40
    assert measured["area_px"][0] == pytest.approx(area, rel=0.01)
    # Four directions of lines are least exact for outlines along the axes.
    assert measured["perimeter_px"][0] == pytest.approx(perimeter, rel=0.04)
    assert measured["form_factor"][0] == pytest.approx(4 * np.pi * area / perimeter**2, rel=0.09)


def test_background_is_the_median_without_cells() -> None:
    image_yxc = np.full((5, 7, 1), 10, np.uint16)
    image_yxc[0, 0] = 900
    image_yxc[1:3, 2:4] = 50
    labels_yx = np.zeros((5, 7), int)
    labels_yx[1:3, 2:4] = 1
    measured = measure_frame(labels_yx, image_yxc, 0)
    assert (measured["total_c0"].tolist(), measured["corrected_mean_c0"].tolist()) == ([200], [40])
    assert measured["corrected_total_c0"].tolist() == [160]
    full = measure_frame(np.ones((5, 7), int), image_yxc, 0)
    assert np.isnan(full["corrected_mean_c0"]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_medians_of_every_dtype(dtype: type) -> None:
    rng = np.random.default_rng(4)
    labels_yx = np.kron(rng.integers(0, 4, (5, 7)), np.ones((2, 3), int))
    image_yxc = rng.integers(0, 250, (10, 21, 1)).astype(dtype)
    measured = measure_frame(labels_yx, image_yxc, 0)
    wanted = [np.median(image_yxc[..., 0][labels_yx == i]) for i in measured["track_id"]]
    assert measured["median_c0"].tolist() == wanted


def test_medians_of_more_cells_than_16_bits_hold() -> None:
    labels_yx = np.arange(1, 70_001).reshape(250, 280)
    image_yxc = (labels_yx % 60_000).astype(np.uint16)[..., None]
    measured = measure_frame(labels_yx, image_yxc, 0)
    np.testing.assert_array_equal(measured["median_c0"], labels_yx.ravel() % 60_000)


def test_rings_tell_a_bright_centre_from_a_bright_rim() -> None:
    labels_yx = np.zeros((61, 71), int)
    labels_yx[ellipse(30, 35, 24, 12)] = 1
    y, x = np.indices(labels_yx.shape)
    radius = np.hypot((y - 30) / 24, (x - 35) / 12)
    image_yxc = np.stack([1.0 + 0 * radius, 2 - radius, 1 + radius], axis=2)
    measured = measure_frame(labels_yx, image_yxc, 0)
    rings = np.array([[measured[f"ring_{i}_c{c}"][0] for i in (1, 2, 3, 4)] for c in range(3)])
    np.testing.assert_allclose(rings[0], 1)
    # The mean radius in a ring from a to b is 2/3 (b^3 - a^3) / (b^2 - a^2), in a disc 2/3.
    edge = np.array([0, 0.25, 0.5, 0.75, 1])
    radii = 2 / 3 * np.diff(edge**3) / np.diff(edge**2)
    np.testing.assert_allclose(rings[1], (2 - radii) / (2 - 2 / 3), atol=0.02)
    np.testing.assert_allclose(rings[2], (1 + radii) / (1 + 2 / 3), atol=0.02)


def test_rings_without_a_pixel_or_without_light_are_empty() -> None:
    labels_yx = np.zeros((9, 11), int)
    labels_yx[2, 2], labels_yx[5:8, 5:9] = 1, 2
    image_yxc = np.where(labels_yx == 1, 9, 0)[..., None]
    measured = measure_frame(labels_yx, image_yxc, 0)
    rings = np.array([measured[f"ring_{i}_c0"] for i in (1, 2, 3, 4)])
    np.testing.assert_array_equal(rings[:, 0], [1, np.nan, np.nan, np.nan])
    assert np.isnan(rings[:, 1]).all()


def test_texture_as_in_skimage() -> None:
    rng = np.random.default_rng(5)
    image_yx = rng.integers(100, 164, (23, 31)).astype(np.uint16)
    labels_yx = np.zeros((23, 31), int)
    labels_yx[2:14, 3:20] = 1
    labels_yx[14:20, 3:30] = 2
    image_yx[2, 3], image_yx[2, 4], image_yx[15, 5], image_yx[15, 6] = 100, 164, 100, 164
    measured = measure_frame(labels_yx, image_yx[..., None], 0)
    for k, box in enumerate([np.s_[2:14, 3:20], np.s_[14:20, 3:30]]):
        level_yx = np.minimum((image_yx[box].astype(int) - 100) // 8, 7).astype(np.uint8)
        angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
        pairs = graycomatrix(level_yx, [1], angles, levels=8, symmetric=True)
        pooled = pairs.sum(axis=3, keepdims=True)
        for name in ("contrast", "homogeneity", "energy", "correlation"):
            wanted = graycoprops(pooled, name)[0, 0]
            assert measured[f"texture_{name}_c0"][k] == pytest.approx(wanted), name
        share = pooled[pooled > 0] / pooled.sum()
        entropy = -(share * np.log2(share)).sum()
        assert measured["texture_entropy_c0"][k] == pytest.approx(entropy)


def test_texture_of_a_flat_cell_and_of_a_single_pixel() -> None:
    labels_yx = np.zeros((9, 11), int)
    labels_yx[1:4, 1:4], labels_yx[6, 6] = 1, 2
    measured = measure_frame(labels_yx, np.full((9, 11, 1), 7), 0)
    names = ("contrast", "homogeneity", "energy", "correlation", "entropy")
    assert [measured[f"texture_{name}_c0"][0] for name in names] == [0, 1, 1, 1, 0]
    assert all(np.isnan(measured[f"texture_{name}_c0"][1]) for name in names)


def test_texture_does_not_cross_the_ends_of_rows() -> None:
    labels_yx = np.zeros((3, 7), int)
    labels_yx[0, 6], labels_yx[1, 0] = 1, 1
    assert np.isnan(measure_frame(labels_yx, np.ones((3, 7, 1)), 0)["texture_energy_c0"]).all()


def test_brightness_and_gain_change_no_texture() -> None:
    rng = np.random.default_rng(6)
    image_yxc = rng.integers(0, 1000, (12, 14, 1)).astype(np.float64)
    labels_yx = np.ones((12, 14), int)
    one = measure_frame(labels_yx, image_yxc, 0)
    other = measure_frame(labels_yx, 4 * image_yxc + 512, 0)
    assert one["texture_entropy_c0"] == other["texture_entropy_c0"]
    assert one["ring_1_c0"] != other["ring_1_c0"]
