"""TIFF in all its forms: axes from the metadata or the user, pages read one at a time."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io import tiff
from tracksam.io.images import read_movie
from tracksam.settings import ReadSettings


def written(path: Path, array: np.ndarray, **options: object) -> Path:
    tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metadata": None},
        {"metadata": None, "compression": "zlib"},
        {"metadata": None, "compression": "lzw"},
        {"metadata": None, "bigtiff": True},
        {"metadata": None, "byteorder": ">"},
        {"metadata": None, "tile": (16, 16)},
        {"metadata": None, "rowsperstrip": 2, "compression": "zlib", "predictor": True},
        {"imagej": True, "metadata": {"axes": "TYX"}},
        {"ome": True, "metadata": {"axes": "TYX"}},
        {"metadata": {"axes": "TYX"}},
    ],
    ids=str,
)
def test_pages_are_frames(tmp_path: Path, movie_tyx: np.ndarray, options: dict) -> None:
    stack = read_movie(written(tmp_path / "a.tif", movie_tyx, **options))
    assert stack.shape_tyxc == (5, 6, 7, 1)
    assert stack.dtype == np.uint16 and stack.dtype.isnative
    assert stack.name == "a"
    np.testing.assert_array_equal(np.stack(list(stack))[..., 0], movie_tyx)


@pytest.mark.parametrize("kind", ["ome", "imagej", "metadata"])
def test_channels_are_last(tmp_path: Path, movie_tcyx: np.ndarray, kind: str) -> None:
    options = {} if kind == "metadata" else {kind: True}
    path = written(tmp_path / "a.tif", movie_tcyx, metadata={"axes": "TCYX"}, **options)
    stack = read_movie(path)
    assert stack.shape_tyxc == (5, 6, 7, 2)
    np.testing.assert_array_equal(np.stack(list(stack)), movie_tcyx.transpose(0, 2, 3, 1))


def test_ome_dimension_order_is_obeyed(tmp_path: Path, movie_tcyx: np.ndarray) -> None:
    path = written(
        tmp_path / "a.ome.tif", movie_tcyx.transpose(1, 0, 2, 3), metadata={"axes": "CTYX"}
    )
    stack = read_movie(path)
    assert stack.name == "a"
    np.testing.assert_array_equal(stack.frame(3), movie_tcyx[3].transpose(1, 2, 0))


def test_colours_are_named(tmp_path: Path) -> None:
    colours = np.arange(4 * 5 * 6 * 3, dtype=np.uint8).reshape(4, 5, 6, 3)
    stack = read_movie(written(tmp_path / "a.tif", colours, photometric="rgb"))
    assert stack.channels == ("red", "green", "blue")
    np.testing.assert_array_equal(np.stack(list(stack)), colours)


def test_one_page_is_one_frame(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    assert read_movie(written(tmp_path / "a.tif", movie_tyx[0])).shape_tyxc == (1, 6, 7, 1)


def test_pages_appended_one_by_one_are_frames(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for image in movie_tyx:
            writer.write(image, contiguous=False)
    stack = read_movie(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.stack(list(stack))[..., 0], movie_tyx)


def test_several_ome_files_are_one_movie(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    two_ome_files(tmp_path, movie_tyx[:2])
    stack = read_movie(tmp_path / "0.ome.tif")
    assert stack.shape_tyxc == (2, 6, 7, 1)
    np.testing.assert_array_equal(stack.frame(1)[..., 0], movie_tyx[1])


def two_ome_files(folder: Path, movie_tyx: np.ndarray) -> None:
    """Write each of two frames to a file of its own, in one OME image."""
    files = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{t}.ome.tif">urn:uuid:{t}</UUID></TiffData>'
        for t in range(2)
    )
    for t in range(2):
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{t}"><Image ID="Image:0"><Pixels ID="Pixels:0" '
            'DimensionOrder="XYZCT" Type="uint16" SizeX="7" SizeY="6" SizeZ="1" SizeC="1" '
            f'SizeT="2"><Channel ID="Channel:0:0"/>{files}</Pixels></Image></OME>'
        )
        tifffile.imwrite(folder / f"{t}.ome.tif", movie_tyx[t], description=xml, metadata=None)


@pytest.mark.filterwarnings("ignore")
def test_a_missing_ome_file_is_refused_unless_axes_are_named(
    tmp_path: Path, movie_tyx: np.ndarray
) -> None:
    two_ome_files(tmp_path, movie_tyx[:2])
    (tmp_path / "1.ome.tif").unlink()
    with pytest.raises(
        ReadError, match=r"0\.ome\.tif is one of several OME-TIFF files, and others are missing"
    ):
        read_movie(tmp_path / "0.ome.tif")
    stack = read_movie(tmp_path / "0.ome.tif", axes="YX")
    np.testing.assert_array_equal(stack.frame(0)[..., 0], movie_tyx[0])


def test_named_axes_win(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = written(tmp_path / "a.tif", movie_tyx, imagej=True, metadata={"axes": "ZYX"})
    stack = read_movie(path, axes="tyx")
    np.testing.assert_array_equal(stack.frame(4)[..., 0], movie_tyx[4])


@pytest.mark.parametrize("axes", ["TYXC", "TX", "TQYX", "TTX", "TCX"])
def test_wrong_axes_are_refused(tmp_path: Path, movie_tyx: np.ndarray, axes: str) -> None:
    path = written(tmp_path / "a.tif", movie_tyx)
    with pytest.raises(InvalidInputError, match=rf"{axes}.*\(5, 6, 7\)|\(5, 6, 7\).*{axes}"):
        read_movie(path, axes=axes)


def z_stack(tmp_path: Path) -> tuple[Path, np.ndarray]:
    rng = np.random.default_rng(0)
    movie_tzcyx = rng.integers(0, 999, (3, 4, 2, 6, 7), dtype=np.uint16)
    path = tmp_path / "z.tif"
    tifffile.imwrite(path, movie_tzcyx, imagej=True, metadata={"axes": "TZCYX"})
    return path, movie_tzcyx


def test_z_without_a_choice_is_refused(tmp_path: Path) -> None:
    path, _ = z_stack(tmp_path)
    with pytest.raises(
        InvalidInputError,
        match=r"z has 4 planes of z \(axes TZCYX.*set read.z to a plane from 0 to 3, or to 'max'",
    ):
        read_movie(path)


def test_a_plane_of_z_is_picked(tmp_path: Path) -> None:
    path, movie_tzcyx = z_stack(tmp_path)
    stack = read_movie(path, ReadSettings(z="2"))
    np.testing.assert_array_equal(np.stack(list(stack)), movie_tzcyx[:, 2].transpose(0, 2, 3, 1))


def test_z_is_projected(tmp_path: Path) -> None:
    path, movie_tzcyx = z_stack(tmp_path)
    stack = read_movie(path, ReadSettings(z="max"))
    np.testing.assert_array_equal(
        np.stack(list(stack)), movie_tzcyx.max(axis=1).transpose(0, 2, 3, 1)
    )


def test_a_plane_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path, _ = z_stack(tmp_path)
    with pytest.raises(InvalidInputError, match=r"4 plane.*got read.z = 4"):
        read_movie(path, ReadSettings(z="4"))


@pytest.mark.parametrize("z", ["mean", "-1", "1.5", ""])
def test_unknown_words_for_z_are_refused(tmp_path: Path, movie_tyx: np.ndarray, z: str) -> None:
    path = written(tmp_path / "a.tif", movie_tyx)
    with pytest.raises(InvalidInputError, match=f"'max' or 'refuse'; got '{z}'"):
        read_movie(path, ReadSettings(z=z))


def test_z_without_time_says_how_planes_become_frames(
    tmp_path: Path, movie_tyx: np.ndarray
) -> None:
    path = written(tmp_path / "a.tif", movie_tyx, imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(InvalidInputError, match=r"if the planes are frames, name the axes.*'TYX'"):
        read_movie(path)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    "options",
    [{}, {"metadata": None, "compression": "zlib"}, {"imagej": True, "metadata": {"axes": "TYX"}}],
    ids=["shaped", "zlib", "imagej"],
)
def test_a_truncated_file_is_refused_when_it_is_opened(
    tmp_path: Path, keep: float, options: dict
) -> None:
    rng = np.random.default_rng(0)
    path = written(
        tmp_path / "a.tif", rng.integers(0, 999, (9, 20, 30), dtype=np.uint16), **options
    )
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(ReadError, match=r"a\.tif is truncated: it has \d+ bytes, but .* byte \d+"):
        read_movie(path)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pixels_that_lie_beyond_the_end_are_missed(tmp_path: Path, compression: str | None) -> None:
    noise = np.random.default_rng(0).integers(0, 999, (20, 30), dtype=np.uint16)
    path = written(tmp_path / "a.tif", noise, metadata=None, compression=compression)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReadError, match="truncated"):
        read_movie(path)


def test_a_truncated_ome_file_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 999, (9, 20, 30), dtype=np.uint16)
    path = written(tmp_path / "a.ome.tif", noise, metadata={"axes": "TYX"}, compression="zlib")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ReadError, match="truncated"):
        read_movie(path)


def test_what_is_no_tiff_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_text("not a TIFF file")
    with pytest.raises(ReadError, match=r"a\.tif is not a TIFF file, or is damaged: .*not a TIFF"):
        read_movie(path)


def test_pages_of_different_size_are_refused(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for size in (6, 6, 4):
            writer.write(np.zeros((size, 7), np.uint16), metadata=None)
    with pytest.raises(
        InvalidInputError, match=r"2 images of different form.*\(2, 6, 7\).*\(4, 7\)"
    ):
        read_movie(tmp_path / "a.tif")


@pytest.mark.parametrize("dtype", [np.bool_, np.complex64])
def test_pixels_that_are_no_numbers_of_an_image_are_refused(tmp_path: Path, dtype: type) -> None:
    path = written(tmp_path / "a.tif", np.zeros((2, 6, 7), dtype))
    with pytest.raises(InvalidInputError, match=r"pixels of type \w+; images need whole"):
        read_movie(path)


def test_a_header_that_claims_too_much_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", np.zeros((6, 7), np.uint8), compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as tif:
        for tag in ("ImageWidth", "ImageLength", "RowsPerStrip"):
            tif.pages.first.tags[tag].overwrite(10**6)
        tif.pages.first.tags["ImageDescription"].overwrite("")
    with pytest.raises(ReadError, match=r"claims frames of 931\.3 GiB .*at most 16\.0 GiB"):
        read_movie(path)


def test_a_page_that_can_not_be_decoded_is_named(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    path = written(tmp_path / "a.tif", movie_tyx, metadata=None, compression="zlib")
    with tifffile.TiffFile(path) as tif:
        offset = tif.pages[3].dataoffsets[0]
    with path.open("rb+") as file:
        file.seek(offset)
        file.write(b"\0\0\0\0")
    stack = read_movie(path)
    stack.frame(2)
    with pytest.raises(ReadError, match=r"page 3 of .*a\.tif can not be read"):
        stack.frame(3)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_one_frame_of_a_long_movie_touches_only_that_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str | None
) -> None:
    movie_tyx = np.arange(1000, dtype=np.uint16)[:, None, None] + np.zeros((1, 6, 7), np.uint16)
    path = written(tmp_path / "a.tif", movie_tyx, metadata=None, compression=compression)
    stack = read_movie(path)
    asked = []
    for name in ("_raw_page", "_decoded_page"):
        original = getattr(tiff, name)

        def counted(*arguments: object, original: object = original) -> np.ndarray:
            asked.append(arguments[1])
            return original(*arguments)

        monkeypatch.setattr(tiff, name, counted)
    assert stack.frame(997)[0, 0, 0] == 997
    assert len(asked) == 1


def test_a_stack_can_be_pickled(tmp_path: Path, movie_tyx: np.ndarray) -> None:
    stack = read_movie(written(tmp_path / "a.tif", movie_tyx))
    copy = pickle.loads(pickle.dumps(stack))
    np.testing.assert_array_equal(copy.frame(1), stack.frame(1))
    assert len(pickle.dumps(stack)) < 3000
