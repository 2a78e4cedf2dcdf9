"""Mothers that live on, and frames that nothing enters or leaves."""

import numpy as np
import pytest

from tracksam.settings import LinkSettings
from tracksam.simulate import situation
from tracksam.steps.link import labels_to_candidates, link
from tracksam.steps.linking.buds import best_mothers, bud_evidence, no_buds
from tracksam.steps.linking.nodes import measured

BUDDING = LinkSettings(budding=True)


def test_a_bud_is_measured_against_its_mother(film, disc) -> None:
    frames = [[disc(40, 40, 10)], [disc(42, 44, 10), disc(42, 60, 4), disc(42, 120, 4)]]
    before, after = (measured(frame) for frame in film(frames))
    found = bud_evidence(before, after, np.array([[42.0, 44.0]]))
    assert found.bud.tolist() == [0, 1]
    assert found.mother.tolist() == [0, 0]
    assert found.size == pytest.approx([0, np.log(after.area[1] / before.area[0])])
    diameter = before.diameter[0]
    assert found.gap[1] == pytest.approx((16 - after.diameter[1] / 2) / diameter - 0.5)


def test_no_cell_no_bud(film, disc) -> None:
    empty, one = (measured(frame) for frame in film([[], [disc(40, 40)]]))
    assert len(bud_evidence(empty, one, empty.yx)) == 0
    assert len(bud_evidence(one, empty, one.yx)) == 0
    assert best_mothers(no_buds(), np.zeros(0), 2)[0].tolist() == [-1, -1]


def test_the_likeliest_mother_is_taken(film, disc) -> None:
    frames = [[disc(40, 40, 10), disc(40, 66, 10)], [disc(40, 55, 4)]]
    before, after = (measured(frame) for frame in film(frames))
    found = bud_evidence(before, after, before.yx)
    mother, odds = best_mothers(found, -found.gap, 1)
    assert mother.tolist() == [1]
    assert odds.tolist() == [-found.gap[1]]


def budded(film, disc):
    """Return a yeast that gets a bud in frame 3, beside one that gets none."""
    frames = []
    for t in range(8):
        cells = [disc(40, 40, 9), disc(40, 100, 9)]
        frames.append([*cells, disc(40, 52 + 0.5 * t, 2.5 + 0.5 * t)] if t >= 3 else cells)
    return film(frames)


def test_a_mother_lives_on_beside_her_bud(film, disc, told) -> None:
    story = told(list(link(budded(film, disc), BUDDING)))
    assert story.mothers == {3: 1}
    assert sorted(story.places[1]) == list(range(8))
    assert sorted(story.places[3]) == list(range(3, 8))


def test_without_budding_a_bud_has_no_mother_that_lives_on(film, disc, told) -> None:
    story = told(list(link(budded(film, disc), LinkSettings())))
    assert all(max(story.places[mother]) == 2 for mother in story.mothers.values())


def test_a_cell_far_from_all_others_is_no_bud(film, disc, told) -> None:
    frames = film([[disc(40, 40, 9)]] * 3 + [[disc(40, 40, 9), disc(40, 110, 3)]] * 4)
    assert told(list(link(frames, BUDDING))).mothers == {}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_situation_of_budding_is_told_from_its_masks(seed: int, told) -> None:
    made = situation("budding", seed=seed)
    frames = [labels_to_candidates(t, labels_yx) for t, labels_yx in enumerate(made.masks)]
    story = told(list(link(frames, BUDDING)))
    spans = {i: (min(rows), max(rows)) for i, rows in story.places.items()}
    truth = {i: (min(t), max(t)) for i, t in _frames(made).items()}
    assert sorted(spans.values()) == sorted(truth.values())
    assert len(story.mothers) == len(made.lineage.parents) == 2
    for child, mother in story.mothers.items():
        assert spans[mother] == (0, made.masks.n_frames - 1)
        assert spans[child][0] in {truth[i][0] for i in made.lineage.parents}


def _frames(made) -> dict[int, list[int]]:
    seen: dict[int, list[int]] = {}
    for t, labels_yx in enumerate(made.masks):
        for i in np.unique(labels_yx[labels_yx > 0]).tolist():
            seen.setdefault(i, []).append(t)
    return seen


def test_where_borders_are_closed_a_cell_goes_on_more_surely(film, disc) -> None:
    frames = film([[disc(40, 7)], [disc(40, 7)], [disc(56, 7)], [disc(56, 7)]])
    sure = {
        borders: list(link(frames, LinkSettings(borders=borders)))[2].confidence[0]
        for borders in ("open", "closed")
    }
    assert sure["closed"] > sure["open"] + 0.001
