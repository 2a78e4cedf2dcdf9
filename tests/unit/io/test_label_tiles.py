"""Label images that are written and read a part at a time."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.errors import ReadError
from tracksam.io.label_tiles import is_in_tiles, read_label_part, write_label_tiles

LABELS_YX = np.zeros((700, 1111), np.uint16)
LABELS_YX[100:600, 300:900] = 5
LABELS_YX[690:, 1100:] = 65535


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_label_tiles(
        tmp_path / "mask.tif", (700, 1111), LABELS_YX.dtype, lambda window: LABELS_YX[window]
    )
    return tmp_path / "mask.tif"


def test_other_programs_read_it_as_one_image(path: Path) -> None:
    assert is_in_tiles(path)
    assert np.array_equal(tifffile.imread(path), LABELS_YX)


@pytest.mark.parametrize(
    ("y0", "y1", "x0", "x1"),
    [(0, 700, 0, 1111), (511, 513, 1023, 1025), (699, 700, 1110, 1111), (50, 60, 0, 7)],
)
def test_a_part_is_that_part(path: Path, y0: int, y1: int, x0: int, x1: int) -> None:
    window = (slice(y0, y1), slice(x0, x1))
    assert np.array_equal(read_label_part(path, window), LABELS_YX[window])


def test_a_file_without_tiles_gives_parts_too(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "plain.tif", LABELS_YX)
    window = (slice(90, 110), slice(290, 310))
    assert not is_in_tiles(tmp_path / "plain.tif")
    assert np.array_equal(read_label_part(tmp_path / "plain.tif", window), LABELS_YX[window])


def test_a_damaged_file_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ReadError, match=r"mask\.tif can not be read"):
        read_label_part(path, (slice(0, 5), slice(0, 5)))
