"""The strategies give what they promise, and reach the corners that matter."""

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.points import PointTracks
from tracksam.prompts import Prompts
from tracksam.regions import Regions
from tracksam.testing import strategies

FIRST_FOUND = settings(phases=[Phase.generate], max_examples=2000)


@given(strategies.lineages(max_tracks=3, max_frames=5))
def test_lineages_stay_in_their_bounds(lineage: Lineage) -> None:
    assert lineage.n_tracks <= 3
    assert lineage.frame.max(initial=0) <= 4


@given(strategies.lineages(gaps=False))
def test_lineages_without_gaps_have_none(lineage: Lineage) -> None:
    for track_id in lineage.track_ids:
        assert (np.diff(lineage.frame[lineage.rows(track_id)]) == 1).all()


@given(strategies.lineages())
def test_relabelling_a_lineage_back_gives_it_again(lineage: Lineage) -> None:
    forth = {i: i + 70000 for i in lineage.track_ids.tolist()}
    back = {new: old for old, new in forth.items()}
    assert lineage.relabelled(forth).relabelled(back) == lineage


@pytest.mark.parametrize(
    "wanted",
    [
        lambda lineage: len(lineage) == 0,
        lambda lineage: any(len(d) == 2 for d in lineage.daughters_of().values()),
        lambda lineage: max(lineage.generation().values(), default=0) >= 2,
    ],
    ids=["empty", "division", "grandmother"],
)
def test_lineages_reach(wanted) -> None:
    assert wanted(find(strategies.lineages(), wanted, settings=FIRST_FOUND))


@given(strategies.regions())
def test_labels_of_one_region_give_it_back(regions: Regions) -> None:
    for k in range(len(regions)):
        one = regions.select([k])
        again = Regions.from_labels(one.to_labels([5]), one.score, keep_ids=True)
        assert again == one.with_ids([5])


def test_regions_overlap_sometimes() -> None:
    found = find(
        strategies.regions(),
        lambda r: len(r) == 2 and r.intersection_px(0, r, 1) > 0,
        settings=FIRST_FOUND,
    )
    assert (found.mask(0) & found.mask(1)).any()


@given(strategies.label_movies(max_frames=3, max_objects=2))
def test_label_movies_stay_in_their_bounds(masks: Masks) -> None:
    assert masks.n_frames <= 3
    assert len(set(np.unique(masks.to_array())) - {0}) <= 2


def test_label_movies_have_blank_frames() -> None:
    found = find(
        strategies.label_movies(),
        lambda m: m.n_frames == 2 and not m.frame(1).any(),
        settings=FIRST_FOUND,
    )
    assert not found.frame(1).any()


@given(strategies.prompts(shape_yx=(5, 9), max_frames=2))
def test_prompts_lie_in_their_frames(prompts: Prompts) -> None:
    assert ((prompts.yx >= 0) & (prompts.yx <= (4, 8))).all()
    assert (prompts.frame < 2).all()


@given(strategies.point_tracks())
def test_hidden_points_have_no_confidence(tracks: PointTracks) -> None:
    assert (tracks.confidence_tn[~tracks.visible_tn] == 0).all()
    assert tracks.reversed().reversed() == tracks
