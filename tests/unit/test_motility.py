"""Walks whose motion is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.steps.measuring.lags import direction_cosines, squared_displacements
from tracksam.steps.motility import track_motion, turning_angles, with_motion

Frame = dict[str, NDArray[np.float64]]


def measured(frame: int, place: dict[int, tuple[float, float]]) -> Frame:
    """Return what measure_frame would give of some cells' positions."""
    y, x = np.array(list(place.values()), float).reshape(-1, 2).T
    ids = np.array(list(place), np.int64)
    return {"track_id": ids, "frame": np.full(len(ids), frame), "y_px": y, "x_px": x}


def walks(steps_nt2: NDArray[np.float64]) -> Lineage:
    n, t = steps_nt2.shape[:2]
    yx = np.cumsum(steps_nt2, axis=1).reshape(-1, 2)
    return Lineage(np.repeat(np.arange(1, n + 1), t), np.tile(np.arange(t), n), yx)


def persistent_walks(n: int, n_frames: int, persistence: float, speed: float) -> Lineage:
    """Return walks whose velocity is forgotten exponentially (Ornstein and Uhlenbeck)."""
    rng, parts = np.random.default_rng(7), 20
    kept = np.exp(-1 / parts / persistence)
    fresh = speed * np.sqrt((1 - kept**2) / 2)
    velocity = rng.normal(0, speed / np.sqrt(2), (n, 2))
    steps = np.zeros((n, n_frames, 2))
    for part in range(n_frames * parts):
        steps[:, part // parts] += velocity / parts
        velocity = kept * velocity + rng.normal(0, fresh, (n, 2))
    return walks(steps)


def test_steps_speeds_turns_paths() -> None:
    places = [
        {2: (5, 5), 7: (0, 0)},
        {2: (5, 8), 7: (3, 4)},
        {2: (1, 8), 7: (3, 4)},
        {2: (1, 4)},
    ]
    frames = list(with_motion(measured(t, place) for t, place in enumerate(places)))
    np.testing.assert_array_equal(frames[0]["step_px"], [np.nan, np.nan])
    np.testing.assert_array_equal(frames[0]["path_px"], [0, 0])
    assert frames[1]["step_px"].tolist() == [3, 5]
    assert np.isnan(frames[1]["turning_angle_rad"]).all()
    assert frames[2]["step_px"].tolist() == [4, 0]
    np.testing.assert_array_equal(frames[2]["turning_angle_rad"], [np.pi / 2, np.nan])
    assert frames[2]["path_px"].tolist() == [7, 5]
    assert frames[2]["displacement_px"].tolist() == [5, 5]
    assert frames[3]["turning_angle_rad"].tolist() == [np.pi / 2]
    assert frames[3]["displacement_px"].tolist() == [np.hypot(4, 1)]


def test_a_step_across_a_gap_takes_the_gaps_time() -> None:
    places = [{1: (0, 0)}, {1: (0, 2)}, {}, {1: (0, 8)}, {1: (0, 9)}, {1: (2, 9)}]
    frames = list(with_motion(measured(t, place) for t, place in enumerate(places)))
    assert (frames[3]["step_px"].tolist(), frames[3]["speed_px_per_frame"].tolist()) == ([6], [3])
    assert len(frames[2]["step_px"]) == 0
    angles = [frame["turning_angle_rad"].tolist() for frame in frames[3:]]
    np.testing.assert_array_equal(angles, [[np.nan], [np.nan], [-np.pi / 2]])
    assert frames[5]["path_px"].tolist() == [11]


def test_tracks_that_come_and_go_keep_their_own_trail() -> None:
    places = [{}, {5: (1, 1)}, {3: (0, 0), 9: (9, 9)}, {3: (0, 1), 5: (1, 5), 9: (9, 11)}]
    frames = list(with_motion(measured(t, place) for t, place in enumerate(places)))
    assert frames[3]["step_px"].tolist() == [1, 4, 2]
    assert frames[3]["speed_px_per_frame"].tolist() == [1, 2, 2]


def test_turning_is_counter_clockwise_on_the_screen() -> None:
    right, up, left = [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]
    turns = turning_angles(np.array([right, up, right, right]), np.array([up, right, left, right]))
    np.testing.assert_allclose(np.abs(turns), [np.pi / 2, np.pi / 2, np.pi, 0])
    assert turns[0] > 0 > turns[1]


def test_squared_displacements_take_every_pair_across_gaps() -> None:
    lineage = Lineage(
        [1, 1, 1, 1, 4, 4], [0, 1, 2, 5, 2, 3], [[0, 0], [0, 1], [0, 3], [0, 7], [5, 5], [8, 9]]
    )
    sums = squared_displacements(lineage, max_lag=5)
    assert sums.track_id.tolist() == [1, 4]
    assert sums.count.tolist() == [[2, 1, 1, 1, 1], [1, 0, 0, 0, 0]]
    assert sums.total[0].tolist() == [1 + 4, 9, 16, 36, 49]
    np.testing.assert_array_equal(sums.of_all, [(1 + 4 + 25) / 3, 9, 16, 36, 49])
    np.testing.assert_array_equal(sums.per_track[1], [25, np.nan, np.nan, np.nan, np.nan])


def test_rows_that_were_filled_in_do_not_count() -> None:
    lineage = Lineage(
        [1, 1, 1],
        [0, 1, 2],
        [[0, 0], [50, 50], [0, 4]],
        is_interpolated=[False, True, False],
    )
    motion = track_motion(lineage)
    assert motion["path_px"].tolist() == [4]
    assert motion["mean_speed_px_per_frame"].tolist() == [2]
    assert squared_displacements(lineage, max_lag=2).total.tolist() == [[0, 16]]
    unseen = Lineage([1], [0], [[0, 0]], is_interpolated=[True])
    assert all(np.isnan(values).all() for values in track_motion(unseen).values())


def test_direction_cosines_need_steps_from_frame_to_frame() -> None:
    yx = [[0, 0], [0, 2], [0, 3], [1, 3], [1, 9]]
    straight = Lineage([1] * 5, [0, 1, 2, 3, 4], yx)
    assert direction_cosines(straight, max_lag=3).per_track.tolist() == [[1 / 3, 0.5, 1]]
    gap = Lineage([1] * 5, [0, 1, 2, 5, 6], yx)
    assert direction_cosines(gap, max_lag=4).count.tolist() == [[1, 0, 0, 1]]


def test_whole_tracks() -> None:
    lineage = Lineage([1, 1, 1, 5], [0, 1, 3, 2], [[0, 0], [0, 3], [4, 3], [9, 9]])
    motion = track_motion(lineage)
    np.testing.assert_array_equal(motion["path_px"], [7, 0])
    np.testing.assert_array_equal(motion["displacement_px"], [5, 0])
    np.testing.assert_array_equal(motion["straightness"], [5 / 7, np.nan])
    np.testing.assert_array_equal(motion["mean_speed_px_per_frame"], [7 / 3, np.nan])
    np.testing.assert_array_equal(motion["max_speed_px_per_frame"], [3, np.nan])
    assert np.isnan(motion["diffusion_px2_per_frame"]).all()


def test_no_tracks() -> None:
    assert {len(values) for values in track_motion(Lineage()).values()} == {0}
    assert list(with_motion([])) == []


@pytest.mark.parametrize("diffusion", [0.3, 5.0])
def test_free_walks_give_their_diffusion_coefficient(diffusion: float) -> None:
    steps = np.random.default_rng(3).normal(0, np.sqrt(2 * diffusion), (150, 120, 2))
    motion = track_motion(walks(steps))
    assert np.mean(motion["diffusion_px2_per_frame"]) == pytest.approx(diffusion, rel=0.03)
    assert np.mean(motion["alpha"]) == pytest.approx(1, abs=0.03)
    # No estimate from 119 steps can scatter less than by 1 / sqrt(119) = 0.092.
    assert np.std(motion["diffusion_px2_per_frame"]) / diffusion < 0.15
    assert np.mean(motion["direction_correlation"]) == pytest.approx(0, abs=0.02)
    assert np.isnan(motion["persistence_frames"]).mean() > 0.95


def test_gaps_do_not_change_what_is_fitted() -> None:
    rng = np.random.default_rng(3)
    full = walks(rng.normal(0, 2, (150, 120, 2)))
    kept = rng.random(len(full)) < 0.7
    gappy = Lineage(full.track_id[kept], full.frame[kept], full.yx[kept])
    motion = track_motion(gappy)
    assert np.nanmean(motion["diffusion_px2_per_frame"]) == pytest.approx(2, rel=0.05)
    assert np.nanmean(motion["alpha"]) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("persistence", [1.5, 3.0, 6.0])
def test_persistent_walks_give_their_persistence(persistence: float) -> None:
    motion = track_motion(persistent_walks(100, 150, persistence, speed=2))
    found = np.nanmedian(motion["persistence_frames"])
    assert found == pytest.approx(persistence, rel=0.12)
    assert np.nanstd(np.log(motion["persistence_frames"])) < 0.42
    assert np.nanmedian(motion["persistent_speed_px_per_frame"]) == pytest.approx(2, rel=0.06)
    assert np.mean(motion["alpha"]) > 1.3


def test_directed_motion_has_a_power_of_two() -> None:
    motion = track_motion(walks(np.full((1, 40, 2), 1.5)))
    assert motion["alpha"][0] == pytest.approx(2)
    assert motion["straightness"][0] == pytest.approx(1)
    assert np.isnan(motion["persistence_frames"][0])
