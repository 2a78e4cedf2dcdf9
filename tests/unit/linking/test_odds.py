"""What makes a link or a division likelier, and what does not count."""

import attrs
import numpy as np
import pytest

from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.odds import LinkOdds

ODDS = LinkOdds()


def edge(**changes: float) -> EdgeEvidence:
    plain = {
        "distance": 0.2,
        "overlap": 0.6,
        "covered": 0.6,
        "share": np.nan,
        "log_area": 0.0,
        "brightening": np.nan,
        "border": 3.0,
    }
    columns = {name: np.array([value]) for name, value in (plain | changes).items()}
    return EdgeEvidence(np.array([0]), np.array([0]), 0, **columns)


@pytest.mark.parametrize(
    "worse",
    [
        {"distance": 0.9},
        {"overlap": 0.1},
        {"log_area": 0.7},
        {"log_area": -0.7},
        {"brightening": 0.5},
        {"brightening": -0.5},
    ],
)
def test_a_link_is_less_likely(worse: dict[str, float]) -> None:
    assert ODDS.links(edge(**worse))[0] < ODDS.links(edge())[0] - 0.5


def test_points_count_for_and_against() -> None:
    odds = [ODDS.links(edge(share=share))[0] for share in (0.0, 0.5, 1.0)]
    assert odds[0] < odds[1] == ODDS.links(edge())[0] < odds[2]


def test_a_gap_is_less_likely_than_none() -> None:
    gap = attrs.evolve(edge(), n_missing=1)
    assert ODDS.links(gap)[0] < ODDS.links(edge())[0]


def test_what_the_border_cuts_may_change_in_size_and_brightness() -> None:
    inside = ODDS.links(edge()) - ODDS.links(edge(log_area=-1.0, brightening=0.4))
    at_border = ODDS.links(edge(border=0.0)) - ODDS.links(
        edge(border=0.0, log_area=-1.0, brightening=0.4)
    )
    assert at_border[0] == pytest.approx(ODDS.cut * inside[0])


def test_cells_begin_and_end_at_the_border_rather_than_inside() -> None:
    odds = ODDS.ends(np.array([0.0, 0.2, 0.5, 9.0]))
    assert odds[0] == ODDS.end_at_border
    assert odds[0] > odds[1] > odds[2] == odds[3] == ODDS.end_inside


def test_a_better_score_is_likelier_and_score_1_is_certain() -> None:
    odds = ODDS.candidates(np.array([0.0, 0.2, 0.5, 0.9, 0.9999, 1.0]))
    assert (np.diff(odds[:5]) > 0).all()
    assert odds[2] == ODDS.candidate
    assert odds[5] == ODDS.candidate_certain
