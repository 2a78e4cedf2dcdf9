"""Rims, colonies, gaps and clutter: what transparent cells and their surroundings look like."""

import numpy as np
import pytest

from tracksam.simulate.clutter import clutter
from tracksam.simulate.colonies import draw_colonies
from tracksam.simulate.material import Cells, Material
from tracksam.simulate.rims import Bands, Rims
from tracksam.simulate.shapes import Layout, draw_labels
from tracksam.simulate.surroundings import Surroundings


def clean(shape_yx: tuple[int, int]) -> Surroundings:
    blank = np.zeros(shape_yx, np.float32)
    return Surroundings(blank, blank, blank)


def disc(shape_yx: tuple[int, int], radius: float) -> np.ndarray:
    rows, columns = np.indices(shape_yx)
    away = np.hypot(rows - shape_yx[0] / 2, columns - shape_yx[1] / 2)
    return (away < radius).astype(np.int32)


def test_a_band_lies_where_it_should(rng: np.random.Generator) -> None:
    labels_yx = disc((70, 90), 20)
    bands = Bands(depth_px=(4.0, -5.0), width_px=(1.0, 1.0), height=(-0.5, 0.3))
    look = Rims(near=bands, far=bands, body=0.0, vacuole=0.0, envelope=0.0, texture=0.0,
                granules=0.0, blur_px=0.0)  # fmt: skip
    image_yx = look.image(Material.of(labels_yx, Cells.of_labels(labels_yx, rng)), clean((70, 90)))
    row = image_yx[35, 45:]
    assert int(np.argmin(row)) == pytest.approx(16, abs=1)
    assert int(np.argmax(row)) == pytest.approx(25, abs=1)
    assert row[0] == pytest.approx(1, abs=0.01)
    assert row[-1] == pytest.approx(1, abs=0.01)


def test_cells_of_two_focuses_differ(rng: np.random.Generator) -> None:
    labels_yx = draw_labels(Layout("round", 9.0, 0.3), (150, 170), rng)
    cells = Cells.of_labels(labels_yx, rng)
    dark, light = (Bands(depth_px=(2.0,), width_px=(1.5,), height=(h,)) for h in (-0.5, 0.5))
    material = Material.of(labels_yx, cells)
    spreads = []
    for variety in (0.0, 5.0):
        look = Rims(near=dark, far=light, variety=variety, body=0.0, texture=0.0, granules=0.0)
        image_yx = look.image(material, clean((150, 170)))
        spreads.append(np.std([image_yx[labels_yx == i].mean() for i in cells.label]))
    assert spreads[1] > 3 * spreads[0]


def test_an_image_without_cells_is_flat(rng: np.random.Generator) -> None:
    empty = np.zeros((40, 50), np.int32)
    image_yx = Rims().image(Material.of(empty, Cells.of_labels(empty, rng)), clean((40, 50)))
    np.testing.assert_allclose(image_yx, 1, atol=1e-4)


def test_rods_of_a_colony_lie_along_their_neighbours() -> None:
    labels_yx = draw_colonies(8.0, 0.5, (200, 240), np.random.default_rng(4))
    cells = Cells.of_labels(labels_yx, np.random.default_rng(0))
    inside = (cells.yx > 25).all(1) & (cells.yx < [175, 215]).all(1)
    yx, angle = cells.yx[inside], cells.angle[inside]
    assert len(yx) > 10
    apart = np.hypot(*(yx[:, None] - yx[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(yx))
    turned = np.abs(np.sin(angle - angle[apart.argmin(1)]))
    assert np.median(turned) < 0.3
    assert np.median(cells.axes[inside, 0] / cells.axes[inside, 1]) > 1.5


def test_a_gap_parts_cells_that_touch() -> None:
    touching, parted = (
        draw_labels(Layout("epithelium", 12.0, 1.0, gap=gap), (90, 110), np.random.default_rng(1))
        for gap in (0.0, 0.12)
    )
    assert (touching == 0).mean() < 0.02
    assert 0.1 < (parted == 0).mean() < 0.5
    beside = (parted[1:] > 0) & (parted[:-1] > 0) & (parted[1:] != parted[:-1])
    assert not beside.any()


def test_clutter_is_large_and_faint() -> None:
    made = [clutter((120, 150), 8.0, np.random.default_rng(seed)) for seed in range(12)]
    assert max(np.abs(one).max() for one in made) < 2.5
    assert np.mean([(np.abs(one) > 0.01).mean() for one in made]) > 0.1
