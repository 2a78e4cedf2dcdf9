"""What makes a link or a division likelier, and what does not count."""

import attrs
import numpy as np
import pytest

from tracksam.steps.divide import DivisionEvidence
from tracksam.steps.linking.additive import Additive, Curve
from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.nodes import measured
from tracksam.steps.linking.odds import CERTAIN, LinkOdds

ODDS = LinkOdds.shipped()


def edge(**changes: float) -> EdgeEvidence:
    plain = {
        "distance": 0.2,
        "overlap": 0.6,
        "covered": 0.6,
        "held": 0.6,
        "share": np.nan,
        "log_area": 0.0,
        "brightening": 0.0,
        "border": 3.0,
    }
    columns = {name: np.array([value]) for name, value in (plain | changes).items()}
    return EdgeEvidence(np.array([0]), np.array([0]), 0, **columns)


def division(**changes: float) -> DivisionEvidence:
    plain = dict.fromkeys((field.name for field in attrs.fields(DivisionEvidence)), 0.0)
    plain |= {"second": 1, "second_edge": 1, "separation": 1.0, "opposition": -1.0}
    plain |= {"roundness": 0.8, "covered": 0.4}
    plain |= {"apart": 1.5, "single": 0.4, "doubt": np.nan}
    plain |= {"contrast": np.nan, "brightening": np.nan, "glow": np.nan}
    values = plain | changes
    places = ("mother", "first", "second", "first_edge", "second_edge")
    return DivisionEvidence(
        **{n: np.array([v], np.int64 if n in places else float) for n, v in values.items()}
    )


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


@pytest.mark.parametrize(
    "worse",
    [
        {"offset": 0.6},
        {"opposition": 0.5},
        {"imbalance": 1.0},
        {"contrast": 0.8},
        {"separation": 3.5},
        {"was_two": 0.5},
        {"rejoined": 1.0},
        {"again": 1.0},
        {"there": 1.0},
    ],
)
def test_a_division_is_less_likely(worse: dict[str, float]) -> None:
    assert ODDS.divisions(division(**worse))[0] < ODDS.divisions(division())[0] - 1.0


def test_a_mother_that_is_small_and_bright_divides_rather() -> None:
    ready = division(condensing=-0.7, brightening=0.6)
    assert ODDS.divisions(ready)[0] > ODDS.divisions(division())[0] + 1.0


def test_points_count_for_and_against() -> None:
    odds = [ODDS.links(edge(share=share))[0] for share in (0.0, 0.7, 1.0)]
    assert odds[0] < odds[1] < odds[2]


def test_a_gap_is_less_likely_than_none() -> None:
    gap = attrs.evolve(edge(), n_missing=1)
    assert ODDS.links(gap)[0] < ODDS.links(edge())[0]


def test_what_the_border_cuts_may_change_in_size_and_brightness() -> None:
    inside = ODDS.links(edge()) - ODDS.links(edge(log_area=-1.0, brightening=0.4))
    at_border = ODDS.links(edge(border=0.0)) - ODDS.links(
        edge(border=0.0, log_area=-1.0, brightening=0.4)
    )
    assert 0 < at_border[0] < 0.8 * inside[0]


def test_fragments_begin_and_end_rather_than_whole_cells(film, disc) -> None:
    nodes = measured(film([[disc(40, 20, 2), disc(40, 60, 6), disc(40, 90, 6)]])[0])
    none = np.zeros(3)
    for odds in (ODDS.starts(nodes, none), ODDS.ends(nodes, none)):
        assert odds[0] > odds[1] + 0.5
        assert odds[1] == odds[2]


def test_a_better_score_is_likelier_and_score_1_is_certain(film, disc) -> None:
    scores = (0.0, 0.2, 0.5, 0.9, 0.9999, 1.0)
    discs = [disc(20, 12 + 20 * k, 4, score) for k, score in enumerate(scores)]
    odds = ODDS.candidates(measured(film([discs])[0]))
    assert (np.diff(odds[:5]) > 0).all()
    assert odds[5] == CERTAIN


def test_a_curve_is_level_beyond_its_ends_and_knows_what_it_does_not_know() -> None:
    curve = Curve([0.0, 1.0, 3.0], [0.0, 2.0, -2.0], unknown=5.0)
    evidence = np.array([-9.0, 0.5, 2.0, 9.0, np.nan])
    assert curve(evidence).tolist() == [0.0, 1.0, 0.0, -2.0, 5.0]


def test_a_model_is_told_and_read_as_plain_numbers() -> None:
    model = Additive(0.5, {"x": Curve([0.0, 1.0], [0.0, 2.0], unknown=-1.0)})
    again = Additive.from_mapping(model.to_mapping())
    columns = {"x": np.array([0.25, np.nan])}
    assert again(columns, 2).tolist() == model(columns, 2).tolist() == [1.0, -0.5]


def test_the_shipped_curves_rise_and_fall_as_they_must() -> None:
    from tracksam.training.linking.terms import PARTS

    for part, terms in PARTS.items():
        curves = getattr(ODDS, part).curves
        assert set(curves) == set(terms)
        for name, term in terms.items():
            steps = np.diff(curves[name].value)
            assert (steps * term.direction >= 0).all()
            assert curves[name].at.tolist() == list(term.at)
