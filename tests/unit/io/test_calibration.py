"""Pixel size, interval and names of channels: from each kind of metadata, in um and s."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam import Stack
from tracksam.errors import InvalidInputError
from tracksam.io.calibration import length_um, time_s
from tracksam.io.images import read_movie
from tracksam.io.tiff import write_movie
from tracksam.io.tiff_metadata import ome_calibration
from tracksam.settings import ReadSettings

ZEROS = np.zeros((5, 6, 7), np.uint8)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (325, "nm", 0.325),
        (0.5, "µm", 0.5),
        (0.5, "\u03bcm", 0.5),
        (0.5, "\\u00B5m", 0.5),
        (0.5, "micron", 0.5),
        (0.5, "Micrometre", 0.5),
        (0.5, " um ", 0.5),
        (2, "mm", 2000),
        (1, "inch", 25400),
        (1, "pixel", None),
        (1, "", None),
        (1, None, None),
        (None, "um", None),
        (0, "um", None),
        (-1, "um", None),
        (float("nan"), "um", None),
    ],
)
def test_lengths_become_micrometres(
    value: float | None, unit: str | None, expected: float | None
) -> None:
    assert length_um(value, unit) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(250, "ms", 0.25), (3, "min", 180), (2, "hours", 7200), (5, "sec", 5), (5, "frames", None)],
)
def test_times_become_seconds(value: float, unit: str, expected: float | None) -> None:
    assert time_s(value, unit) == (None if expected is None else pytest.approx(expected))


def test_ome(tmp_path: Path) -> None:
    metadata = {
        "axes": "TCYX",
        "PhysicalSizeX": 325.0,
        "PhysicalSizeXUnit": "nm",
        "PhysicalSizeY": 0.325,
        "PhysicalSizeYUnit": "µm",
        "TimeIncrement": 2.0,
        "TimeIncrementUnit": "min",
        "Channel": {"Name": ["phase", "GFP"]},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((3, 2, 6, 7), np.uint8), metadata=metadata)
    stack = read_movie(tmp_path / "a.ome.tif")
    assert stack.pixel_size_um == pytest.approx(0.325)
    assert stack.frame_interval_s == pytest.approx(120)
    assert stack.channels == ("phase", "GFP")


def test_ome_planes_tell_the_interval_where_they_are_even() -> None:
    def xml(times: list[float]) -> str:
        planes = "".join(
            f'<Plane TheT="{t}" TheZ="0" TheC="0" DeltaT="{at}" DeltaTUnit="min"/>'
            for t, at in enumerate(times)
        )
        return f'<OME xmlns="x"><Image><Pixels SizeT="3">{planes}</Pixels></Image></OME>'

    assert ome_calibration(xml([10.0, 15.1, 20.0])).frame_interval_s == pytest.approx(300)
    assert ome_calibration(xml([0.0, 1.0, 20.0])).frame_interval_s is None
    assert ome_calibration(xml([0.0])).frame_interval_s is None
    assert ome_calibration("no xml").frame_interval_s is None


def test_imagej(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        ZEROS,
        imagej=True,
        resolution=(1 / 0.65, 1 / 0.65),
        metadata={"axes": "TYX", "unit": "um", "finterval": 30.0},
    )
    stack = read_movie(tmp_path / "a.tif")
    assert stack.pixel_size_um == pytest.approx(0.65, rel=1e-4)
    assert stack.frame_interval_s == pytest.approx(30)


def test_imagej_pixels_are_no_unit(tmp_path: Path) -> None:
    metadata = {"axes": "TYX", "unit": "pixel"}
    tifffile.imwrite(tmp_path / "a.tif", ZEROS, imagej=True, resolution=(1, 1), metadata=metadata)
    stack = read_movie(tmp_path / "a.tif")
    assert (stack.pixel_size_um, stack.frame_interval_s) == (None, None)


@pytest.mark.parametrize(
    ("dots", "unit", "expected"),
    [
        (20000, "CENTIMETER", 0.5),
        (25400, "INCH", 1.0),
        (72, "INCH", None),
        (300, "INCH", None),
        (20000, "NONE", None),
    ],
)
def test_resolution_tags_are_trusted_where_they_mean_a_microscope(
    tmp_path: Path, dots: int, unit: str, expected: float | None
) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", ZEROS, resolution=(dots, dots), resolutionunit=unit, metadata=None
    )
    size = read_movie(tmp_path / "a.tif").pixel_size_um
    assert size == (None if expected is None else pytest.approx(expected))


def test_what_the_user_says_wins(tmp_path: Path) -> None:
    write_movie(
        Stack.from_array(ZEROS, "TYX", pixel_size_um=0.5, frame_interval_s=60), tmp_path / "a.tif"
    )
    settings = ReadSettings(pixel_size_um=0.25, frame_interval_s=9)
    stack = read_movie(tmp_path / "a.tif", settings)
    assert (stack.pixel_size_um, stack.frame_interval_s) == (0.25, 9)


def test_pixels_that_are_not_square_are_refused_unless_given(tmp_path: Path) -> None:
    metadata = {"axes": "TYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.65}
    tifffile.imwrite(tmp_path / "a.ome.tif", ZEROS, metadata=metadata)
    with pytest.raises(
        InvalidInputError, match=r"a has pixels 0\.65 um high and 0\.5 um wide; square ones"
    ):
        read_movie(tmp_path / "a.ome.tif")
    given = read_movie(tmp_path / "a.ome.tif", ReadSettings(pixel_size_um=0.6))
    assert given.pixel_size_um == 0.6


def test_pixels_nearly_square_are_square(tmp_path: Path) -> None:
    metadata = {"axes": "TYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.504}
    tifffile.imwrite(tmp_path / "a.ome.tif", ZEROS, metadata=metadata)
    assert read_movie(tmp_path / "a.ome.tif").pixel_size_um == 0.5


@pytest.mark.parametrize("shape", [(5, 2, 6, 7), (1, 1, 6, 7), (2, 3, 1, 7), (2, 1, 1, 1)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_what_is_written_is_read_back(tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    array = (np.random.default_rng(0).random(shape) * 255).astype(dtype)
    stack = Stack.from_array(array, "TCYX", name="w", pixel_size_um=0.3, frame_interval_s=45)
    write_movie(stack, tmp_path / "w.ome.tif")
    assert read_movie(tmp_path / "w.ome.tif") == stack
    before = (tmp_path / "w.ome.tif").read_bytes()
    write_movie(stack, tmp_path / "w.ome.tif")
    assert (tmp_path / "w.ome.tif").read_bytes() == before


def test_a_movie_is_written_one_frame_at_a_time(tmp_path: Path) -> None:
    asked = []

    class Frames:
        n_frames, frame_shape, dtype = 4, (6, 7, 2), np.dtype(np.uint16)

        def read(self, frame: int) -> np.ndarray:
            asked.append(frame)
            return np.full((6, 7, 2), frame, np.uint16)

    write_movie(Stack(Frames()), tmp_path / "w.ome.tif")
    assert asked == [0, 0, 1, 2, 3]  # the first one gives the file its identifier


def test_pixel_types_that_ome_lacks_are_refused(tmp_path: Path) -> None:
    stack = Stack.from_array(np.zeros((2, 3, 4), np.int64), "TYX")
    with pytest.raises(InvalidInputError, match=r"holds pixels of uint8, .* movie has int64"):
        write_movie(stack, tmp_path / "w.ome.tif")
    assert list(tmp_path.iterdir()) == []
