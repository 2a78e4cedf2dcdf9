"""Folders and globs of numbered images."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.images import read_movie
from tracksam.io.numbered import natural_key
from tracksam.settings import ReadSettings


def frames(folder: Path, movie_tyx: np.ndarray, name: str = "t{:03d}.tif") -> Path:
    """Write each frame to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for t, image in enumerate(movie_tyx):
        path = folder / name.format(t)
        if path.suffix == ".tif":
            tifffile.imwrite(path, image, metadata=None)
        else:
            assert cv2.imwrite(str(path), image)
    return folder


def test_numbers_sort_as_numbers() -> None:
    names = ["a10.tif", "a9.tif", "b1.tif", "a010.tif"]
    assert sorted(names, key=natural_key) == ["a9.tif", "a010.tif", "a10.tif", "b1.tif"]


@pytest.mark.parametrize("name", ["t{:03d}.tif", "frame_{}.tif", "{:05d}.png", "s1_t{}_c0.tif"])
def test_files_are_frames_in_the_order_of_their_numbers(tmp_path: Path, name: str) -> None:
    movie_tyx = np.arange(12 * 3 * 4, dtype=np.uint16).reshape(12, 3, 4)
    stack = read_movie(frames(tmp_path / "movie", movie_tyx, name))
    assert stack.shape_tyxc == (12, 3, 4, 1)
    assert stack.name == "movie"
    np.testing.assert_array_equal(np.stack(list(stack))[..., 0], movie_tyx)


def test_a_challenge_movie_bears_the_name_of_its_data_set(
    tmp_path: Path, movie_tyx: np.ndarray
) -> None:
    assert read_movie(frames(tmp_path / "Fluo" / "02", movie_tyx)).name == "Fluo/02"


def test_a_glob_names_the_frames(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path / "movie", movie_tyx, "c0_t{}.tif")
    frames(tmp_path / "movie", movie_tyx + np.uint16(500), "c1_t{}.tif")
    stack = read_movie(tmp_path / "movie" / "c1_*.tif")
    np.testing.assert_array_equal(np.stack(list(stack))[..., 0], movie_tyx + 500)


def test_files_of_several_channels_need_a_glob(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path, movie_tyx, "c0_t{}.tif")
    frames(tmp_path, movie_tyx, "c1_t{}.tif")
    with pytest.raises(
        InvalidInputError,
        match=r"10 files whose names differ in more than one number .*glob in quo",
    ):
        read_movie(tmp_path)


def test_every_tenth_frame_is_a_movie(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    for t, image in enumerate(movie_tyx):
        tifffile.imwrite(tmp_path / f"t{10 * t + 3}.tif", image)
    assert read_movie(tmp_path).n_frames == 5


def test_a_missing_frame_is_named(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    (frames(tmp_path, movie_tyx) / "t002.tif").unlink()
    with pytest.raises(
        ReadError, match=r"has no frame number 2: t001\.tif is followed by t003\.tif"
    ):
        read_movie(tmp_path)


def test_a_number_twice_is_refused(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path, movie_tyx)
    tifffile.imwrite(tmp_path / "t2.tif", movie_tyx[0])
    with pytest.raises(
        InvalidInputError, match=r"t0*2\.tif and t0*2\.tif, which have the same numb"
    ):
        read_movie(tmp_path)


def test_other_files_and_hidden_ones_are_no_frames(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path, movie_tyx)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "._t000.tif").write_bytes(b"x")
    cv2.imwrite(str(tmp_path / "preview.png"), np.zeros((3, 4), np.uint8))
    assert read_movie(tmp_path).shape_tyxc == (5, 6, 7, 1)


@pytest.mark.parametrize("suffix", ["png", "bmp"])
def test_colours_are_red_green_blue(tmp_path: Path, suffix: str) -> None:
    blue_first = np.zeros((4, 5, 3), np.uint8)
    blue_first[..., 0], blue_first[..., 2] = 10, 200
    for t in range(3):
        cv2.imwrite(str(tmp_path / f"{t:05d}.{suffix}"), blue_first + t)
    stack = read_movie(tmp_path)
    assert stack.channels == ("red", "green", "blue")
    assert stack.frame(2)[1, 1].tolist() == [202, 2, 12]


def test_jpegs_are_frames(tmp_path: Path) -> None:
    for t in range(3):
        cv2.imwrite(str(tmp_path / f"{t:05d}.jpg"), np.full((16, 24), 80 * t, np.uint8))
    stack = read_movie(tmp_path)
    assert stack.shape_tyxc == (3, 16, 24, 1)
    assert [int(image.mean()) for image in stack] == [0, 80, 160]


def test_a_frame_of_another_size_is_named(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path, movie_tyx)
    tifffile.imwrite(tmp_path / "t003.tif", movie_tyx[3, :5])
    with pytest.raises(
        InvalidInputError,
        match=r"t000\.tif has shape \(6, 7\) and type uint16, t003\.tif has \(5, 7\)",
    ):
        read_movie(tmp_path)


def test_a_frame_of_another_type_is_named(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    frames(tmp_path, movie_tyx)
    tifffile.imwrite(tmp_path / "t003.tif", movie_tyx[3].astype(np.uint8))
    with pytest.raises(InvalidInputError, match=r"t003\.tif has \(6, 7\) and uint8"):
        read_movie(tmp_path)


def test_a_picture_of_another_size_is_named(tmp_path: Path) -> None:
    frames(tmp_path, np.zeros((3, 6, 7), np.uint8), "{}.png")
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((6, 8), np.uint8))
    with pytest.raises(InvalidInputError, match=r"2\.png has \(6, 8\) and uint8"):
        read_movie(tmp_path)


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_a_truncated_frame_is_found_when_the_folder_is_opened(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (4, 40, 30), dtype=np.uint8)
    frames(tmp_path, noise, "{}." + suffix)
    path = tmp_path / f"2.{suffix}"
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ReadError, match=rf"2\.{suffix} is truncated"):
        read_movie(tmp_path)


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_an_empty_or_foreign_frame_is_found_when_the_folder_is_opened(
    tmp_path: Path, suffix: str
) -> None:
    frames(tmp_path, np.zeros((4, 40, 30), np.uint8), "{}." + suffix)
    (tmp_path / f"2.{suffix}").write_bytes(b"no image")
    with pytest.raises(ReadError, match=rf"2\.{suffix} is (not a TIFF file, or is )?damaged"):
        read_movie(tmp_path)
    (tmp_path / f"2.{suffix}").write_bytes(b"")
    with pytest.raises(ReadError, match=rf"2\.{suffix} is (empty|damaged)"):
        read_movie(tmp_path)


def test_a_picture_whose_middle_is_damaged_is_named_when_it_is_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (3, 40, 30), dtype=np.uint8)
    frames(tmp_path, noise, "{}.png")
    path = tmp_path / "1.png"
    content = bytearray(path.read_bytes())
    content[60:400] = bytes(340)
    path.write_bytes(content)
    stack = read_movie(tmp_path)
    stack.frame(2)
    with pytest.raises(ReadError, match=r"1\.png can not be decoded"):
        stack.frame(1)


def test_a_folder_without_images_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"holds no frames; known kinds are \.tif"):
        read_movie(tmp_path)
    (tmp_path / "01").mkdir()
    (tmp_path / "02").mkdir()
    with pytest.raises(ReadError, match=r"holds no frames; it holds the folders 01, 02: name one"):
        read_movie(tmp_path)


def test_files_that_are_movies_are_refused(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    for i in range(2):
        tifffile.imwrite(tmp_path / f"m{i}.tif", movie_tyx, metadata={"axes": "TYX"})
    with pytest.raises(InvalidInputError, match=r"2 files, and each has a time axis of its own"):
        read_movie(tmp_path)


def test_each_file_may_be_a_z_stack(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    for i in range(2):
        tifffile.imwrite(
            tmp_path / f"m{i}.tif", movie_tyx + np.uint16(i), imagej=True, metadata={"axes": "ZYX"}
        )
    stack = read_movie(tmp_path, ReadSettings(z="3"))
    np.testing.assert_array_equal(stack.frame(1)[..., 0], movie_tyx[3] + 1)


def test_a_folder_of_files_can_be_pickled(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    stack = read_movie(frames(tmp_path, movie_tyx))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stack)).frame(3)[..., 0], movie_tyx[3])
