import functools

import numpy as np
import pytest

from tracksam.errors import ReadError
from tracksam.training.augment import example, relit
from tracksam.training.crops import CROP_PX, CROPS_IN_SHARD, Cache, Crop, random_crop, write_shards
from tracksam.training.stills import (
    Still,
    consecutive,
    is_validation,
    read_still,
    real_stills,
    source_name,
)
from tracksam.training.targets import log_diameter_from, offsets_from


@pytest.fixture(scope="module")
def still():
    labels_yx = np.zeros((90, 130), np.int32)
    labels_yx[10:30, 10:30], labels_yx[50:70, 40:60], labels_yx[50:70, 60:80] = 1, 2, 3
    return Still(100 + 50.0 * (labels_yx > 0).astype(np.float32), labels_yx, "boxes")


def drawn(still, rng):
    return still


@pytest.fixture(scope="module")
def cache_folder(still, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    write_shards(functools.partial(drawn, still), folder, prefix="boxes", count=1, seed=4)
    return folder


def test_crops_tell_the_diameter_at_their_own_scale(still, rng):
    for _ in range(5):
        crop = random_crop(still, rng)
        assert crop.image_yx.shape == (CROP_PX, CROP_PX)
        inside = crop.packed[0] == 1
        areas = np.bincount(consecutive(inside.astype(np.int32)).ravel())[1:]
        told = 26 * 2 ** float(np.median(log_diameter_from(crop.packed[4])[inside]))
        assert told == pytest.approx(np.sqrt(np.median(areas) * 4 / np.pi), rel=0.5)


def test_a_shard_is_the_same_whenever_it_is_written(still, cache_folder, tmp_path):
    write_shards(functools.partial(drawn, still), tmp_path, prefix="boxes", count=1, seed=4)
    for name in ("boxes-0000-image.npy", "boxes-0000-target.npy"):
        np.testing.assert_array_equal(np.load(tmp_path / name), np.load(cache_folder / name))


def test_the_cache_draws_what_was_written(cache_folder, rng):
    cache = Cache.open(cache_folder, {"boxes": 0.5, "absent": 0.5})
    assert cache.images[0].shape == (CROPS_IN_SHARD, CROP_PX, CROP_PX)
    assert cache.weight.tolist() == [1.0]
    crop = cache.draw(rng)
    assert any(np.array_equal(crop.image_yx, image) for image in cache.images[0])


def test_an_empty_cache_names_what_it_looked_for(tmp_path):
    with pytest.raises(ReadError, match=r"no training crops of \['boxes'\] in"):
        Cache.open(tmp_path, {"boxes": 1.0})


def test_turned_offsets_still_lead_to_the_centre(rng):
    labels_yx = np.zeros((64, 64), np.int32)
    labels_yx[10:20, 30:60] = 1
    from tracksam.training.targets import targets_of

    crop = Crop(labels_yx.astype(np.float16), targets_of(labels_yx, np.array([0.0, 19.5])).packed)
    rows, columns = np.indices((64, 64))
    seen = set()
    for _ in range(24):
        made = example(crop, rng)
        inside = made.truth[0] == 1
        ends = np.stack([rows, columns]) + made.truth[2:4] * 26
        spread = np.ptp(ends[:, inside], axis=1)
        assert spread.max() < 0.1
        seen.add(tuple(np.rint(ends[:, inside][:, 0]).astype(int).tolist()))
    assert len(seen) == 8


def test_relit_images_stay_finite(rng):
    image_yx = rng.random((40, 50), dtype=np.float32)
    for _ in range(20):
        lit_yx = relit(image_yx, rng)
        assert lit_yx.dtype == np.float32
        assert np.isfinite(lit_yx).all()


def test_the_split_depends_on_the_name_alone():
    names = [f"{i:04d}.png" for i in range(800)]
    share = np.mean([is_validation(name) for name in names])
    assert 0.09 < share < 0.16


def test_stills_are_read_with_their_labels(tmp_path):
    import cv2

    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    colour = np.zeros((20, 31, 3), np.uint8)
    colour[..., 1] = 30
    labels = np.zeros((20, 31), np.uint16)
    labels[2:8, 3:9] = 900
    for number in range(16):
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), colour)
        cv2.imwrite(str(tmp_path / "labels" / f"{number}.png"), labels)
    train = real_stills(tmp_path, validation=False)
    held = real_stills(tmp_path, validation=True)
    assert len(train) + len(held) == 16
    assert held
    still = read_still(train[0])
    assert still.image_yx[0, 0] == 10
    assert np.unique(still.labels_yx).tolist() == [0, 1]
    with pytest.raises(ReadError, match=r"no images/\*\.png in .* and no man_seg\*\.tif in"):
        real_stills(tmp_path / "images", validation=True)


def test_of_a_movie_the_later_half_is_kept_apart(tmp_path):
    import tifffile

    movie, masks = tmp_path / "yeast" / "01", tmp_path / "yeast" / "01_GT" / "SEG"
    movie.mkdir(parents=True)
    masks.mkdir(parents=True)
    for number in range(7):
        tifffile.imwrite(movie / f"t{number:03d}.tif", np.full((20, 31), number, np.uint16))
    for number in (0, 2, 3, 5, 6):
        labels = np.zeros((20, 31), np.uint16)
        labels[2:8, 3 : 9 + number] = 40
        tifffile.imwrite(masks / f"man_seg{number:03d}.tif", labels)
    train = real_stills(movie, validation=False)
    held = real_stills(movie, validation=True)
    assert [path.name for path in train] == ["t000.tif", "t002.tif", "t003.tif"]
    assert [path.name for path in held] == ["t005.tif", "t006.tif"]
    still = read_still(held[0])
    assert still.image_yx[0, 0] == 5
    assert np.count_nonzero(still.labels_yx == 1) == 6 * 11
    assert source_name(movie) == "yeast-01"
    assert source_name(tmp_path) == tmp_path.name


def test_offsets_are_packed_to_half_pixels():
    assert offsets_from(np.array([0, 128, 131], np.uint8)).tolist() == [-64, 0, 1.5]
