"""Cells' own coordinates, and textures that stay on the cell."""

import attrs
import numpy as np
import pytest

from tracksam.simulate.material import Cells, Material, depth
from tracksam.simulate.textures import BANK_SIZE, CHANNELS, bank, sample


def ellipse(shape_yx: tuple[int, int], yx: tuple[float, float], angle: float) -> np.ndarray:
    """Draw label 3: half axes 20 and 8, long axis at `angle` from the rows."""
    y, x = np.mgrid[: shape_yx[0], : shape_yx[1]]
    dy, dx = y - yx[0], x - yx[1]
    u = (np.cos(angle) * dy + np.sin(angle) * dx) / 20
    v = (np.cos(angle) * dx - np.sin(angle) * dy) / 8
    return np.where(u**2 + v**2 < 1, 3, 0).astype(np.int32)


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.4])
def test_cells_of_labels_have_their_place_and_size(angle: float, rng: np.random.Generator) -> None:
    cells = Cells.of_labels(ellipse((60, 90), (28, 51), angle), rng)
    assert cells.label.tolist() == [3]
    np.testing.assert_allclose(cells.yx, [[28, 51]], atol=0.1)
    np.testing.assert_allclose(cells.axes, [[20, 8]], rtol=0.03)
    assert np.sin(cells.angle[0] - angle) == pytest.approx(0, abs=0.02)


def test_own_coordinates_are_1_at_the_ends_of_the_axes(rng: np.random.Generator) -> None:
    labels_yx = ellipse((60, 90), (28, 51), 0.5)
    material = Material.of(labels_yx, Cells.of_labels(labels_yx, rng))
    sign = np.sign(np.cos(material.cells.angle[0] - 0.5))
    tip = np.rint(np.array([28, 51]) + 18 * np.array([np.cos(0.5), np.sin(0.5)])).astype(int)
    assert sign * material.u_yx[tuple(tip)] == pytest.approx(0.9, abs=0.04)
    assert material.v_yx[tuple(tip)] == pytest.approx(0, abs=0.08)
    assert material.u_yx[28, 51] == pytest.approx(0, abs=0.02)
    assert material.u_yx[0, 0] == 0
    assert material.share_yx.max() == 1


def test_no_cells_give_an_empty_map(rng: np.random.Generator) -> None:
    labels_yx = np.zeros((7, 9), np.int32)
    material = Material.of(labels_yx, Cells.of_labels(labels_yx, rng))
    assert len(material.cells) == 0
    assert not material.inside_yx.any()
    assert not material.nuclei().any()
    assert not sample(material, 1.0)["fine"].any()


def test_depth_sees_the_border_between_touching_cells_but_not_the_images_edge() -> None:
    labels_yx = np.zeros((9, 14), np.int32)
    labels_yx[:, :6] = 1
    labels_yx[:, 6:12] = 2
    depth_yx = depth(labels_yx)
    assert depth_yx[4].tolist() == pytest.approx(
        [5.5, 4.5, 3.5, 2.5, 1.5, 0.5, 0.5, 1.5, 2.5, 3.5, 2.5, 1.5, 0, 0], abs=1e-3
    )
    assert depth_yx[0, 2] == depth_yx[4, 2]  # the image's edge is no border


def test_the_nucleus_lies_inside_its_cell(rng: np.random.Generator) -> None:
    labels_yx = ellipse((60, 90), (28, 51), 0.5)
    material = Material.of(labels_yx, Cells.of_labels(labels_yx, rng))
    nuclei_yx = material.nuclei()
    assert 0.03 < (nuclei_yx > 0.5).sum() / (labels_yx > 0).sum() < 0.7
    assert not nuclei_yx[labels_yx == 0].any()
    assert material.near_nucleus()[labels_yx > 0].max() == pytest.approx(1, abs=0.05)


def test_the_bank_is_standard_and_periodic() -> None:
    textures = bank()
    assert textures.shape == (BANK_SIZE, BANK_SIZE, len(CHANNELS))
    for name in ("medium", "coarse", "strands", "clumps"):
        channel = textures[..., CHANNELS.index(name)]
        assert channel.mean() == pytest.approx(0, abs=1e-3)
        assert channel.std() == pytest.approx(1, abs=1e-3)
    medium = textures[..., CHANNELS.index("medium")]
    across = np.abs(medium[0] - medium[-1]).mean()
    assert across < 1.5 * np.abs(np.diff(medium, axis=0)).mean()


def test_texture_moves_with_the_cell(rng: np.random.Generator) -> None:
    first = ellipse((60, 90), (28, 40), 0.5)
    second = np.roll(first, (4, 11), (0, 1))
    cells = Cells.of_labels(first, rng)
    moved = attrs.evolve(cells, yx=cells.yx + np.array([4, 11]))
    before = sample(Material.of(first, cells), 1.0)["medium"]
    after = sample(Material.of(second, moved), 1.0)["medium"]
    np.testing.assert_allclose(np.roll(before, (4, 11), (0, 1)), after, atol=0.02)
    assert before.std() > 0.1
