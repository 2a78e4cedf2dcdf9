"""Story: what a result gets wrong, in sentences; and nothing where it is right."""

import numpy as np

from tracksam import Lineage, Masks
from tracksam.testing.story import Story, differences


def story(labels_tyx: np.ndarray, **family: dict) -> Story:
    rows = [(i, t) for t, m in enumerate(labels_tyx) for i in np.unique(m[m > 0]).tolist()]
    ids, frames = (list(column) for column in zip(*rows, strict=True))
    return Story(
        Masks.from_array(labels_tyx), Lineage(ids, frames, np.zeros((len(ids), 2)), **family)
    )


def dividing() -> np.ndarray:
    labels_tyx = np.zeros((3, 20, 30), int)
    labels_tyx[:, 2:6, 3:9] = 1
    labels_tyx[0, 12:16, 10:18] = 2
    labels_tyx[1:, 12:16, 8:13] = 3
    labels_tyx[1:, 12:16, 16:21] = 4
    return labels_tyx


TRUTH = story(dividing(), parents={3: 2, 4: 2})


def test_the_truth_differs_in_nothing_under_any_ids() -> None:
    renamed = np.array([0, 7, 5, 9, 8])[dividing()]
    assert differences(story(renamed, parents={9: 5, 8: 5}), TRUTH) == []


def test_every_kind_of_difference_is_told() -> None:
    missed = np.where(dividing() == 1, 0, dividing())
    assert "frame 0: cell 1 is missed" in differences(story(missed, parents={3: 2, 4: 2}), TRUTH)
    false = dividing()
    false[1, 8:10, 25:28] = 6
    assert differences(story(false, parents={3: 2, 4: 2}), TRUTH) == ["frame 1: track 6 is no cell"]
    assert differences(story(dividing(), parents={3: 2}), TRUTH) == [
        "cell 4: its mother should be track 2, got None"
    ]
    joined = np.where(dividing() == 3, 2, dividing())
    assert "track 2 runs through cells [2, 3]" in differences(story(joined), TRUTH)
    broken = dividing()
    broken[2][broken[2] == 1] = 9
    assert "cell 1 is broken into tracks [1, 9]" in differences(
        story(broken, parents={3: 2, 4: 2}), TRUTH
    )


def test_a_sliver_at_the_border_may_be_found_or_not() -> None:
    whole = np.zeros((3, 20, 30), int)
    whole[:2, 5:10, 0:6] = 1
    whole[2, 5:10, 0:1] = 1
    without = whole.copy()
    without[2] = 0
    larger = whole.copy()
    larger[2, 5:10, 0:3] = 1
    assert differences(story(without), story(whole)) == []
    assert differences(story(larger), story(whole)) == []
    assert differences(story(whole), story(without)) == ["frame 2: track 1 is no cell"]
