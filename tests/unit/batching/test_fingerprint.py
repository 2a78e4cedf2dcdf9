"""Whether a movie on disk is still the one that was tracked."""

import os
import shutil
from pathlib import Path

import pytest

from tracksam.batching.fingerprint import Fingerprint
from tracksam.errors import ReadError


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "movie.zarr"
    (path / "0").mkdir(parents=True)
    (path / "zarr.json").write_text("{}")
    (path / "0" / "c").write_bytes(b"12345")
    return path


def test_a_copy_has_the_same_contents_and_age(movie: Path, tmp_path: Path) -> None:
    before = Fingerprint.of(str(movie))
    assert before.n_bytes == 7
    copy = tmp_path / "elsewhere" / "other"
    shutil.copytree(movie, copy)
    after = Fingerprint.of(str(copy))
    assert after.sha256 == before.sha256
    assert after.is_same_age(before)
    assert not after.is_untouched_since(before)
    assert Fingerprint.of(str(movie), contents=False).is_untouched_since(before)


def test_a_byte_a_name_and_a_missing_file_are_seen(movie: Path) -> None:
    before = Fingerprint.of(str(movie)).sha256
    (movie / "0" / "c").write_bytes(b"12346")
    changed = Fingerprint.of(str(movie)).sha256
    (movie / "0" / "c").rename(movie / "0" / "d")
    renamed = Fingerprint.of(str(movie)).sha256
    (movie / "0" / "d").unlink()
    assert len({before, changed, renamed, Fingerprint.of(str(movie)).sha256}) == 4


def test_a_file_put_back_with_its_old_time_was_touched(movie: Path) -> None:
    file = movie / "0" / "c"
    before = Fingerprint.of(str(file))
    facts = file.stat()
    file.rename(file.with_name("away"))
    file.with_name("away").rename(file)
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    after = Fingerprint.of(str(file))
    assert after.is_same_age(before)
    assert not after.is_untouched_since(before)


def test_numbered_frames_are_one_movie(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"t{i}.tif").write_bytes(bytes(i + 1))
    assert Fingerprint.of(str(tmp_path / "t*.tif")).n_bytes == 6


def test_what_is_not_there_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"missing\.tif can not be read: No such file"):
        Fingerprint.of(str(tmp_path / "missing.tif"))
