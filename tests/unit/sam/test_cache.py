"""Embeddings on disk: what comes back, what goes, and what two processes do to each other."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tracksam.backends.sam.cache import EmbeddingCache, default_folder, key_of

ARRAYS = (
    np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    np.linspace(0, 1, 10).astype(np.float16).reshape(5, 2),
)


def same(a: tuple[np.ndarray, ...] | None, b: tuple[np.ndarray, ...]) -> bool:
    return a is not None and all(
        x.dtype == y.dtype and np.array_equal(x, y) for x, y in zip(a, b, strict=True)
    )


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings", 10_000_000)


def test_what_is_stored_comes_back(cache: EmbeddingCache) -> None:
    assert cache.load("a") is None
    cache.store("a", ARRAYS)
    assert same(cache.load("a"), ARRAYS)
    assert cache.load("b") is None
    many = tuple(np.full(3, i) for i in range(12))
    cache.store("b", many)
    assert same(cache.load("b"), many)


def test_keys_tell_networks_and_images_apart() -> None:
    image_yxc = np.zeros((4, 6, 3), np.uint8)
    other = image_yxc.copy()
    other[1, 2, 0] = 1
    keys = {
        key_of("net float32", image_yxc),
        key_of("net float16", image_yxc),
        key_of("net float32", other),
        key_of("net float32", image_yxc.reshape(6, 4, 3)),
    }
    assert len(keys) == 4


def test_the_ones_not_used_for_longest_go(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random(50_000)
    cache = EmbeddingCache(tmp_path, 1_300_000)
    for number, name in enumerate("abc"):
        cache.store(name, (noise,))
        os.utime(tmp_path / f"{name}.zarr.zip", (number, number))
    assert cache.load("a") is not None  # used just now
    cache.store("d", (noise,))
    assert [name for name in "abcd" if cache.load(name) is not None] == ["a", "c", "d"]


def test_what_is_larger_than_the_cache_is_not_stored(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "small", 100)
    cache.store("a", ARRAYS)
    assert not (tmp_path / "small").exists()


def test_a_damaged_file_counts_as_not_there(cache: EmbeddingCache) -> None:
    cache.store("a", ARRAYS)
    [path] = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    assert cache.load("a") is None
    assert not path.exists()


def test_a_folder_that_can_not_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = EmbeddingCache(tmp_path / "file" / "below", 1000)
    cache.store("a", ARRAYS)
    assert cache.load("a") is None


WRITER = """
import sys
import numpy as np
from pathlib import Path
from tracksam.backends.sam.cache import EmbeddingCache
cache = EmbeddingCache(Path(sys.argv[1]), 300_000)
rng = np.random.default_rng(int(sys.argv[2]))
for _ in range(25):
    name = f"k{rng.integers(6)}"
    value = np.full(10_000, int(name[1]), np.float64)
    found = cache.load(name)
    assert found is None or (found[0] == value).all()
    cache.store(name, (value + 0 * rng.random(10_000),))
"""


def test_two_processes_do_not_disturb_each_other(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(seed)])
        for seed in (1, 2)
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert not list(tmp_path.glob("*.partial"))


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRACKSAM_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("TRACKSAM_CACHE")
    assert default_folder().name == "embeddings"


def test_cached_equals_fresh(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    from tracksam.backends.sam import SamVitB
    from tracksam.testing.scenes import DISCS, image_of
    from tracksam.testing.segmenter import NO_BOXES, points

    monkeypatch.setenv("TRACKSAM_CACHE", str(tmp_path))
    asked = points([(d.y, d.x) for d in DISCS])
    fresh = SamVitB(weights=tiny_checkpoint)
    first = fresh.segment(fresh.prepare(image_of(DISCS)), asked, NO_BOXES)
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        cached = SamVitB(weights=tiny_checkpoint, cache_gb=0.01)
        assert cached.segment(cached.prepare(image_of(DISCS)), asked, NO_BOXES) == first
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(type(cached.eyes.network), "encode", None)  # it is not asked again
    assert cached.segment(cached.prepare(image_of(DISCS)), asked, NO_BOXES) == first
