"""Files are whole or not there; what forbids writing is said with its reason."""

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from tracksam.errors import InvalidInputError, WriteError
from tracksam.io.atomic import require_space, size_text, whole_file, write_error, write_text

Usage = namedtuple("Usage", "total used free")


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with whole_file(path) as temporary:
        temporary.write_text("x")
        assert not path.exists()
        assert temporary.suffix == ".txt"
        assert temporary.parent == tmp_path
    assert path.read_text() == "x"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, InvalidInputError])
def test_a_file_that_is_given_up_leaves_the_old_one(tmp_path: Path, error: type) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(error), whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_named_with_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 2048, 2048))
    with (
        pytest.raises(WriteError, match=r"the disk is full: .*a\.txt can not be written, 2\.0 KiB"),
        whole_file(tmp_path / "a.txt"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(WriteError, match=r"2\.0 KiB free, but the run may need 3\.0 MiB"):
        require_space(tmp_path, 3 * 2**20)
    require_space(tmp_path, 2048)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"no/a\.txt can not be written: No such file"):
        write_text(tmp_path / "no" / "a.txt", "x")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match=r"a\.txt can not be written: Permission denied"):
        write_text(tmp_path / "a.txt", "x")


def test_an_error_is_told_once() -> None:
    error = WriteError("as it is")
    assert write_error(Path("a"), error) is error
    assert isinstance(error, OSError)


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 * 2**40, "3.0 TiB")]
)
def test_sizes_are_written_for_people(n_bytes: int, text: str) -> None:
    assert size_text(n_bytes) == text
