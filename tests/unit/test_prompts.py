"""Prompts, Boxes and Marks."""

import numpy as np
import pytest

from tracksam import Boxes, Prompts, Regions
from tracksam.errors import InvalidInputError
from tracksam.prompts import Marks


def test_prompts_of_one_frame() -> None:
    prompts = Prompts([7, 8, 7], [0, 2, 2], [[1, 2], [3, 4], [5, 6]], [True, True, False])
    at = prompts.at(2)
    assert at == Prompts([8, 7], [2, 2], [[3, 4], [5, 6]], [True, False])
    assert len(prompts.at(1)) == 0
    assert prompts.at(0).joined(at) == prompts


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([0], [0], [[1, 2]]), "object_id must be 1 or more"),
        (([1], [-1], [[1, 2]]), "frame must be 0 or more"),
        (([1], [0], [[1, np.nan]]), "must be finite"),
        (([1, 2], [0], [[1, 2]]), "one length, got object_id: 2, frame: 1"),
        (([1], [0], [[1, 2, 3]]), r"shape \(N, 2\) is needed, got \(1, 3\)"),
    ],
)
def test_bad_prompts_are_refused(columns: tuple, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Prompts(*columns)


@pytest.mark.parametrize("box", [[3, 1, 3, 9], [1, 9, 3, 2], [0, 0, np.inf, 2]])
def test_empty_boxes_are_refused(box: list) -> None:
    with pytest.raises(InvalidInputError, match="row first"):
        Boxes([4], [0], [box])


def test_two_boxes_of_one_object_on_a_frame_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="object 4 has two boxes on frame 3"):
        Boxes([4, 4], [3, 3], [[0, 0, 2, 2], [1, 1, 3, 3]])


def test_marks_of_whatever_there_is() -> None:
    prompts = Prompts([7], [4], [[1, 2]])
    boxes = Boxes([3], [2], [[0, 0, 2, 2]])
    painted = Regions.from_labels(np.eye(3, dtype=int) * 9, keep_ids=True)
    marks = Marks(prompts, boxes, {0: painted})
    assert marks.frames == (0, 2, 4)
    assert marks.object_ids == (3, 7, 9)
    assert len(marks) == 3
    assert Marks.of(prompts).boxes == Boxes()
    assert Marks.of(boxes).boxes == boxes
    assert len(Marks.of(None)) == 0
    assert Marks.of(marks) is marks
