"""What every segmenter must do, as tests that its author subclasses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Segmenter
from tracksam.regions import Regions
from tracksam.testing.scenes import DISCS, SHAPE_YX, Disc, image_of, overlap

NO_POINTS = Prompts()
NO_BOXES = Boxes()
TWINS = (Disc(36, 42, 12), Disc(36, 62, 12))
"""Two discs that touch: one bright piece with a neck."""


def points(
    yx: Sequence[tuple[float, float]],
    object_id: Sequence[int] | None = None,
    is_positive: Sequence[bool] | None = None,
) -> Prompts:
    """Return points of frame 0.

    Parameters
    ----------
    yx : sequence of (row, column)
        N positions.
    object_id : sequence of int, optional
        Default: 1, 2, ..., N.
    is_positive : sequence of bool, optional
        Default: all are.

    Returns
    -------
    Prompts
    """
    ids = np.arange(1, len(yx) + 1) if object_id is None else np.array(object_id)
    flags = np.ones(len(yx), bool) if is_positive is None else np.array(is_positive, bool)
    return Prompts(ids, np.zeros(len(yx), int), np.array(yx, float), flags)


def box(box_yxyx: tuple[float, float, float, float], object_id: int = 1) -> Boxes:
    """Return one box of frame 0.

    Parameters
    ----------
    box_yxyx : tuple of float
        First row, first column, end row, end column.
    object_id : int
        Whose.

    Returns
    -------
    Boxes
    """
    return Boxes(np.array([object_id]), np.array([0]), np.array([box_yxyx]))


def best_mask(regions: Regions, object_id: int) -> NDArray[np.bool_]:
    """Return the first mask of an object, empty where there is none.

    Parameters
    ----------
    regions : Regions
        What a segmenter returned.
    object_id : int
        Which object.

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    mine = np.flatnonzero(regions.object_id == object_id)
    return regions.mask(int(mine[0])) if len(mine) else np.zeros(regions.shape_yx, bool)


class SegmenterContract:
    """Subclass it as ``class TestMine(SegmenterContract)`` and give it a `make`.

    Attributes
    ----------
    least_overlap : float
        Intersection over union with the true disc that a mask must reach.
    same_overlap : float
        The same for two masks that should be one.
    """

    least_overlap = 0.6
    same_overlap = 0.85

    def make(self) -> Segmenter:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _drawn(self, image_yxc: NDArray[Any], prompts: Prompts, boxes: Boxes = NO_BOXES) -> Regions:
        segmenter = self.make()
        return segmenter.segment(segmenter.prepare(image_yxc), prompts, boxes)

    def _disc_at(self, image_yxc: NDArray[Any], disc: Disc) -> NDArray[np.bool_]:
        return best_mask(self._drawn(image_yxc, points([(disc.y, disc.x)])), 1)

    def test_a_point_gives_the_object_under_it(self) -> None:
        """Each disc, prompted by its middle, is drawn; coordinates are (row, column)."""
        image_yxc = image_of(DISCS)
        for disc in DISCS:
            got = overlap(self._disc_at(image_yxc, disc), disc.mask(SHAPE_YX))
            assert got >= self.least_overlap, f"{disc} is drawn with an overlap of {got:.2f}"

    def test_a_moved_object_moves_its_mask(self) -> None:
        """Downwards by rows, to the right by columns."""
        still, disc = self._disc_at(image_of(DISCS[:1]), DISCS[0]), DISCS[0]
        for dy, dx in ((14, 0), (0, -21)):
            mask_yx = self._disc_at(image_of((disc.moved(dy, dx),)), disc.moved(dy, dx))
            assert mask_yx.any(), f"nothing is drawn after a move by ({dy}, {dx})"
            shift = np.argwhere(mask_yx).mean(0) - np.argwhere(still).mean(0)
            assert np.allclose(shift, (dy, dx), atol=1.5), f"moved by {shift}, not ({dy}, {dx})"

    def test_a_transposed_image_gives_the_transposed_mask(self) -> None:
        """Rows and columns are treated alike."""
        image_yxc = image_of(DISCS)
        mask_yx = self._disc_at(image_yxc, DISCS[1])
        turned_yx = self._disc_at(image_yxc.transpose(1, 0, 2), DISCS[1].transposed())
        got = overlap(mask_yx, turned_yx.T)
        assert got >= self.same_overlap, f"the transposed mask has an overlap of {got:.2f}"

    def test_the_image_is_not_changed(self) -> None:
        """Neither by prepare nor by segment."""
        image_yxc = image_of(DISCS)
        before = image_yxc.copy()
        self._drawn(image_yxc, points([(DISCS[0].y, DISCS[0].x)]))
        assert np.array_equal(image_yxc, before), "the image was written to"

    def test_no_frame_is_remembered(self) -> None:
        """Preparing another frame changes nothing for the first one."""
        segmenter, disc = self.make(), DISCS[0]
        asked = points([(disc.y, disc.x)])
        first = segmenter.prepare(image_of(DISCS))
        alone = segmenter.segment(first, asked, NO_BOXES)
        segmenter.prepare(image_of((disc.moved(3, 2), DISCS[2])))
        assert segmenter.segment(first, asked, NO_BOXES) == alone, "the later frame shows"

    def test_the_same_call_gives_the_same_answer(self) -> None:
        """Also on a new back end."""
        asked = points([(d.y, d.x) for d in DISCS])
        first, second = self._drawn(image_of(DISCS), asked), self._drawn(image_of(DISCS), asked)
        assert first == second, "two equal calls differ"

    def test_only_what_was_asked_for_is_given(self) -> None:
        """Ids of the answer are ids of the prompts or boxes."""
        got = self._drawn(image_of(DISCS), points([(DISCS[0].y, DISCS[0].x)], [7]))
        assert set(got.object_id.tolist()) <= {7}, f"asked for 7, got {got.object_id.tolist()}"

    def test_three_proposals_an_object_at_most(self) -> None:
        """More would not be looked at."""
        got = self._drawn(image_of(DISCS), points([(d.y, d.x) for d in DISCS]))
        most = int(np.bincount(got.object_id).max(initial=0))
        assert most <= 3, f"{most} proposals for one object"

    def test_the_best_proposal_comes_first(self) -> None:
        """Scores of one object never rise."""
        got = self._drawn(image_of(DISCS), points([(d.y, d.x) for d in DISCS]))
        for object_id in np.unique(got.object_id):
            scores = got.score[got.object_id == object_id]
            assert (np.diff(scores) <= 0).all(), f"scores of {object_id}: {scores.tolist()}"

    def test_scores_are_probabilities(self) -> None:
        """From 0 to 1."""
        got = self._drawn(image_of(DISCS), points([(d.y, d.x) for d in DISCS]))
        assert ((got.score >= 0) & (got.score <= 1)).all(), f"scores {got.score.tolist()}"

    def test_masks_are_of_the_frame(self) -> None:
        """For frames of any size and shape, the answer has the frame's own."""
        for shape_yx in ((61, 83), (83, 61)):
            disc = Disc(30, 40, 10)
            got = self._drawn(image_of((disc,), shape_yx), points([(disc.y, disc.x)]))
            assert got.shape_yx == shape_yx, f"frame {shape_yx}, answer {got.shape_yx}"
            share = overlap(best_mask(got, 1), disc.mask(shape_yx))
            assert share >= self.least_overlap, f"in {shape_yx} the overlap is {share:.2f}"

    def test_positive_points_lie_inside(self) -> None:
        """Or within 2 px; or there is no proposal."""
        asked = points([(24, 66), (56, 80)], [1, 1])
        got = self._drawn(image_of(DISCS), asked)
        if 1 in got.object_id:
            rows = np.argwhere(best_mask(got, 1))
            far = [np.hypot(*(rows - yx).T).min() for yx in asked.yx]
            assert max(far) <= 2, f"a positive point lies {max(far):.1f} px off the mask"

    def test_negative_points_lie_outside(self) -> None:
        """Also where they lie on the very same bright piece."""
        asked = points([(36, 40), (36, 64)], [1, 1], [True, False])
        got = self._drawn(image_of(TWINS), asked)
        assert not best_mask(got, 1)[36, 64], "the negative point lies in the mask"
        share = overlap(best_mask(got, 1), TWINS[0].mask(SHAPE_YX))
        assert share >= self.least_overlap / 2, f"of the other half only {share:.2f} is left"

    def test_a_box_bounds(self) -> None:
        """No pixel of the mask lies outside."""
        disc = DISCS[1]
        y0, x0, y1, x1 = disc.y - 12, disc.x - 12, disc.y + 4, disc.x + 13
        got = self._drawn(image_of(DISCS), NO_POINTS, box((y0, x0, y1, x1)))
        mask_yx = best_mask(got, 1)
        assert mask_yx.any(), "nothing is drawn in the box"
        rows, columns = np.nonzero(mask_yx)
        inside = (rows >= y0) & (rows < y1) & (columns >= x0) & (columns < x1)
        assert inside.all(), f"{int((~inside).sum())} px lie outside of the box"

    def test_any_dtype(self) -> None:
        """8 and 16 bits and floats give the same object."""
        for dtype in (np.uint8, np.uint16, np.float32):
            mask_yx = self._disc_at(image_of(DISCS, dtype=dtype), DISCS[1])
            got = overlap(mask_yx, DISCS[1].mask(SHAPE_YX))
            assert got >= self.least_overlap, f"{np.dtype(dtype)}: overlap {got:.2f}"

    def test_any_number_of_channels(self) -> None:
        """One, two and three."""
        for channels in (1, 2, 3):
            image_yxc = image_of(DISCS, channels=channels)
            got = overlap(self._disc_at(image_yxc, DISCS[1]), DISCS[1].mask(SHAPE_YX))
            assert got >= self.least_overlap, f"{channels} channels: overlap {got:.2f}"

    def test_a_blank_image_gives_nothing_sure(self) -> None:
        """Nothing, or low scores."""
        blank_yxc = np.full((*SHAPE_YX, 1), 40, np.uint8)
        got = self._drawn(blank_yxc, points([(20, 30)]), box((10, 10, 40, 60), 2))
        assert got.score.max(initial=0) <= 0.5, f"scores {got.score.tolist()} on a blank image"

    def test_an_object_at_the_border(self) -> None:
        """It is drawn as far as it is seen; corners are points like others."""
        disc = Disc(3, 100, 10)
        corner = Disc(0, 103, 1)
        mask_yx = self._disc_at(image_of((*DISCS[1:], disc)), corner)
        got = overlap(mask_yx, disc.mask(SHAPE_YX))
        assert got >= self.least_overlap, f"overlap {got:.2f} at the border"

    def test_nothing_asked_nothing_given(self) -> None:
        """No prompt, no region."""
        got = self._drawn(image_of(DISCS), NO_POINTS)
        assert len(got) == 0, f"{len(got)} regions for no prompt"

    def test_many_objects_at_once_equal_one_by_one(self) -> None:
        """Where they lie far apart."""
        asked = points([(d.y, d.x) for d in DISCS])
        together = self._drawn(image_of(DISCS), asked)
        for object_id in (1, 2, 3):
            alone = self._drawn(image_of(DISCS), asked.where(asked.object_id == object_id))
            got = overlap(best_mask(together, object_id), best_mask(alone, object_id))
            assert got >= self.same_overlap, f"object {object_id}: overlap {got:.2f}"

    def test_the_frame_number_of_a_prompt_is_not_looked_at(self) -> None:
        """The caller picks the frame."""
        asked = points([(DISCS[0].y, DISCS[0].x)])
        later = Prompts(asked.object_id, asked.frame + 5, asked.yx, asked.is_positive)
        same = self._drawn(image_of(DISCS), asked) == self._drawn(image_of(DISCS), later)
        assert same, "a prompt of frame 5 gives another mask than one of frame 0"

    def test_an_expected_mask_is_a_hint(self) -> None:
        """It neither adds objects nor hides the one that is there."""
        segmenter, disc = self.make(), DISCS[1]
        expected = Regions.from_masks(
            [disc.moved(2, -2).mask(SHAPE_YX), DISCS[0].mask(SHAPE_YX)], SHAPE_YX, None, [1, 9]
        )
        asked = points([(disc.y, disc.x)])
        got = segmenter.segment(segmenter.prepare(image_of(DISCS)), asked, NO_BOXES, expected)
        assert set(got.object_id.tolist()) == {1}, f"ids {got.object_id.tolist()}, asked for 1"
        share = overlap(best_mask(got, 1), disc.mask(SHAPE_YX))
        assert share >= self.least_overlap, f"overlap {share:.2f} with an expected mask"
