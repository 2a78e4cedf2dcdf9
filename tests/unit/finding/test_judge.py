"""How likely regions are of the kind that examples show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam.embeddings import Embeddings
from tracksam.errors import InvalidInputError
from tracksam.examples import THUMBNAIL_PX, Examples, thumbnail, unit_of
from tracksam.steps.finding.cluster import clusters
from tracksam.steps.finding.judge import Judge

COLUMNS = ("size.a", "shape.b", "intensity.c", "texture.d", "network.e", "network.f")


def cells(rng: np.random.Generator, n: int, shift: float) -> Embeddings:
    """Cells that differ in size and one network column only; the rest is noise."""
    vectors = rng.normal(0, 1, (n, len(COLUMNS)))
    vectors[:, [0, 4]] += shift
    return Embeddings(vectors, COLUMNS)


def examples(rng: np.random.Generator, n_unwanted: int = 5, n_others: int = 40) -> Examples:
    others = cells(rng, n_others // 2, 4).followed_by(cells(rng, n_others // 2, 0))
    return Examples("large", cells(rng, 5, 4), cells(rng, n_unwanted, 0), others)


def right(judge: Judge, rng: np.random.Generator) -> float:
    """Share of new cells that are told right."""
    wanted = judge.probability(cells(rng, 100, 4)) >= 0.5
    unwanted = judge.probability(cells(rng, 100, 0)) < 0.5
    return float(np.concatenate([wanted, unwanted]).mean())


def test_few_examples_tell_the_kinds_apart(rng: np.random.Generator) -> None:
    assert right(Judge.of(examples(rng)), rng) >= 0.97


def test_wanted_examples_alone_suffice(rng: np.random.Generator) -> None:
    assert right(Judge.of(examples(rng, n_unwanted=0)), rng) >= 0.95


def test_unmarked_cells_help() -> None:
    with_others = [
        right(Judge.of(examples(np.random.default_rng(seed), 1)), np.random.default_rng(99))
        for seed in range(8)
    ]
    without = [
        right(Judge.of(examples(np.random.default_rng(seed), 1, 0)), np.random.default_rng(99))
        for seed in range(8)
    ]
    assert np.mean(with_others) > np.mean(without) + 0.02


def test_a_group_that_does_not_part_the_kinds_can_not_tell_them(rng: np.random.Generator) -> None:
    assert right(Judge.of(examples(rng), ("shape",)), rng) < 0.65
    assert right(Judge.of(examples(rng), ("size",)), rng) > 0.9


def test_probabilities_are_about_as_high_as_they_are_right() -> None:
    claimed, true = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        judge = Judge.of(examples(rng))
        for shift, is_wanted in ((4, True), (0, False)):
            found = judge.probability(cells(rng, 50, shift))
            claimed += np.maximum(found, 1 - found).tolist()
            true += ((found >= 0.5) == is_wanted).tolist()
    assert np.mean(true) == pytest.approx(np.mean(claimed), abs=0.12)


@given(st.permutations(range(8)), st.integers(0, 1000))
def test_the_order_of_cells_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    judge, new = Judge.of(examples(rng)), cells(rng, 8, 2)
    assert np.allclose(judge.probability(new.select(order)), judge.probability(new)[order])


def test_scale_and_unit_of_columns_do_not_matter(rng: np.random.Generator) -> None:
    shown, new = examples(rng), cells(rng, 20, 2)
    factor, offset = np.array([3, 0.1, 7, 1, 100, 1]), np.arange(6)

    def other(e: Embeddings) -> Embeddings:
        return Embeddings(e.vectors * factor + offset, e.columns)

    moved = Examples("large", other(shown.wanted), other(shown.unwanted), other(shown.others))
    assert np.allclose(
        Judge.of(moved).probability(other(new)), Judge.of(shown).probability(new), atol=1e-3
    )


def test_nothing_asked_nothing_answered(rng: np.random.Generator) -> None:
    assert Judge.of(examples(rng)).probability(cells(rng, 0, 0)).shape == (0,)


def test_other_columns_are_refused(rng: np.random.Generator) -> None:
    judge = Judge.of(examples(rng))
    with pytest.raises(
        InvalidInputError, match=r"one lacks intensity\.c, network\.e, .* and 2 more; use"
    ):
        judge.probability(Embeddings([[1.0]], ("size.a",)))


def test_wanted_cells_alone_in_the_world_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(InvalidInputError, match="hold wanted cells only"):
        Judge.of(examples(rng, 0, 0))


def test_examples_check_themselves(rng: np.random.Generator) -> None:
    none = cells(rng, 0, 0)
    with pytest.raises(InvalidInputError, match="need one wanted cell at least, got none"):
        Examples("large", none, none, none)
    with pytest.raises(InvalidInputError, match="need a name"):
        Examples("  ", cells(rng, 1, 0), none, none)


def test_joined_examples_keep_their_pictures_beside_them(rng: np.random.Generator) -> None:
    none = cells(rng, 0, 0)

    def one(value: int) -> Examples:
        pictures = np.full((2, THUMBNAIL_PX, THUMBNAIL_PX), value, np.uint8)
        places = np.array([[value, 1, 2], [value, 3, 4]])
        wanted, unwanted = cells(rng, 1, 4), cells(rng, 1, 0)
        return Examples("a", wanted, unwanted, none, "nano", False, places, ("m", "n"), pictures)

    both = one(1).joined(one(2))
    assert both.is_wanted.tolist() == [True, True, False, False]
    assert both.thumbnails[:, 0, 0].tolist() == [1, 2, 1, 2]
    assert both.places_fyx[:, :2].tolist() == [[1, 1], [2, 1], [1, 3], [2, 3]]
    assert both.movies == ("m", "m", "n", "n")


def test_units_are_never_guessed() -> None:
    assert unit_of(0.5, in_um=False) is None
    assert unit_of(0.5, in_um=True) == 0.5
    with pytest.raises(InvalidInputError, match="give --pixel-size-um"):
        unit_of(None, in_um=True)


def test_a_thumbnail_at_the_corner_is_whole() -> None:
    image_yxc = np.zeros((40, 70, 1))
    image_yxc[:5, :5] = 9
    found = thumbnail(image_yxc, (0, 0))
    assert found.shape == (THUMBNAIL_PX, THUMBNAIL_PX)
    assert found[24, 24] == 255
    assert found[40, 40] == 0


def test_kinds_are_found_without_examples(rng: np.random.Generator) -> None:
    pytest.importorskip("sklearn", reason="sorting needs scikit-learn")
    columns = ("size.a", "intensity.c", "texture.d", "texture.e")
    first, second = rng.normal(0, 1, (30, 4)), rng.normal(np.array([5, 0, 5, 0]), 1, (20, 4))
    both = Embeddings(np.concatenate([second, first]), columns)
    found = clusters(both, 2)
    assert found.tolist() == [1] * 20 + [0] * 30
    assert clusters(both).max() == 1


def test_too_few_cells_for_kinds_are_refused(rng: np.random.Generator) -> None:
    few = Embeddings(rng.normal(0, 1, (7, 1)), ("size.a",))
    with pytest.raises(InvalidInputError, match="8 cells are needed at least, got 7"):
        clusters(few, 2)
