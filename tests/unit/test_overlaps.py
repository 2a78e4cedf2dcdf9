"""Overlaps are resolved in one place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracksam import Regions
from tracksam.steps.overlaps import labels_in, resolve_overlaps


def box(y0: int, x0: int, y1: int, x1: int) -> np.ndarray:
    mask = np.zeros((20, 30), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def regions(*masks: np.ndarray) -> Regions:
    return Regions.from_masks(masks, (20, 30), object_id=range(5, 5 + len(masks)))


def test_regions_that_share_nothing_stay_whole() -> None:
    given_regions = regions(box(0, 0, 4, 5), box(5, 6, 9, 12))
    labels_yx = resolve_overlaps(given_regions)
    np.testing.assert_array_equal(labels_yx, given_regions.to_labels([5, 6]))


def test_shared_pixels_are_split_between_equals() -> None:
    labels_yx = resolve_overlaps(regions(box(0, 0, 11, 15), box(0, 10, 11, 25)))
    assert set(labels_yx[5, :12]) == {5}
    assert set(labels_yx[5, 13:25]) == {6}


def test_a_nested_region_keeps_its_middle() -> None:
    labels_yx = resolve_overlaps(regions(box(0, 0, 20, 30), box(3, 4, 8, 9)))
    assert labels_yx[5, 6] == 6
    assert labels_yx[12, 20] == 5


def test_twins_both_survive() -> None:
    labels_yx = resolve_overlaps(regions(box(2, 2, 9, 9), box(2, 2, 9, 9)))
    assert set(np.unique(labels_yx)) == {0, 5, 6}


def test_nothing() -> None:
    assert resolve_overlaps(Regions((4, 6))).sum() == 0


@given(seed=st.integers(0, 10_000), n=st.integers(1, 5))
def test_every_pixel_goes_to_a_region_that_has_it(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    masks = []
    for _ in range(n):
        y, x = rng.integers(0, 15), rng.integers(0, 25)
        masks.append(box(y, x, y + rng.integers(3, 9), x + rng.integers(3, 9)))
    labels_yx = resolve_overlaps(regions(*masks))
    for i, mask in enumerate(masks, start=5):
        assert not (labels_yx == i)[~mask].any()
        assert (labels_yx == i).any()
    assert ((labels_yx > 0) == np.any(masks, axis=0)).all()


@given(seed=st.integers(0, 1000))
def test_the_order_of_regions_of_different_size_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = box(2, 2, 12, 9 + rng.integers(0, 4)), box(5, 6, 17, 25)
    one = resolve_overlaps(Regions.from_masks([a, b], (20, 30), object_id=[1, 2]))
    two = resolve_overlaps(Regions.from_masks([b, a], (20, 30), object_id=[2, 1]))
    np.testing.assert_array_equal(one, two)


@given(
    st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 24), st.integers(1, 6), st.integers(1, 6)),
        max_size=12,
    ),
    st.integers(0, 18),
    st.integers(0, 28),
)
def test_a_part_of_the_labels_is_that_part_of_the_whole(
    boxes: list[tuple[int, int, int, int]], y: int, x: int
) -> None:
    given_regions = regions(*(box(y0, x0, y0 + h, x0 + w) for y0, x0, h, w in boxes))
    window = (slice(y, y + 2), slice(x, x + 2))
    np.testing.assert_array_equal(
        labels_in(given_regions, window), resolve_overlaps(given_regions)[window]
    )
