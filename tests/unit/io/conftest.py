"""No test of reading or writing may leave a file open."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest


def open_files(folder: Path) -> set[str]:
    """Return the files of a folder that this process has open, where the system tells."""
    found = set()
    for descriptor in Path("/proc/self/fd").glob("*"):
        try:
            target = descriptor.readlink()
        except OSError:
            continue
        if target.is_relative_to(folder):
            found.add(str(target))
    return found


@pytest.fixture(autouse=True)
def files_are_closed(tmp_path: Path) -> Iterator[None]:
    """Fail the test that leaves a file of its own folder open."""
    yield
    left = open_files(tmp_path)
    if left:
        gc.collect()
        left = open_files(tmp_path)
    assert left == set(), f"left open: {sorted(left)}"


@pytest.fixture
def movie_tcyx() -> np.ndarray:
    """Frames 5, channels 2, height 6, width 7: every pixel has a value of its own."""
    return np.arange(5 * 2 * 6 * 7, dtype=np.uint16).reshape(5, 2, 6, 7)


@pytest.fixture
def movie_tyx(movie_tcyx: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(movie_tcyx[:, 0])
