"""Stack: axes are named, frames are read on demand, calibration is checked."""

from typing import ClassVar

import numpy as np
import pytest

from tracksam import Stack
from tracksam.errors import InvalidInputError


def numbered(t: int = 2, c: int = 3, y: int = 5, x: int = 7) -> np.ndarray:
    return np.arange(t * c * y * x, dtype=np.uint16).reshape(t, c, y, x)


@pytest.mark.parametrize("axes", ["TCYX", "CTYX", "YXTC", "XCYT"])
def test_frames_are_the_same_whatever_the_order_of_the_axes(axes: str) -> None:
    array_tcyx = numbered()
    moved = array_tcyx.transpose(["TCYX".index(letter) for letter in axes])
    stack = Stack.from_array(moved, axes=axes)
    assert stack.shape_tyxc == (2, 5, 7, 3)
    np.testing.assert_array_equal(stack.frame(1), array_tcyx[1].transpose(1, 2, 0))


def test_a_movie_without_channels_gets_one() -> None:
    stack = Stack.from_array(numbered()[:, 0], axes="TYX")
    assert stack.shape_tyxc == (2, 5, 7, 1)
    assert stack.channels == ("channel 0",)


@pytest.mark.parametrize("axes", ["TYX", "TZYX", "TTYX", "tcyx", ""])
def test_wrong_axes_are_refused_with_what_was_given(axes: str) -> None:
    with pytest.raises(
        InvalidInputError, match=r"name the 4 axes.*got '.*' for shape \(2, 3, 5, 7\)"
    ):
        Stack.from_array(numbered(), axes=axes)


def test_an_array_without_transpose_stays_lazy() -> None:
    class Lazy:
        ndim, shape, dtype = 3, (5, 2, 7), np.dtype(np.uint8)
        asked: ClassVar[list[object]] = []

        def __getitem__(self, index: object) -> np.ndarray:
            self.asked.append(index)
            return np.ones((5, 7), np.uint8)

    stack = Stack.from_array(Lazy(), axes="YTX")
    assert Lazy.asked == []
    assert stack.frame(1).shape == (5, 7, 1)
    assert Lazy.asked == [(slice(None), 1, slice(None))]


def test_nan_is_refused_when_the_frame_is_read() -> None:
    array = np.zeros((3, 4, 5))
    array[1, 2, 2] = np.nan
    stack = Stack.from_array(array, axes="TYX", name="m")
    stack.frame(0)
    with pytest.raises(InvalidInputError, match="frame 1 of 'm' holds NaN"):
        stack.frame(1)


def test_a_frame_that_is_not_there() -> None:
    with pytest.raises(
        InvalidInputError, match="frame 2 is not in the movie: it has frames 0 to 1"
    ):
        Stack.from_array(numbered(), axes="TCYX").frame(2)


def test_a_clip_can_run_backward() -> None:
    stack = Stack.from_array(numbered(t=4), axes="TCYX")
    np.testing.assert_array_equal(stack.clip(range(3, 0, -1))[0], stack.frame(3))
    assert len(stack.clip(range(3, 0, -1))) == 3


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_pixel_size_must_be_positive(value: float) -> None:
    with pytest.raises(InvalidInputError, match="pixel_size_um must be a positive number"):
        Stack.from_array(numbered(), axes="TCYX", pixel_size_um=value)


def test_channel_names_must_fit() -> None:
    with pytest.raises(InvalidInputError, match="3 channels need 3 names"):
        Stack.from_array(numbered(), axes="TCYX", channels=("DAPI",))


def test_equality_is_by_value() -> None:
    one = Stack.from_array(numbered(), axes="TCYX", pixel_size_um=0.5)
    same = Stack.from_array(numbered(), axes="TCYX", pixel_size_um=0.5)
    other = Stack.from_array(numbered() + 1, axes="TCYX", pixel_size_um=0.5)
    assert one == same
    assert one != other


def test_one_channel_of_several() -> None:
    stack = Stack.from_array(numbered(), axes="TCYX", channels=("a", "b", "c"), pixel_size_um=2)
    one = stack.only_channel(1)
    assert one.channels == ("b",)
    assert one.pixel_size_um == 2
    np.testing.assert_array_equal(one.frame(1), stack.frame(1)[..., 1:2])


def test_stacks_of_other_sources_are_equal_if_their_frames_are() -> None:
    class Frames:
        n_frames, frame_shape, dtype = 2, (5, 7, 3), np.dtype(np.uint16)

        def read(self, frame: int) -> np.ndarray:
            return numbered()[frame].transpose(1, 2, 0)

    assert Stack(Frames()) == Stack.from_array(numbered(), axes="TCYX")
    assert Stack(Frames()) != Stack.from_array(numbered() + np.uint16(1), axes="TCYX")


def test_a_frame_number_may_be_of_numpy() -> None:
    asked = []

    class Source:
        n_frames, frame_shape, dtype = 3, (5, 7, 1), np.dtype(np.uint8)

        def read(self, frame: int) -> np.ndarray:
            asked.append(type(frame))
            return np.zeros((5, 7, 1), np.uint8)

    Stack(Source()).frame(np.int64(2))
    assert asked == [int]
