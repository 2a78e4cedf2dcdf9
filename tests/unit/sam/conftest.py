"""Back ends on a network that is right about bright objects, and a tiny random checkpoint."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _networks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("networks", Path(__file__).parent / "networks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def no_weights(tmp_path: Path) -> Path:
    """Give a file for back ends that load none."""
    path = tmp_path / "none.pth"
    path.write_bytes(b"none")
    return path


@pytest.fixture
def bright(no_weights: Path) -> Any:
    return _networks().BrightSam(weights=no_weights, grid_points=16)


@pytest.fixture
def wide_bright(no_weights: Path) -> Any:
    return _networks().WideBrightSam(weights=no_weights, grid_points=16)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkpoint of a tiny random network of segment-anything."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("segment_anything", reason="segment-anything is not installed")
    from tracksam.backends.sam.layout import build

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("weights") / "tiny.pth"
    torch.save(build(_networks().TINY).state_dict(), path)
    return path
