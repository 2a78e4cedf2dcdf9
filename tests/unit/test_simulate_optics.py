"""Optics and camera against what physics says of simple objects."""

import numpy as np
import pytest

from tracksam.simulate.camera import Camera, light, photograph
from tracksam.simulate.optics import blurred, defocused, interference_contrast, phase_contrast


@pytest.fixture
def disk_yx() -> np.ndarray:
    y, x = np.mgrid[:64, :80]
    return ((y - 30) ** 2 + (x - 42) ** 2 < 12**2).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 5.0, 14.0])
def test_blur_keeps_the_light(disk_yx: np.ndarray, sigma: float) -> None:
    result = blurred(disk_yx, sigma)
    assert result.shape == disk_yx.shape
    assert result.mean() == pytest.approx(disk_yx.mean(), rel=0.05)
    assert result.max() <= 1.001


def test_an_empty_field_is_background_everywhere() -> None:
    empty = np.zeros((30, 44), np.float32)
    np.testing.assert_allclose(phase_contrast(empty, 5.0, 0.5), 1, atol=1e-5)
    np.testing.assert_allclose(interference_contrast(empty, (0.5, 0.3), 1.0, 1.0), 1, atol=1e-5)
    np.testing.assert_allclose(defocused(empty, empty, 12.0, 0.5), 1, atol=1e-4)


def test_positive_phase_contrast_is_dark_inside_with_a_bright_halo(disk_yx: np.ndarray) -> None:
    image_yx = phase_contrast(0.3 * disk_yx, halo_px=6.0, ring=0.5)
    assert image_yx[30, 42] < 0.95
    assert image_yx[30, 42 + 13] > 1.1  # just outside
    assert image_yx[3, 3] == pytest.approx(1, abs=0.02)
    middle, rim = image_yx[30, 42], image_yx[30, 42 + 10]
    assert rim < middle - 0.2  # shade-off: the middle of a wide object fades


def test_thick_cells_turn_bright_in_phase_contrast(disk_yx: np.ndarray) -> None:
    thin, thick = (phase_contrast(p * disk_yx, 6.0, 0.5)[30, 42 + 9] for p in (1.0, np.pi))
    assert thin < 0.3
    assert thick > 1.5


def test_dic_lights_one_side_and_shades_the_other() -> None:
    y, x = np.mgrid[:40, :60]
    bump = np.exp(-((y - 20) ** 2 + (x - 30) ** 2) / 60).astype(np.float32)
    image_yx = interference_contrast(bump, (0.0, 1.0), np.pi / 2, 1.0)
    left, right = image_yx[20, 24], image_yx[20, 36]
    assert (left - 1) * (right - 1) < 0
    assert abs(left - 1) > 0.1
    assert image_yx[14, 30] == pytest.approx(1, abs=0.02)  # no shear along the rows


def test_defocus_keeps_the_light_and_changes_sign_with_the_side(disk_yx: np.ndarray) -> None:
    phase_yx = blurred(disk_yx, 2.0)
    none = np.zeros_like(phase_yx)
    near, far = (defocused(phase_yx, none, d, 0.5) for d in (9.0, -9.0))
    assert near.mean() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(near.ravel(), far.ravel())[0, 1] < -0.5


def test_absorption_dims(disk_yx: np.ndarray) -> None:
    image_yx = defocused(np.zeros_like(disk_yx), 0.7 * disk_yx, 1.0, 0.5)
    assert image_yx[30, 42] == pytest.approx(np.exp(-0.7), abs=0.03)


def test_a_camera_reads_offset_and_gain(rng: np.random.Generator) -> None:
    camera = Camera(gain=200.0, offset=10.0, photons=1e9, read_noise=0.0, bits=8)
    grey = photograph(np.full((5, 7), 0.5, np.float32), camera, rng)
    assert grey.dtype == np.float32
    assert (grey == 110).all()
    assert (photograph(np.full((5, 7), 9.0, np.float32), camera, rng) == 255).all()


def test_noise_is_that_of_photons(rng: np.random.Generator) -> None:
    camera = Camera(gain=1000.0, offset=2000.0, photons=400.0, read_noise=5.0, bits=16)
    for intensity in (0.0, 1.0, 4.0):
        grey = photograph(np.full((200, 210), intensity, np.float32), camera, rng)
        assert grey.mean() == pytest.approx(2000 + 1000 * intensity, rel=0.01)
        expected = 1000 / 400 * np.sqrt(400 * intensity + 25)
        assert grey.std() == pytest.approx(expected, rel=0.03)


def test_inverted_exchanges_bright_and_dark(rng: np.random.Generator) -> None:
    plain = Camera(gain=100.0, offset=0.0, photons=1e9, read_noise=0.0, bits=8)
    image_yx = np.array([[0.2, 1.0, 2.0]], np.float32)
    inverted = Camera(100.0, 0.0, 1e9, 0.0, bits=8, inverted=True)
    expected = 255 - photograph(image_yx, plain, rng)
    np.testing.assert_array_equal(photograph(image_yx, inverted, rng), expected)


def test_hot_pixels_stay_where_they_are(rng: np.random.Generator) -> None:
    camera = Camera(gain=1000.0, offset=0.0, photons=1e6, hot_share=0.01)
    dark = np.zeros((40, 50), np.float32)
    first, second = (photograph(dark, camera, rng) > 150 for _ in range(2))
    assert 5 <= first.sum() <= 20
    np.testing.assert_array_equal(first, second)


def test_uneven_light_falls_off() -> None:
    shade = light((41, 61), Camera(slope_yx=(-0.4, 0.0), vignette=0.0))
    assert shade[0, 30] == pytest.approx(1.2)
    assert shade[-1, 30] == pytest.approx(0.8)
    corners = light((41, 61), Camera(vignette=0.5))
    assert corners[20, 30] == pytest.approx(1)
    assert corners[0, 0] == pytest.approx(0.5)


def test_any_camera_uses_its_range() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        camera = Camera.random(rng, dark=0.9, bright=1.4)
        image_yx = np.tile(np.linspace(0.9, 1.4, 90, dtype=np.float32), (70, 1))
        grey = photograph(image_yx, camera, rng)
        assert 0 <= grey.min() < grey.max() <= 2**camera.bits - 1
        assert grey.max() - grey.min() > 15, camera
