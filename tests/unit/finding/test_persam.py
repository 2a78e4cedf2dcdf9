"""What is like one reference mask."""

from pathlib import Path

import numpy as np
import pytest

from tracksam.errors import BackendError, InvalidInputError
from tracksam.evaluate.stills import matched_iou
from tracksam.pipeline.finding.by_reference import ByReference
from tracksam.reference import Reference
from tracksam.regions import Regions
from tracksam.simulate import MovieSettings, movie
from tracksam.testing.scenes import DISCS, SHAPE_YX, image_of

SMALL_SAM = Path(__file__).resolve().parents[2] / "data" / "small_sam.pth"


@pytest.fixture(scope="module")
def cells() -> tuple[np.ndarray, Regions]:
    made = movie(MovieSettings(n_frames=1, height_px=120, width_px=160, n_cells=9, seed=4))
    return made.stack.frame(0), Regions.from_labels(made.masks.frame(0))


def whole(regions: Regions) -> Regions:
    box = regions.box_yxyx
    inside = ((box[:, :2] > 0) & (box[:, 2:] < np.array(regions.shape_yx))).all(axis=1)
    return regions.select(inside)


def test_one_mask_finds_its_like(cells: tuple[np.ndarray, Regions]) -> None:
    image_yxc, truth = cells
    truth = whole(truth)
    found = ByReference().find(image_yxc, Reference(image_yxc, truth.mask(0)))
    assert np.median(matched_iou(truth, found)) >= 0.7
    assert ((found.score > 0) & (found.score <= 1)).all()
    assert not found.object_id.any()


def test_one_mask_finds_its_like_with_a_small_sam(cells: tuple[np.ndarray, Regions]) -> None:
    pytest.importorskip("torch", reason="SAM needs PyTorch (extra [sam])")
    pytest.importorskip("segment_anything", reason="segment-anything is not installed")
    image_yxc, truth = cells
    truth = whole(truth)
    finder = ByReference("sam-vit-b", weights=str(SMALL_SAM), min_likeness=0.5)
    found = finder.find(image_yxc, Reference(image_yxc, truth.mask(0)))
    assert np.median(matched_iou(truth, found)) >= 0.7


def test_at_most_so_many() -> None:
    image_yxc = image_of(DISCS)
    reference = Reference(image_yxc, DISCS[0].mask(SHAPE_YX))
    assert len(ByReference(max_count=1).find(image_yxc, reference)) == 1


def test_a_blank_image_holds_nothing_like_it() -> None:
    reference = Reference(image_of(DISCS), DISCS[0].mask(SHAPE_YX))
    assert len(ByReference().find(np.full((*SHAPE_YX, 1), 40, np.uint8), reference)) == 0


def test_references_check_themselves() -> None:
    image_yxc = image_of(DISCS)
    with pytest.raises(InvalidInputError, match="the reference mask is empty"):
        Reference(image_yxc, np.zeros(SHAPE_YX, bool))
    with pytest.raises(InvalidInputError, match=r"got a mask of shape \(104, 72\)"):
        Reference(image_yxc, np.ones(SHAPE_YX[::-1], bool))


def test_what_can_not_be_compared_is_refused() -> None:
    reference = Reference(image_of(DISCS), DISCS[0].mask(SHAPE_YX))
    with pytest.raises(InvalidInputError, match="has 1 channels, this image 2"):
        ByReference().find(image_of(DISCS, channels=2), reference)
    with pytest.raises(InvalidInputError, match=r"needs a tracksam\.reference\.Reference, got str"):
        ByReference().find(image_of(DISCS), "cell")
    with pytest.raises(BackendError, match="'grabcut' gives no image features"):
        ByReference("grabcut").find(image_of(DISCS), reference)
