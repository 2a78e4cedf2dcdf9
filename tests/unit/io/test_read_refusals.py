"""What is no movie is refused with one line that says what to do."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from tracksam.errors import InvalidInputError, ReadError, TracksamError
from tracksam.io.images import read_movie
from tracksam.settings import ReadSettings


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def refused(path: Path, **options: object) -> str:
    with pytest.raises(TracksamError) as caught:
        read_movie(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.tif").endswith("no.tif; is the name right?")


def test_a_glob_without_files(tmp_path: Path) -> None:
    assert refused(tmp_path / "t_*.tif").startswith("no file matches ")


def test_a_glob_of_unknown_files(tmp_path: Path) -> None:
    (tmp_path / "t_1.txt").write_text("x")
    assert refused(tmp_path / "t_*").startswith("t_1.txt is no image that is known: .tif")


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.mp4", "a.png"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert refused(tmp_path / name, axes="TYX").endswith(f"{name} is empty (0 bytes).")


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "a.czi").write_bytes(b"x")
    message = refused(tmp_path / "a.czi")
    assert message.startswith("a.czi is of an unknown format (.czi). Known are: TIFF (.tif, .tiff,")
    for word in ("OME-Zarr", ".mp4", ".npy", "folder or glob", ".png"):
        assert word in message


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    path.chmod(0)
    assert "may not be read" in refused(path, axes="TYX")


def test_npy_needs_axes(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    assert refused(path) == (
        "a.npy has shape (2, 3, 4), and a .npy file does not say what its axes are: name them, for "
        "example axes='TYX'."
    )


def test_npy_is_mapped_and_its_axes_are_obeyed(tmp_path: Path) -> None:
    array_ytx = np.arange(2 * 3 * 4, dtype=np.float32).reshape(3, 2, 4)
    stack = read_movie(saved(tmp_path / "a.npy", array_ytx), axes="YTX")
    assert stack.shape_tyxc == (2, 3, 4, 1)
    np.testing.assert_array_equal(stack.frame(1)[..., 0], array_ytx[:, 1])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stack)).frame(1), stack.frame(1))


def test_a_truncated_npy(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((20, 30, 40)))
    path.write_bytes(path.read_bytes()[:-100])
    assert "is no whole .npy file of numbers" in refused(path, axes="TYX")


def test_a_npy_header_that_claims_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        form = {"descr": "<u2", "fortran_order": False, "shape": (10**4, 10**4, 10**4)}
        np.lib.format.write_array_header_1_0(file, form)
    assert "is no whole .npy file of numbers" in refused(path, axes="TYX")


def test_a_npy_of_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([{}, 1], object), allow_pickle=True)
    assert "is no whole .npy file of numbers" in refused(path, axes="TYX")


def test_zero_frames(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((0, 3, 4)))
    assert refused(path, axes="TYX") == "a holds zero frames: axes TYX, shape (0, 3, 4)."


def test_no_pixels(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((2, 0, 4)))
    assert refused(path, axes="TYX") == "a holds no pixels: axes TYX, shape (2, 0, 4)."


def test_pixels_that_are_no_numbers(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 4), bool))
    assert "a has pixels of type bool; images need whole or decimal numbers" in refused(
        path, axes="TYX"
    )


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    with pytest.raises(
        InvalidInputError, match=r"1 channel.*numbered from 0; got read.channel = 1"
    ):
        read_movie(path, ReadSettings(channel=1), axes="TYX")


def test_one_frame_and_constant_frames_are_movies(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((1, 3, 4), np.uint8))
    assert read_movie(path, axes="TYX").frame(0).max() == 0


def test_nan_is_refused_when_the_frame_is_read(tmp_path: Path) -> None:
    array = np.zeros((3, 4, 5))
    array[1, 2, 2] = np.nan
    stack = read_movie(saved(tmp_path / "a.npy", array), axes="TYX")
    stack.frame(2)
    with pytest.raises(InvalidInputError, match="frame 1 of 'a' holds NaN"):
        stack.frame(1)


DAMAGED = """
import sys
from tracksam.errors import ReadError
from tracksam.io.images import read_movie
for path in sys.argv[1:]:
    try:
        read_movie(path).frame(1)
    except ReadError:
        continue
    print("read", path)
"""


def test_libraries_add_no_lines_of_their_own(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (9, 48, 64), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.ome.tif", noise, metadata={"axes": "TYX"}, compression="zlib")
    for t in range(2):
        assert cv2.imwrite(str(tmp_path / f"{t}.png"), noise[t])
    writer = cv2.VideoWriter(
        str(tmp_path / "a.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 48), False
    )
    for image in noise:
        writer.write(image)
    writer.release()
    paths = [tmp_path / name for name in ("a.ome.tif", "1.png", "a.mp4")]
    for path in paths:
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : -20] = bytes(len(content) - 20 - len(content) // 2)
        path.write_bytes(content if path.suffix == ".png" else content[: len(content) // 2])
    paths[1] = tmp_path / "*.png"
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_errors_are_those_of_the_system_too(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no file"):
        read_movie(tmp_path / "no.tif")
    assert issubclass(ReadError, OSError)
