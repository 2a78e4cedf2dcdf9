"""Marks against the movie: each contradiction is refused, and the mark is named."""

import numpy as np
import pytest

from tracksam import Boxes, Prompts, Regions
from tracksam.errors import InvalidInputError
from tracksam.prompts import Marks, check_against

SHAPE_TYX = (4, 30, 40)


def painted(*ids: int, shape_yx: tuple[int, int] = (30, 40)) -> dict[int, Regions]:
    crops = [np.ones((2, 3), bool)] * len(ids)
    return {1: Regions(shape_yx, crops, [[0, 0]] * len(ids), object_id=ids)}


@pytest.mark.parametrize(
    "marks",
    [
        Marks(),
        Marks(Prompts([1, 1], [0, 3], [[-0.5, -0.4], [29.4, 39.4]])),
        Marks(Prompts([1, 2], [0, 1], [[5, 5], [5, 5]])),
        Marks(Prompts([1, 2, 2], [0, 0, 0], [[5, 5], [5, 5], [9, 9]], [True, False, True])),
        Marks(Prompts([1, 1], [0, 1], [[5, 5], [6, 6]], [True, False])),
        Marks(Prompts([1], [0], [[5, 5]], [False]), Boxes([1], [0], [[0, 0, 30, 40]])),
        Marks(masks=painted(1, 2)),
    ],
)
def test_good_marks_pass(marks: Marks) -> None:
    check_against(marks, SHAPE_TYX)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        (
            Marks(Prompts([1], [4], [[5, 5]])),
            r"marked in frame 4, but the movie has frames 0 to 3\.",
        ),
        (Marks(boxes=Boxes([1], [9], [[0, 0, 1, 1]])), "marked in frame 9"),
        (
            Marks(Prompts([1, 7], [0, 2], [[5, 5], [30, 5.25]])),
            r"the point of object 7 in frame 2 at y=30, x=5\.25 lies outside the frame: y must be "
            "from 0 to 29 and x from 0 to 39",
        ),
        (Marks(Prompts([1], [0], [[5, 39.5]])), r"x=39\.5 lies outside"),
        (Marks(Prompts([1], [0], [[-0.6, 5]])), r"y=-0\.6, x=5 lies outside"),
        (
            Marks(boxes=Boxes([3], [1], [[0, 0, 31, 5]])),
            r"the box of object 3 in frame 1 \(y 0 to 31, x 0 to 5\) lies outside the frame of 30",
        ),
        (Marks(boxes=Boxes([3], [1], [[0, -1, 3, 5]])), "box of object 3 .* lies outside"),
        (
            Marks(Prompts([1, 2], [0, 0], [[5, 5], [5.2, 4.9]])),
            r"object 2 in frame 0 at y=5\.2, x=4\.9 is a point of object 1 too",
        ),
        (
            Marks(Prompts([3, 1, 2], [0, 0, 0], [[5, 5]] * 3, [False, True, True])),
            "point of object 2 .* is a point of object 1 too",
        ),
        (
            Marks(Prompts([1, 1], [0, 0], [[5, 5], [5, 5]], [True, False])),
            "object 1 in frame 0 at y=5, x=5 is positive and negative",
        ),
        (
            Marks(Prompts([1, 2], [0, 0], [[5, 5], [6, 6]], [True, False])),
            "object 2 is marked by negative points alone",
        ),
        (Marks(masks=painted(1, shape_yx=(40, 30))), r"frame 1 have shape \(40, 30\), but"),
        (Marks(masks=painted(1, 1)), r"object id of its own, 1 or more; got \[1, 1\]"),
        (Marks(masks=painted(0)), r"object id of its own, 1 or more; got \[0\]"),
    ],
)
def test_bad_marks_are_named(marks: Marks, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        check_against(marks, SHAPE_TYX)
