"""Figures of segmenters on single images."""

import numpy as np
import pytest

from tracksam.errors import BackendError
from tracksam.evaluate.stills import StillScore, evaluate_stills, matched_iou, summary
from tracksam.io.stills import LabelledStill
from tracksam.regions import Regions
from tracksam.testing.embedder import regions_of
from tracksam.testing.scenes import DISCS, SHAPE_YX, image_of


def square(y: int, x: int, side: int = 10) -> np.ndarray:
    mask = np.zeros((40, 60), bool)
    mask[y : y + side, x : x + side] = True
    return mask


def regions(*masks: np.ndarray) -> Regions:
    return Regions.from_masks(masks, (40, 60))


def score(iou: list[float], n_found: int) -> StillScore:
    return StillScore("a", "nano", len(iou), n_found, np.array(iou), 1.0, Regions((40, 60)))


def test_each_found_object_has_one_partner() -> None:
    truth = regions(square(5, 5), square(5, 20))
    found = regions(square(5, 6), square(30, 40))
    assert matched_iou(truth, found) == pytest.approx([90 / 110, 0])
    both = regions(square(5, 5) | square(5, 15))
    assert sorted(matched_iou(regions(square(5, 5), square(5, 15)), both)) == [0, 0.5]


def test_nothing_there_and_nothing_found() -> None:
    nothing = Regions((40, 60))
    assert matched_iou(nothing, regions(square(5, 5))).shape == (0,)
    assert matched_iou(regions(square(5, 5)), nothing).tolist() == [0]
    values = summary([score([], 0)])
    assert np.isnan(values["ap_50"])
    assert np.isnan(values["precision_50"])


def test_precision_recall_and_ap() -> None:
    values = summary([score([0.9, 0.6, 0.0], 4), score([0.5], 1)])
    assert values["precision_50"] == pytest.approx(2 / 5)
    assert values["recall_50"] == pytest.approx(2 / 4)
    assert values["ap_50"] == pytest.approx(2 / 7)
    assert values["ap_75"] == pytest.approx(1 / 8)
    assert values["image_ap_50"] == pytest.approx((2 / 5 + 0) / 2)
    assert values["iou"] == pytest.approx(2.0 / 4)
    assert values["dice"] == pytest.approx((1.8 / 1.9 + 1.2 / 1.6 + 2 / 3) / 4)


def test_segmenters_beside_each_other() -> None:
    still = LabelledStill("discs", image_of(DISCS), regions_of(DISCS))
    found = list(evaluate_stills([still], ["classical", "nano"]))
    assert [score.segmenter for _, score in found] == ["classical", "nano"]
    assert all(score.iou.min() > 0.7 for _, score in found)


@pytest.mark.parametrize("told", ["point", "box"])
def test_segmenters_that_are_told_where_objects_are(told: str) -> None:
    truth = regions_of(DISCS)
    still = LabelledStill("discs", image_of(DISCS), truth)
    [(_, found)] = evaluate_stills([still], ["grabcut"], told)
    assert found.iou.min() > 0.5
    assert found.found.shape_yx == SHAPE_YX


def test_who_can_not_detect_is_refused() -> None:
    with pytest.raises(
        BackendError, match="'grabcut' does not find objects by itself; give --told"
    ):
        list(evaluate_stills([], ["grabcut"]))
