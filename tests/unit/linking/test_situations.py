"""Named situations forward and backward: what linking tells of their masks alone."""

import numpy as np
import pytest

from tracksam.settings import LinkSettings
from tracksam.simulate import SimulatedMovie, backward, situation
from tracksam.simulate.situations import SITUATIONS
from tracksam.steps.link import labels_to_candidates, link

SEED = 2
MERGING = ("dividing", "budding")

Track = frozenset[tuple[int, tuple[float, float]]]


def told_of(made: SimulatedMovie, name: str, told) -> tuple[set[Track], dict[int, int]]:
    """Return the tracks that linking tells of a situation's masks, unlike the filled ones."""
    frames = [
        labels_to_candidates(t, labels_yx, made.stack.frame(t))
        for t, labels_yx in enumerate(made.masks)
    ]
    story = told(list(link(frames, LinkSettings(budding=name == "budding"))))
    tracks = {
        frozenset((t, yx) for t, yx in rows.items() if (i, t) not in story.filled)
        for i, rows in story.places.items()
    }
    return tracks, story.mothers


def true_tracks(made: SimulatedMovie) -> dict[int, Track]:
    places: dict[int, list[tuple[int, tuple[float, float]]]] = {}
    for t, labels_yx in enumerate(made.masks):
        regions = labels_to_candidates(t, labels_yx).regions
        ids = np.unique(labels_yx[labels_yx > 0]).tolist()
        for i, yx in zip(ids, regions.centroid_yx, strict=True):
            places.setdefault(i, []).append((t, tuple(np.round(yx, 1).tolist())))
    return {i: frozenset(rows) for i, rows in places.items()}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_is_told_from_its_masks(name: str, told) -> None:
    made = situation(name, seed=SEED)
    tracks, mothers = told_of(made, name, told)
    assert tracks == set(true_tracks(made).values())
    assert len(mothers) == len(made.lineage.parents)


@pytest.mark.parametrize("name", [name for name in SITUATIONS if name not in MERGING])
def test_played_backward_every_cell_keeps_its_identity(name: str, told) -> None:
    made = backward(situation(name, seed=SEED))
    tracks, mothers = told_of(made, name, told)
    assert tracks == set(true_tracks(made).values())
    assert mothers == {}


def test_played_backward_a_division_is_one_cell_that_ends_beside_one_that_goes_on(told) -> None:
    made = situation("dividing", seed=SEED)
    tracks, mothers = told_of(backward(made), "dividing", told)
    truth = true_tracks(backward(made))
    assert mothers == {}
    for mother in set(made.lineage.parents.values()):
        one, other = made.lineage.daughters(mother)
        ways = [{truth[one], truth[other], truth[mother]}]
        ways += [{truth[a] | truth[mother], truth[b]} for a, b in ((one, other), (other, one))]
        assert sum(way <= tracks for way in ways) == 1
    others = set(truth) - set(made.lineage.parents) - set(made.lineage.parents.values())
    assert {truth[i] for i in others} <= tracks


def test_played_backward_a_bud_ends_and_its_mother_goes_on(told) -> None:
    made = backward(situation("budding", seed=SEED))
    tracks, mothers = told_of(made, "budding", told)
    assert tracks == set(true_tracks(made).values())
    assert mothers == {}
