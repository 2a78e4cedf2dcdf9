"""What every test gets: fixed seeds, Hypothesis without chance or clocks, the real movies."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

settings.register_profile(
    "tracksam",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tracksam")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that take many minutes out, unless they are asked for."""
    if "nightly" not in config.option.markexpr:
        later = [item for item in items if item.get_closest_marker("nightly")]
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=later)


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """Seed the global generators, for the libraries that draw from them."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - scikit-image and OpenCV know no other


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a seeded generator."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Return the folder of the sample movies."""
    folder = REPOSITORY / "sample_data"
    if not folder.is_dir():
        pytest.skip("sample_data/ is not in this checkout")
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real movies, named by TRACKSAM_DATA or beside the checkout."""
    named = os.environ.get("TRACKSAM_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real movies: {folder} is not a folder (set TRACKSAM_DATA)")
    return folder


@pytest.fixture(scope="session")
def real_weights() -> Path:
    """Return the folder of the real weights, named by TRACKSAM_WEIGHTS or beside the checkout."""
    named = os.environ.get("TRACKSAM_WEIGHTS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip(f"no real weights: {folder} is not a folder (set TRACKSAM_WEIGHTS)")
    return folder


@pytest.fixture(scope="session")
def raft_small(real_weights: Path) -> Path:
    """Return the file of RAFT-small's real weights."""
    path = real_weights / "raft-small.pth"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path
