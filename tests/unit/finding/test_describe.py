"""What regions are like without a network."""

import numpy as np
import pytest

from tracksam.embeddings import Embeddings
from tracksam.errors import InvalidInputError
from tracksam.regions import Regions
from tracksam.steps.finding.describe import describe
from tracksam.steps.finding.mosaic import MARGIN, Mosaic

SHAPE_YX = (60, 90)


def disc(y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: SHAPE_YX[0], : SHAPE_YX[1]]
    return np.hypot(rows - y, columns - x) <= radius


def column(found: Embeddings, name: str) -> np.ndarray:
    return found.vectors[:, found.columns.index(name)]


def scene(*discs: tuple[float, float, float, float]) -> tuple[np.ndarray, Regions]:
    """Discs of y, x, radius and brightness on a ground of 10."""
    image_yx = np.full(SHAPE_YX, 10.0)
    for y, x, radius, light in discs:
        image_yx[disc(y, x, radius)] = light
    return image_yx[..., None], Regions.from_masks([disc(*d[:3]) for d in discs], SHAPE_YX)


def test_diameters_are_logarithms_of_pixels_or_micrometres() -> None:
    image_yxc, regions = scene((20, 20, 8, 100), (30, 60, 16, 100))
    found = column(describe(image_yxc, regions), "size.equivalent_diameter")
    assert found == pytest.approx(np.log2([16, 32]), abs=0.05)
    in_um = column(describe(image_yxc, regions, 0.5), "size.equivalent_diameter")
    assert in_um == pytest.approx(found - 1)


def test_brightness_does_not_depend_on_gain_and_offset(rng: np.random.Generator) -> None:
    image_yxc, regions = scene((20, 20, 8, 60), (30, 60, 10, 100))
    image_yxc = image_yxc + rng.normal(0, 1, image_yxc.shape)
    other = describe(3 * image_yxc + 500, regions)
    assert other.vectors == pytest.approx(describe(image_yxc, regions).vectors, abs=1e-3)
    bright = column(other, "intensity.mean_c0")
    assert bright[1] > bright[0] > 0


def test_overlapping_regions_are_each_measured_whole() -> None:
    image_yxc, regions = scene((30, 30, 10, 100), (30, 36, 10, 100))
    found = column(describe(image_yxc, regions), "size.equivalent_diameter")
    assert found == pytest.approx(np.log2([20, 20]), abs=0.06)


def test_spots_shine_or_are_dark() -> None:
    image_yxc, regions = scene((20, 20, 12, 60), (35, 65, 12, 60))
    for dy, dx in ((-4, -4), (4, 5), (-3, 5)):
        image_yxc[20 + dy : 22 + dy, 20 + dx : 22 + dx] = 100
        image_yxc[35 + dy : 37 + dy, 65 + dx : 67 + dx] = 20
    spots = column(describe(image_yxc, regions), "texture.spots_1_c0")
    assert spots[0] > 1
    assert spots[1] < -1


def test_smooth_regions_have_less_grain(rng: np.random.Generator) -> None:
    image_yxc, regions = scene((20, 20, 12, 60), (35, 65, 12, 60))
    image_yxc[disc(35, 65, 12)] += rng.normal(0, 15, image_yxc[disc(35, 65, 12)].shape)
    grain = column(describe(image_yxc, regions), "texture.grain_1_c0")
    assert grain[1] > grain[0] + 2


def test_one_pixel_and_no_region_have_the_same_columns() -> None:
    image_yxc, regions = scene((20, 20, 8, 100))
    mask_yx = np.zeros(SHAPE_YX, bool)
    mask_yx[59, 89] = True
    one = describe(image_yxc, Regions.from_masks([mask_yx], SHAPE_YX))
    none = describe(image_yxc, Regions(SHAPE_YX))
    assert one.columns == none.columns == describe(image_yxc, regions).columns
    assert none.vectors.shape == (0, len(none.columns))
    assert np.isfinite(one.vectors).all()


def test_each_channel_has_its_columns() -> None:
    image_yxc, regions = scene((20, 20, 8, 100))
    both = np.concatenate([image_yxc, 110 - image_yxc], axis=2)
    found = describe(both, regions)
    assert column(found, "intensity.mean_c0")[0] > 0 > column(found, "intensity.mean_c1")[0]


def test_a_mosaic_holds_every_region_and_knows_its_neighbours() -> None:
    image_yxc, regions = scene((30, 30, 5, 100), (30, 41, 5, 50))
    mosaic = Mosaic.of(image_yxc, regions)
    assert np.bincount(mosaic.labels_yx.ravel())[1:].tolist() == regions.area_px.tolist()
    assert set(mosaic.image_yxc[mosaic.labels_yx > 0].ravel().tolist()) == {50, 100}
    assert mosaic.others_yx.any()
    assert not (mosaic.others_yx & (mosaic.labels_yx > 0)).any()
    assert mosaic.labels_yx[:MARGIN].max() == 0


def test_embeddings_refuse_what_does_not_fit() -> None:
    with pytest.raises(InvalidInputError, match=r"2 numbers a region need as many names, got 1"):
        Embeddings([[1, 2]], ("size.a",))
    with pytest.raises(InvalidInputError, match=r"column size\.b is not finite"):
        Embeddings([[1, np.nan]], ("size.a", "size.b"))
    with pytest.raises(InvalidInputError, match=r"begin with one of size, .* got colour\.a"):
        Embeddings([[1]], ("colour.a",))


def test_embeddings_of_other_channels_are_refused_with_the_difference() -> None:
    one, two = Embeddings([[1]], ("size.a",)), Embeddings([[1, 2]], ("size.a", "size.b"))
    with pytest.raises(InvalidInputError, match=r"one also has size\.b; use images with the same"):
        one.followed_by(two)
