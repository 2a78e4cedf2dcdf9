"""What every detector must do, as tests that its author subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.protocols import Detector
from tracksam.regions import Regions
from tracksam.testing.scenes import DISCS, SHAPE_YX, Disc, image_of, overlap


def best_overlap(regions: Regions, disc: Disc) -> float:
    """Return the overlap of a disc with the region that fits it best.

    Parameters
    ----------
    regions : Regions
        What a detector returned.
    disc : Disc
        A true object.

    Returns
    -------
    float
        Intersection over union; 0 where nothing was found.
    """
    true_yx = disc.mask(regions.shape_yx)
    each = [overlap(regions.mask(k), true_yx) for k in range(len(regions))]
    return max(each, default=0.0)


class DetectorContract:
    """Subclass it as ``class TestMine(DetectorContract)`` and give it a `make`.

    Attributes
    ----------
    least_overlap : float
        Intersection over union with the true disc that a region must reach.
    same_overlap : float
        The same for two regions that should be one.
    """

    least_overlap = 0.6
    same_overlap = 0.85

    def make(self) -> Detector:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _found(self, image_yxc: NDArray[Any]) -> Regions:
        detector = self.make()
        return detector.detect(detector.prepare(image_yxc))

    def test_every_object_is_found(self) -> None:
        """Each disc where it is; coordinates are (row, column)."""
        found = self._found(image_of(DISCS))
        for disc in DISCS:
            got = best_overlap(found, disc)
            assert got >= self.least_overlap, f"{disc} is found with an overlap of {got:.2f}"

    def test_little_else_is_found(self) -> None:
        """Regions with a score above one half belong to a disc."""
        found = self._found(image_of(DISCS))
        true_yx = np.any([disc.mask(SHAPE_YX) for disc in DISCS], axis=0)
        for k in np.flatnonzero(found.score > 0.5):
            share = float(true_yx[found.mask(int(k))].mean())
            assert share > 0.5, f"region {k} lies on background, with score {found.score[k]:.2f}"

    def test_a_transposed_image_gives_transposed_objects(self) -> None:
        """Rows and columns are treated alike."""
        found = self._found(image_of(DISCS).transpose(1, 0, 2))
        for disc in DISCS:
            got = best_overlap(found, disc.transposed())
            assert got >= self.least_overlap, f"transposed, {disc} has an overlap of {got:.2f}"

    def test_the_image_is_not_changed(self) -> None:
        """Neither by prepare nor by detect."""
        image_yxc = image_of(DISCS)
        before = image_yxc.copy()
        self._found(image_yxc)
        assert np.array_equal(image_yxc, before), "the image was written to"

    def test_no_frame_is_remembered(self) -> None:
        """Preparing another frame changes nothing for the first one."""
        detector = self.make()
        first = detector.prepare(image_of(DISCS))
        alone = detector.detect(first)
        detector.prepare(image_of(DISCS[1:]))
        assert detector.detect(first) == alone, "the later frame shows"

    def test_the_same_call_gives_the_same_answer(self) -> None:
        """Also on a new back end."""
        first, second = self._found(image_of(DISCS)), self._found(image_of(DISCS))
        assert first == second, "two equal calls differ"

    def test_found_objects_have_no_id(self) -> None:
        """Ids are given by who links them."""
        found = self._found(image_of(DISCS))
        assert not found.object_id.any(), f"object ids {found.object_id.tolist()}, not 0"

    def test_scores_are_probabilities(self) -> None:
        """From 0 to 1."""
        score = self._found(image_of(DISCS)).score
        assert ((score >= 0) & (score <= 1)).all(), f"scores {score.tolist()}"

    def test_regions_are_of_the_frame(self) -> None:
        """For frames of any size and shape, the answer has the frame's own."""
        for shape_yx in ((61, 83), (83, 61)):
            disc = Disc(30, 40, 10)
            found = self._found(image_of((disc,), shape_yx))
            assert found.shape_yx == shape_yx, f"frame {shape_yx}, answer {found.shape_yx}"
            got = best_overlap(found, disc)
            assert got >= self.least_overlap, f"in {shape_yx} the overlap is {got:.2f}"

    def test_any_dtype(self) -> None:
        """8 and 16 bits and floats give the same objects."""
        for dtype in (np.uint8, np.uint16, np.float32):
            found = self._found(image_of(DISCS, dtype=dtype))
            worst = min(best_overlap(found, disc) for disc in DISCS)
            assert worst >= self.least_overlap, f"{np.dtype(dtype)}: overlap {worst:.2f}"

    def test_any_number_of_channels(self) -> None:
        """One, two and three."""
        for channels in (1, 2, 3):
            found = self._found(image_of(DISCS, channels=channels))
            worst = min(best_overlap(found, disc) for disc in DISCS)
            assert worst >= self.least_overlap, f"{channels} channels: overlap {worst:.2f}"

    def test_a_blank_image_gives_nothing_sure(self) -> None:
        """Nothing, or low scores."""
        found = self._found(np.full((*SHAPE_YX, 1), 40, np.uint8))
        assert found.score.max(initial=0) <= 0.5, f"scores {found.score.tolist()} on a blank image"

    def test_an_object_at_the_border(self) -> None:
        """It is found as far as it is seen."""
        disc = Disc(3, 100, 10)
        got = best_overlap(self._found(image_of((*DISCS[1:], disc))), disc)
        assert got >= self.least_overlap, f"overlap {got:.2f} at the border"
