"""OME-Zarr 0.4 (Zarr 2) and 0.5 (Zarr 3), made with zarr itself."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.images import read_movie
from tracksam.settings import ReadSettings

UNITS = {"t": ("time", "minute"), "z": ("space", "micrometer"), "c": ("channel", None)}


def image(
    path: Path,
    array: np.ndarray,
    axes: str,
    *,
    version: str = "0.5",
    scale: tuple[float, ...] | None = None,
    space: str = "micrometer",
    channels: tuple[str, ...] = (),
) -> Path:
    """Write an image with two resolutions."""
    group = zarr.create_group(path, zarr_format=2 if version == "0.4" else 3)
    for level, step in enumerate((1, 2)):
        part = array[..., ::step, ::step]
        stored = group.create_array(
            f"s{level}", shape=part.shape, dtype=part.dtype, chunks=(1,) * (array.ndim - 2) + (4, 4)
        )
        stored[...] = part
    described = []
    for letter in axes.lower():
        kind, unit = UNITS.get(letter, ("space", space))
        described.append({"name": letter, "type": kind} | ({"unit": unit} if unit else {}))
    scale = scale or (1.0,) * array.ndim
    datasets = [
        {
            "path": f"s{level}",
            "coordinateTransformations": [
                {"type": "scale", "scale": [*scale[:-2], step * scale[-2], step * scale[-1]]}
            ],
        }
        for level, step in enumerate((1, 2))
    ]
    multiscales = [{"version": version, "axes": described, "datasets": datasets}]
    ome: dict[str, Any] = {"multiscales": multiscales}
    if channels:
        ome["omero"] = {"channels": [{"label": name} for name in channels]}
    group.attrs.update(ome if version == "0.4" else {"ome": {"version": version, **ome}})
    return path


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_the_highest_resolution_is_read_with_its_calibration(
    tmp_path: Path, movie_tcyx: np.ndarray, version: str
) -> None:
    path = image(
        tmp_path / "cells.ome.zarr",
        movie_tcyx,
        "tcyx",
        version=version,
        scale=(2.5, 1, 0.325, 0.325),
        channels=("DAPI", "GFP"),
    )
    stack = read_movie(path)
    assert stack.shape_tyxc == (5, 6, 7, 2)
    assert stack.channels == ("DAPI", "GFP")
    assert stack.pixel_size_um == pytest.approx(0.325)
    assert stack.frame_interval_s == pytest.approx(150)
    assert stack.name == "cells"
    np.testing.assert_array_equal(np.stack(list(stack)), movie_tcyx.transpose(0, 2, 3, 1))


def test_scales_of_dataset_and_image_multiply(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "tyx", scale=(1, 2, 2), space="nanometer")
    group = zarr.open_group(path)
    ome = group.attrs["ome"]
    ome["multiscales"][0]["coordinateTransformations"] = [{"type": "scale", "scale": [3, 100, 100]}]
    group.attrs["ome"] = ome
    stack = read_movie(path)
    assert stack.pixel_size_um == pytest.approx(0.2)
    assert stack.frame_interval_s == pytest.approx(180)


def test_pixels_without_a_unit_have_no_size(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "tyx", scale=(1, 2, 2), space="")
    assert read_movie(path).pixel_size_um is None


def test_z_is_the_users_choice(tmp_path: Path) -> None:
    movie_tzyx = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    path = image(tmp_path / "a.zarr", movie_tzyx, "tzyx")
    with pytest.raises(InvalidInputError, match=r"a has 3 planes of z \(axes TZYX"):
        read_movie(path)
    picked = read_movie(path, ReadSettings(z="1"))
    np.testing.assert_array_equal(picked.frame(1)[..., 0], movie_tzyx[1, 1])
    projected = read_movie(path, ReadSettings(z="max"))
    np.testing.assert_array_equal(projected.frame(1)[..., 0], movie_tzyx[1].max(axis=0))


def test_named_axes_win(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "zyx")
    assert read_movie(path, axes="TYX").shape_tyxc == (5, 6, 7, 1)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_plain_array_needs_axes(tmp_path: Path, movie_tyx: np.ndarray, zarr_format: int) -> None:
    path = tmp_path / "a.zarr"
    stored = zarr.create_array(
        path, shape=movie_tyx.shape, dtype=movie_tyx.dtype, zarr_format=zarr_format
    )
    stored[...] = movie_tyx
    with pytest.raises(
        InvalidInputError, match=r"shape \(5, 6, 7\) without OME metadata: name its"
    ):
        read_movie(path)
    np.testing.assert_array_equal(read_movie(path, axes="TYX").frame(2)[..., 0], movie_tyx[2])


def test_a_collection_asks_for_one_image(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    zarr.create_group(tmp_path / "plate.zarr")
    image(tmp_path / "plate.zarr" / "0", movie_tyx, "tyx")
    with pytest.raises(InvalidInputError, match=r"not one image but a collection \(0\): name one"):
        read_movie(tmp_path / "plate.zarr")
    assert read_movie(tmp_path / "plate.zarr" / "0").n_frames == 5


def test_a_group_without_metadata_is_refused(tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "a.zarr")
    with pytest.raises(ReadError, match=r"has no OME-Zarr metadata \(multiscales\)"):
        read_movie(tmp_path / "a.zarr")


def test_damaged_metadata_are_refused(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "tyx")
    zarr.open_group(path).attrs["ome"] = {"multiscales": [{"datasets": [{"path": "s0"}]}]}
    with pytest.raises(ReadError, match=r"damaged OME-Zarr metadata: KeyError.'axes'"):
        read_movie(path)
    (path / "zarr.json").write_text("{")
    with pytest.raises(ReadError, match="can not be read as Zarr"):
        read_movie(path)


def test_a_missing_array_is_refused(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "tyx")
    (path / "s0" / "zarr.json").unlink()
    with pytest.raises(ReadError, match=r"s0 is no readable Zarr array"):
        read_movie(path)


def test_a_damaged_chunk_is_named_when_it_is_read(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = image(tmp_path / "a.zarr", movie_tyx, "tyx")
    chunk = path / "s0" / "c" / "3" / "0" / "0"
    chunk.write_bytes(b"damaged")
    stack = read_movie(path)
    stack.frame(2)
    with pytest.raises(ReadError, match=r"a chunk of .* can not be read"):
        stack.frame(3)


def test_an_image_can_be_pickled(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    stack = read_movie(image(tmp_path / "a.zarr", movie_tyx, "tyx"))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stack)).frame(1), stack.frame(1))
