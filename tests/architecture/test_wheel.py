"""What a user gets from the package index."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    builder = WheelBuilder(str(REPOSITORY))
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = builder.build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


def test_both_packages_and_nothing_else(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"tracksam", "napari_tracksam"}


def test_type_information_and_manifest(names: set[str]) -> None:
    assert {"tracksam/py.typed", "napari_tracksam/napari.yaml"} <= names


def test_every_shipped_model(names: set[str]) -> None:
    folder = REPOSITORY / "tracksam" / "models"
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= names


def test_entry_points(wheel: zipfile.ZipFile, names: set[str]) -> None:
    (path,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    text = wheel.read(path).decode()
    assert "tracksam = tracksam.cli:main" in text
    for group in ("napari.manifest", "tracksam.segmenters", "tracksam.point_trackers"):
        assert f"[{group}]" in text


def test_licence_is_inside(names: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in names)
