"""What every embedder must do, as tests that its author subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.protocols import Embedder
from tracksam.regions import Regions
from tracksam.testing.scenes import DISCS, SHAPE_YX, Disc, image_of

SMALL = (Disc(16, 22, 5), Disc(18, 80, 5), Disc(56, 52, 5))
LARGE = (Disc(20, 52, 13), Disc(50, 22, 13), Disc(52, 84, 13))


def regions_of(discs: tuple[Disc, ...], shape_yx: tuple[int, int] = SHAPE_YX) -> Regions:
    """Return the exact masks of discs, in their order.

    Parameters
    ----------
    discs : tuple of Disc
        With a pixel in the frame each.
    shape_yx : tuple of int
        Height and width of the frame.

    Returns
    -------
    Regions
    """
    return Regions.from_masks([disc.mask(shape_yx) for disc in discs], shape_yx)


class EmbedderContract:
    """Subclass it as ``class TestMine(EmbedderContract)`` and give it a `make`."""

    def make(self) -> Embedder:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _of(self, image_yxc: NDArray[Any], regions: Regions) -> NDArray[Any]:
        embedder = self.make()
        return embedder.embed(embedder.prepare(image_yxc), regions)

    def test_a_row_for_each_region(self) -> None:
        """K rows of finite numbers."""
        found = self._of(image_of(DISCS), regions_of(DISCS))
        assert found.ndim == 2, f"shape {found.shape} for {len(DISCS)} regions"
        assert len(found) == len(DISCS), f"shape {found.shape} for {len(DISCS)} regions"
        assert np.isfinite(found).all(), "an embedding is not finite"

    def test_nothing_asked_nothing_given(self) -> None:
        """No rows, but as many columns as ever."""
        some = self._of(image_of(DISCS), regions_of(DISCS))
        none = self._of(image_of(DISCS), Regions(SHAPE_YX))
        assert none.shape == (0, some.shape[1]), f"shape {none.shape} for no region"

    def test_like_lies_near_like(self) -> None:
        """Discs of one size are nearer to each other than to those of another, in the mean."""
        first = self._of(image_of(SMALL), regions_of(SMALL))
        second = self._of(image_of(LARGE), regions_of(LARGE))
        both = np.concatenate([first, second]).astype(np.float64)
        both = (both - both.mean(axis=0)) / (both.std(axis=0) + 1e-6)
        apart = np.linalg.norm(both[:, None] - both[None], axis=2)
        n = len(SMALL)
        within = (apart[:n, :n].sum() + apart[n:, n:].sum()) / (2 * n * (n - 1))
        between = apart[:n, n:].mean()
        assert within < between, f"like ones are {within:.2f} apart, unlike ones {between:.2f}"

    def test_the_order_of_regions_does_not_matter(self) -> None:
        """Rows follow their regions."""
        regions = regions_of(DISCS)
        turned = self._of(image_of(DISCS), regions.select([2, 0, 1]))
        assert np.allclose(turned, self._of(image_of(DISCS), regions)[[2, 0, 1]]), "rows stayed"

    def test_one_by_one_equals_all_at_once(self) -> None:
        """A region's row does not depend on the others."""
        regions = regions_of(DISCS)
        whole = self._of(image_of(DISCS), regions)
        alone = [self._of(image_of(DISCS), regions.select([k]))[0] for k in range(len(regions))]
        assert np.allclose(whole, alone, rtol=1e-4, atol=1e-4), "a row changed with the others"

    def test_regions_may_overlap(self) -> None:
        """The same region twice has the same row twice."""
        regions = regions_of((DISCS[0], DISCS[0], DISCS[1]))
        found = self._of(image_of(DISCS), regions)
        assert np.allclose(found[0], found[1]), "the same region has two embeddings"

    def test_any_size_of_frame_and_region(self) -> None:
        """As many columns for a region of one pixel, at the border, in a frame of another size."""
        width = self._of(image_of(DISCS), regions_of(DISCS)).shape[1]
        shape_yx = (61, 83)
        mask_yx = np.zeros(shape_yx, bool)
        mask_yx[60, 82] = True
        found = self._of(image_of(DISCS[:1], shape_yx), Regions.from_masks([mask_yx], shape_yx))
        assert found.shape == (1, width), f"shape {found.shape}, elsewhere {width} columns"
        assert np.isfinite(found).all(), "the embedding of one pixel is not finite"

    def test_the_image_is_not_changed(self) -> None:
        """Neither by prepare nor by embed."""
        image_yxc = image_of(DISCS)
        before = image_yxc.copy()
        self._of(image_yxc, regions_of(DISCS))
        assert np.array_equal(image_yxc, before), "the image was written to"

    def test_no_frame_is_remembered(self) -> None:
        """Preparing another frame changes nothing for the first one."""
        embedder = self.make()
        first = embedder.prepare(image_of(DISCS))
        alone = embedder.embed(first, regions_of(DISCS))
        embedder.prepare(image_of(LARGE))
        assert np.array_equal(embedder.embed(first, regions_of(DISCS)), alone), (
            "the later frame shows"
        )

    def test_it_says_what_can_be_compared(self) -> None:
        """A name that is the same for two of them."""
        names = [self.make().embedding_id for _ in range(2)]
        assert names[0], "the embedding has no name"
        assert names[0] == names[1], f"two of one kind call themselves {names}"
