"""What every finder must do, as tests that its author subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.found import Found
from tracksam.prompts import Boxes, Prompts
from tracksam.protocols import Finder
from tracksam.regions import Regions
from tracksam.testing.scenes import DISCS, SHAPE_YX, image_of


def places_of(found: Found | Regions | Boxes | Prompts) -> NDArray[np.float64]:
    """Return the middles of what was found.

    Parameters
    ----------
    found : Found, Regions, Boxes or Prompts
        What a finder returned; of points, the positive ones.

    Returns
    -------
    ndarray of float64, shape (N, 2)
        Row and column.
    """
    if isinstance(found, Found):
        return np.asarray((found.box_yxyx[:, :2] + found.box_yxyx[:, 2:] - 1) / 2)
    if isinstance(found, Regions):
        return found.centroid_yx
    if isinstance(found, Boxes):
        return np.asarray((found.box_yxyx[:, :2] + found.box_yxyx[:, 2:] - 1) / 2)
    return found.yx[found.is_positive]


class FinderContract:
    """Subclass it as ``class TestMine(FinderContract)`` and give it a `make`.

    Attributes
    ----------
    query : Any
        What to ask for bright discs on a dark ground.
    """

    query: Any = "bright disc"

    def make(self) -> Finder:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _places(self, image_yxc: NDArray[Any]) -> NDArray[np.float64]:
        return places_of(self.make().find(image_yxc, self.query))

    def test_what_is_found_is_a_place_to_seed(self) -> None:
        """Regions, boxes or points, or places with scores and names."""
        found = self.make().find(image_of(DISCS), self.query)
        assert isinstance(found, (Found, Regions, Boxes, Prompts)), f"got a {type(found).__name__}"

    def test_every_object_is_found(self) -> None:
        """One place at least lies in each disc; coordinates are (row, column)."""
        places = self._places(image_of(DISCS))
        for disc in DISCS:
            inside = np.hypot(places[:, 0] - disc.y, places[:, 1] - disc.x) <= disc.radius
            assert inside.any(), f"{disc} is not among {places.round().tolist()}"

    def test_little_else_is_found(self) -> None:
        """No more than one place in five lies on background."""
        places = self._places(image_of(DISCS))
        distance = [np.hypot(*(places - (d.y, d.x)).T) - d.radius for d in DISCS]
        astray = int((np.min(distance, axis=0) > 0).sum())
        assert astray <= len(places) / 5, f"{astray} of {len(places)} places lie on background"

    def test_nothing_is_found_on_a_blank_image(self) -> None:
        """No place at all."""
        got = len(self._places(np.full((*SHAPE_YX, 1), 40, np.uint8)))
        assert got == 0, f"{got} places on a blank image"

    def test_the_image_is_not_changed(self) -> None:
        """It may be a view of what others still need."""
        image_yxc = image_of(DISCS)
        before = image_yxc.copy()
        self._places(image_yxc)
        assert np.array_equal(image_yxc, before), "the image was written to"

    def test_no_frame_is_remembered(self) -> None:
        """Another frame between two equal calls changes nothing."""
        finder = self.make()
        first = places_of(finder.find(image_of(DISCS), self.query))
        finder.find(image_of(DISCS[1:]), self.query)
        again = places_of(finder.find(image_of(DISCS), self.query))
        assert np.array_equal(again, first), "the other frame shows"

    def test_any_dtype(self) -> None:
        """8 and 16 bits and floats give the same number of places."""
        counts = [len(self._places(image_of(DISCS, dtype=d))) for d in ("u1", "u2", "f4")]
        assert len(set(counts)) == 1, f"places for 8 bits, 16 bits and floats: {counts}"
