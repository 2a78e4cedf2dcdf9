"""How the odds of linking are learned: faults, truth, cases, the fit, the choice, calibration."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tracksam.settings import LinkSettings
from tracksam.steps.link import labels_to_candidates
from tracksam.steps.linking.additive import Additive, Curve
from tracksam.steps.linking.odds import LinkOdds
from tracksam.training.linking import choose
from tracksam.training.linking.calibrate import calibration_error, share_of_wrong
from tracksam.training.linking.cases import cases
from tracksam.training.linking.choose import (
    Counts,
    counted,
    shifted,
    uncalibrated,
)
from tracksam.training.linking.faults import Faults, Faulty
from tracksam.training.linking.fit import balanced, fitted
from tracksam.training.linking.jobs import finished
from tracksam.training.linking.make import LinkTraining, train_links
from tracksam.training.linking.prepared import prepared
from tracksam.training.linking.right import Right
from tracksam.training.linking.truth import KnownMovie, cells_of, thinned

SETTINGS = LinkSettings()
SHAPE_YX = (50, 70)


def drawn(cells: dict[int, tuple[float, float, float]]) -> np.ndarray:
    labels_yx = np.zeros(SHAPE_YX, np.int64)
    y, x = np.mgrid[: SHAPE_YX[0], : SHAPE_YX[1]]
    for label, (cy, cx, radius) in cells.items():
        labels_yx[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = label
    return labels_yx


def known(frames: list[dict[int, tuple[float, float, float]]], parents: dict[int, int]):
    labels = [drawn(cells) for cells in frames]
    candidates = [labels_to_candidates(t, labels_yx) for t, labels_yx in enumerate(labels)]
    cell = [cells_of(f.regions, yx) for f, yx in zip(candidates, labels, strict=True)]
    return KnownMovie(candidates, cell, parents, "given")


def divided() -> KnownMovie:
    """Return a cell (1) that divides in frame 2 into 3 and 4, beside one (2) that drifts."""
    apart = {3: (25, 14, 4), 4: (25, 26, 4)}
    return known(
        [{1: (25, 20, 6), 2: (25, 50 + t, 6)} for t in (0, 1)]
        + [{2: (25, 50 + t, 6)} | apart for t in (2, 3)],
        {3: 1, 4: 1},
    )


def test_faults_of_none_leave_masks_as_they_are() -> None:
    labels_yx = drawn({5: (20, 20, 6), 9: (30, 50, 7)})
    faulty = Faulty(Faults.none(), np.random.default_rng(0))
    assert (faulty(labels_yx) == np.array([0, 0, 0, 0, 0, 1, 0, 0, 0, 2])[labels_yx]).all()


def test_discs_stand_for_masks() -> None:
    labels_yx = drawn({1: (20, 20, 5), 2: (30, 50, 9)})
    discs = Faulty(Faults.none(disc=0.25), np.random.default_rng(0))(labels_yx)
    areas = np.bincount(discs.ravel())[1:]
    median = np.median(np.bincount(labels_yx.ravel())[1:])
    assert areas[0] == areas[1]
    assert areas[0] == pytest.approx(median / 4, rel=0.1)
    assert discs[20, 20] == 1
    assert discs[30, 50] == 2


@pytest.mark.parametrize(("fault", "n_cells"), [("missed", 0), ("split", 4), ("merged", 1)])
def test_each_fault_does_what_it_says(fault: str, n_cells: int) -> None:
    labels_yx = drawn({1: (25, 20, 8), 2: (25, 37, 8)})
    none = dict.fromkeys(("missed", "merged", "split", "debris", "outline"), 0.0)
    faulty = Faulty(Faults(**(none | {fault: 1.0}), frames=1), np.random.default_rng(0))
    found = np.unique(faulty(labels_yx))
    assert len(found[found > 0]) == n_cells


def test_a_region_is_the_cell_that_it_fits_and_only_one_is() -> None:
    truth = drawn({3: (25, 20, 8)})
    halves = np.where(truth > 0, 1 + (np.arange(SHAPE_YX[1]) > 22), 0)
    regions = labels_to_candidates(0, halves).regions
    assert cells_of(regions, truth).tolist() == [3, 0]
    assert cells_of(regions, truth, least=0.9).tolist() == [0, 0]


def test_tracks_between_seen_frames_are_left_out() -> None:
    frames = [drawn({i: (25, 20, 6)}) for i in (1, 2, 3)]
    assert thinned(frames, {2: 1, 3: 2}, 2) == {3: 1}


def test_the_right_ways_of_a_division_and_of_a_bud() -> None:
    right = Right.of(divided(), SETTINGS.max_gap)
    assert right.before.tolist() == [-1, -1, 0, 1, 3, -1, -1, 4, 5, 6]
    assert right.mother.tolist() == [-1, -1, -1, -1, -1, 2, 2, -1, -1, -1]
    assert np.flatnonzero(right.divides).tolist() == [2]
    mother, bud = (25, 20, 7), (25, 31, 3)
    lives_on = known([{1: mother}, {1: mother, 2: bud}, {1: mother, 2: bud}], {2: 1})
    right = Right.of(lives_on, SETTINGS.max_gap)
    assert right.bud_of.tolist() == [-1, -1, 0, -1, -1]
    assert right.mother.tolist() == [-1] * 5
    assert not right.divides.any()


def test_a_fit_finds_the_right_ways_that_it_was_shown() -> None:
    movie = prepared(divided(), SETTINGS)
    parts = fitted(cases([divided()] * 20, SETTINGS))
    counts = counted(movie.decided(uncalibrated(parts)), movie.right)
    assert counts == Counts((6, 6, 6), (1, 1, 1))
    assert (counts.link_f1, counts.division_f1) == (1, 1)


def with_cheap_starts() -> dict[str, Additive]:
    """Return odds under which every cell rather begins and ends than goes on or divides."""
    parts = fitted(cases([divided()] * 20, SETTINGS))
    for name in ("start", "end"):
        parts[name] = Additive(parts[name].constant + 30, {})
    return parts


def test_starts_that_are_too_cheap_break_all_links() -> None:
    movie = prepared(divided(), SETTINGS)
    counts = counted(movie.decided(uncalibrated(with_cheap_starts())), movie.right)
    assert counts == Counts((0, 0, 6), (0, 0, 1))


def test_the_shift_that_links_best_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    movie, said = prepared(divided(), SETTINGS), list[str]()
    monkeypatch.setattr(choose, "BREAKS", (0.0, -30.0))
    best = choose.chosen(with_cheap_starts(), [movie], said.append)
    counts = counted(movie.decided(uncalibrated(best)), movie.right)
    assert counts == Counts((6, 6, 6), (1, 1, 1))
    assert said == ["starts and ends +0: 0.0000, -30: 2.0000"]


def test_a_candidate_that_is_a_cell_as_likely_as_not_counts_nothing() -> None:
    plain = Additive(-1.0, {})
    score = Additive(0.5, {"score": Curve([-1.0, 0.0, 2.0], [0.0, 1.5, 4.0])})
    found = balanced({"link": plain, "end": plain, "candidate": score})
    even, good = found["candidate"]({"score": np.array([0.0, 2.0])}, 2)
    assert (even, good) == (0.0, 2.5)
    assert found["link"].constant == found["end"].constant == 1.0


def test_shifts_reach_starts_and_ends_only() -> None:
    part = Additive(0.5, {"x": Curve([0.0, 1.0], [0.0, 2.0])})
    found = shifted(dict.fromkeys(("link", "division", "start", "end"), part), -3.0)
    constants = {name: one.constant for name, one in found.items()}
    assert constants == {"link": 0.5, "division": 0.5, "start": -2.5, "end": -2.5}


def test_calibration_error_and_the_share_of_what_is_wrong() -> None:
    sure = np.array([0.95] * 90 + [0.15] * 10)
    right = np.array([True] * 90 + [False] * 10)
    assert calibration_error(sure, right) == pytest.approx(0.9 * 0.05 + 0.1 * 0.15)
    assert share_of_wrong(sure, right, 0.05) == pytest.approx(0.5)
    assert np.isnan(share_of_wrong(sure, np.ones(100, bool)))


def test_shifts_spare_pieces_of_what_was_split() -> None:
    part = Additive(0.5, {"inside": Curve([0.0, 0.5, 1.0], [0.0, 2.0, 3.0])})
    found = shifted(dict.fromkeys(("link", "start", "end"), part), -3.0)
    odds = {n: one({"inside": np.array([0.0, 0.5, 1.0])}, 3).tolist() for n, one in found.items()}
    assert odds["link"] == [0.5, 2.5, 3.5]
    assert odds["start"] == odds["end"] == [-2.5, 1.0, 3.5]


def test_segmenters_have_different_faults_that_they_make_often() -> None:
    chances = (0.002, 0.05)
    drawn_ones = [Faults.drawn(np.random.default_rng(seed), chances, 0.1) for seed in range(40)]
    splits = np.array([faults.split for faults in drawn_ones])
    assert 0.002 <= splits.min() < 0.004
    assert 0.025 < splits.max() <= 0.05
    assert {faults.shrink for faults in drawn_ones} == {0.1}


def test_jobs_are_told_of_and_come_in_order() -> None:
    said: list[str] = []
    jobs = [partial(int, str(number)) for number in range(25)]
    assert list(finished(jobs, 1, said.append)) == list(range(25))
    assert said[0] == "2 of 25 movies"
    assert len(said) == 12
    assert list(finished(jobs[:3], 2, said.append)) == [0, 1, 2]


def test_a_training_writes_a_model_that_links_and_the_same_again(tmp_path: Path) -> None:
    said: list[str] = []
    training = LinkTraining(
        movies=2, calibration_movies=1, choice_movies=1, budding_movies=1, real_frames=0
    )
    path = train_links(training, tmp_path / "once", said.append)
    assert path == tmp_path / "once" / "link.json"
    odds = LinkOdds.from_mapping(json.loads(path.read_text()))
    movie = prepared(divided(), SETTINGS)
    n_right, _, n_true = counted(movie.decided(odds), movie.right).links
    assert n_right == n_true == 6
    assert said[:2] == ["1 of 3 movies", "2 of 3 movies"]
    assert any(line.endswith(" questions") for line in said)
    assert any(line.startswith("starts and ends -1.5: ") for line in said)
    assert any(line.startswith("link: ") for line in said)
    again = train_links(training, tmp_path / "again", said.append)
    assert again.read_bytes() == path.read_bytes()
