"""Stills: any style, any seed, always an image with its labels."""

import numpy as np
import pytest

from tracksam.errors import InvalidInputError
from tracksam.simulate.shapes import Layout, draw_labels
from tracksam.simulate.stills import KINDS_BY_STYLE, random_layout, still
from tracksam.simulate.styles import STYLES, random_style, render


@pytest.mark.parametrize("style", [*KINDS_BY_STYLE, "fluorescence", None])
def test_a_still_is_whole_grey_values_and_labels(style: str | None) -> None:
    for seed in range(5):
        image_yx, labels_yx = still(np.random.default_rng(seed), (90, 130), style)
        assert image_yx.shape == labels_yx.shape == (90, 130)
        assert image_yx.dtype == np.float32
        assert labels_yx.dtype == np.int32
        assert 0 <= image_yx.min() < image_yx.max() <= 65535
        np.testing.assert_array_equal(image_yx, np.rint(image_yx))


def test_the_same_seed_gives_the_same_still() -> None:
    first, second, other = (still(np.random.default_rng(seed), (64, 80)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert not np.array_equal(first[0], other[0])


def test_cells_have_the_diameter_that_was_asked_for() -> None:
    areas = []
    for seed in range(12):
        _, labels_yx = still(np.random.default_rng(seed), (200, 220), "nuclei", diameter_px=16)
        areas.extend(np.bincount(labels_yx.ravel())[1:].tolist())
    assert 2 * np.sqrt(np.median(areas) / np.pi) == pytest.approx(16, rel=0.2)


def test_diameters_span_tiny_to_large() -> None:
    layouts = [
        random_layout("phase", (256, 256), np.random.default_rng(seed), None) for seed in range(300)
    ]
    radii = [layout.radius_px for layout in layouts]
    assert min(radii) < 6
    assert max(radii) > 60
    assert {layout.kind for layout in layouts} == set(KINDS_BY_STYLE["phase"])


@pytest.mark.parametrize("style", ["nuclei", "cytoplasm", "membrane"])
def test_shining_cells_are_brighter_than_the_background(style: str) -> None:
    lighter = []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        labels_yx = draw_labels(Layout("round", 10.0, 0.3), (110, 130), rng)
        image_yx = render(labels_yx, style, rng)
        lighter.append(image_yx[labels_yx > 0].mean() > image_yx[labels_yx == 0].mean())
    assert sum(lighter) >= 18  # now and then a camera inverts


def test_dim_cells_stand_beside_bright_ones() -> None:
    ratios = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        labels_yx = draw_labels(Layout("nucleus", 9.0, 0.3), (150, 170), rng)
        image_yx = render(labels_yx, "nuclei", rng)
        means = [image_yx[labels_yx == i].mean() for i in range(1, labels_yx.max() + 1)]
        floor = np.median(image_yx[labels_yx == 0])
        ratios.append((max(means) - floor) / max(min(means) - floor, 1))
    assert max(ratios) > 8
    assert min(ratios) < 3


def test_an_empty_label_image_gives_an_image(rng: np.random.Generator) -> None:
    for style in STYLES:
        image_yx = render(np.zeros((40, 50), np.int32), style, rng)
        assert np.isfinite(image_yx).all()
        assert image_yx.shape == (40, 50)


def test_an_unknown_style_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(InvalidInputError, match=r"one of fluorescence.*; got 'x-ray'"):
        random_style("x-ray", rng, 10.0)
    with pytest.raises(InvalidInputError, match="got 'x-ray'"):
        render(np.zeros((4, 5), np.int32), "x-ray", rng)
    with pytest.raises(InvalidInputError, match="got 'x-ray'"):
        still(rng, (64, 70), "x-ray")
