"""Movies: what is drawn is what the truth says."""

import tracemalloc

import attrs
import numpy as np
import pytest
from scipy import ndimage

from tracksam.errors import SettingsError
from tracksam.simulate.dynamics import Dynamics
from tracksam.simulate.motion import Start, paths, pushed_apart
from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie, movie_of

SMALL = MovieSettings(
    n_frames=9, height_px=80, width_px=110, n_cells=8, diameter_px=14.0, division_rate=0.03, seed=2
)


@pytest.fixture(scope="module")
def small() -> SimulatedMovie:
    return movie(SMALL)


def test_shapes_and_calibration(small: SimulatedMovie) -> None:
    assert small.stack.shape_tyxc == (9, 80, 110, 1)
    assert small.stack.dtype == np.uint16
    assert small.masks.frame(0).shape == (80, 110)
    assert (small.stack.pixel_size_um, small.stack.frame_interval_s) == (0.65, 300.0)
    eight = movie(attrs.evolve(SMALL, bits=8, n_frames=1))
    assert eight.stack.frame(0).dtype == np.uint8
    assert eight.stack.frame(0).max() > 100


def test_frames_do_not_depend_on_the_order_of_reading(small: SimulatedMovie) -> None:
    late = small.stack.frame(7)
    small.stack.frame(2)
    np.testing.assert_array_equal(small.stack.frame(7), late)
    again = movie(SMALL)
    np.testing.assert_array_equal(again.stack.frame(7), late)
    assert again == small


def test_another_seed_gives_another_movie(small: SimulatedMovie) -> None:
    other = movie(attrs.evolve(SMALL, seed=3))
    assert not np.array_equal(other.masks.frame(0), small.masks.frame(0))


def test_the_lineage_has_a_row_at_each_masks_centroid(small: SimulatedMovie) -> None:
    rows = {}
    for frame, labels_yx in enumerate(small.masks):
        for label in np.unique(labels_yx[labels_yx > 0]).tolist():
            rows[label, frame] = ndimage.center_of_mass(labels_yx == label)
    lineage = small.lineage
    keys = list(zip(lineage.track_id.tolist(), lineage.frame.tolist(), strict=True))
    assert sorted(rows) == keys
    np.testing.assert_allclose([rows[key] for key in keys], lineage.yx, atol=1e-9)


def test_each_mask_is_in_one_piece(small: SimulatedMovie) -> None:
    for labels_yx in small.masks:
        for label in np.unique(labels_yx[labels_yx > 0]):
            assert ndimage.label(labels_yx == label)[1] == 1


def test_daughters_begin_after_their_mothers_last_frame(small: SimulatedMovie) -> None:
    lineage = small.lineage
    assert len(lineage.parents) >= 2
    for daughter, mother in lineage.parents.items():
        born = lineage.frame[lineage.track_id == daughter].min()
        assert lineage.frame[lineage.track_id == mother].max() == born - 1


def test_points_lie_on_their_cells(small: SimulatedMovie) -> None:
    points = small.points
    assert points.yx_tn2.shape[0] == 9
    np.testing.assert_array_equal(points.visible_tn, small.point_ids > 0)
    assert points.visible_tn.any(0).all()
    for frame, labels_yx in enumerate(small.masks):
        seen = points.visible_tn[frame]
        y, x = np.rint(points.yx_tn2[frame, seen]).astype(int).T
        np.testing.assert_array_equal(labels_yx[y, x], small.point_ids[frame, seen])


def test_the_image_moves_with_the_points() -> None:
    """Cut a patch around a point in one frame; it fits best at the point in the next."""
    settings = attrs.evolve(
        SMALL, n_cells=0, speed_px=0.0, division_rate=0.0, noise=0.001, diameter_px=30.0,
        shape_change=0.0, uneven_light=0.0, dirt=0.0, n_frames=4,
    )  # fmt: skip
    made = movie_of([Start((40, 40), (3.0, 5.0), 15.0)], settings)
    first, second = (made.stack.frame(t)[..., 0].astype(float) for t in (0, 3))
    moved = made.points.yx_tn2[3] - made.points.yx_tn2[0]
    assert np.median(moved, 0) == pytest.approx([9, 15], abs=3)
    y, x = 40, 40
    patch = first[y - 8 : y + 9, x - 8 : x + 9]
    scores = {
        (dy, dx): np.corrcoef(
            patch.ravel(), second[y + dy - 8 : y + dy + 9, x + dx - 8 : x + dx + 9].ravel()
        )[0, 1]
        for dy in range(4, 15)
        for dx in range(10, 21)
    }
    best = max(scores, key=scores.__getitem__)
    assert np.hypot(best[0] - 9, best[1] - 15) < 2
    assert scores[best] > 0.8


def test_no_cells_and_no_points() -> None:
    made = movie(attrs.evolve(SMALL, n_cells=0, points_per_cell=0))
    assert len(made.lineage) == 0
    assert made.points.n_points == 0
    assert not made.masks.to_array().any()
    assert made.stack.frame(0).std() > 0


def test_light_fades() -> None:
    made = movie(attrs.evolve(SMALL, bleaching=0.2, noise=0.0, uneven_light=0.0))
    first, last = (made.stack.frame(t).astype(float) for t in (0, 8))
    offset = 0.02 * 0.25 * 2**16
    assert (last.max() - offset) / (first.max() - offset) < 1.6 * 0.8**8


def test_bad_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"movie.n_frames must be at least 1, got 0"):
        MovieSettings(n_frames=0)
    with pytest.raises(SettingsError, match=r"movie.style must be one of .*; got 'x-ray'"):
        MovieSettings(style="x-ray")


def test_each_style_has_its_own_form_of_cells() -> None:
    chosen = {style: MovieSettings(style=style).cell_form for style in ("nuclei", "phase", "dic")}
    assert chosen == {"nuclei": "nucleus", "phase": "adherent", "dic": "packed"}
    assert MovieSettings(style="phase", form="rod").cell_form == "rod"


def test_memory_does_not_grow_with_the_pixels_of_all_frames() -> None:
    made = movie(attrs.evolve(SMALL, n_frames=24, n_cells=2, division_rate=0.0))
    made.stack.frame(0)
    peaks = []
    for frames in (range(3), range(24)):
        tracemalloc.start()
        for frame in frames:
            made.stack.frame(frame)
            made.masks.frame(frame)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.05 * peaks[0]


def test_points_drift_with_the_stage() -> None:
    still = attrs.evolve(SMALL, speed_px=0.0, shape_change=0.0, division_rate=0.0, seed=5)
    drifting = attrs.evolve(still, drift_y_px=1.0, drift_x_px=-2.0)
    starts = [Start((40, 50), radius_px=8)]
    before, after = (movie_of(starts, chosen).points for chosen in (still, drifting))
    moved = after.yx_tn2[8] - before.yx_tn2[8]
    np.testing.assert_allclose(moved, [[8, -16]] * 3, atol=1e-4)


def test_fragments_are_left_of_a_dead_cell_but_no_mask() -> None:
    settings = attrs.evolve(SMALL, n_frames=14, speed_px=0.0, noise=0.001, dirt=0.0)
    made = movie_of([Start((40, 55), radius_px=9, dies_at=2)], settings)
    assert [bool(labels_yx.any()) for labels_yx in made.masks] == [True] * 8 + [False] * 6
    near, later = (made.stack.frame(t)[25:56, 40:71, 0].astype(float) for t in (9, 13))
    assert near.max() > later.max() + 200


def test_a_cell_keeps_its_velocity_when_nothing_pushes_it() -> None:
    (path,) = paths([Start((5, 7), (1.5, -2.0))], Dynamics(speed_px=0), 6, seed=0)
    np.testing.assert_allclose(np.diff(path.state[:, :2], axis=0), [[1.5, -2.0]] * 5, atol=1e-5)


def test_overlapping_cells_push_each_other_apart() -> None:
    starts = [Start((20, 20), radius_px=10), Start((20, 26), radius_px=10)]
    made = paths(starts, Dynamics(form="round", speed_px=0), 8, seed=0)
    distance = np.linalg.norm(made[0].state[-1, :2] - made[1].state[-1, :2])
    assert distance == pytest.approx(0.95 * 20, rel=0.05)


def test_disks_are_pushed_apart_until_they_touch(rng: np.random.Generator) -> None:
    yx = pushed_apart(rng.uniform(0, 20, (5, 2)), np.full(5, 3.0), times=200)
    distance = np.linalg.norm(yx[:, None] - yx[None], axis=-1) + 99 * np.eye(5)
    assert distance.min() == pytest.approx(6, abs=0.05)


def test_cells_stay_in_their_world() -> None:
    dynamics = Dynamics(speed_px=3.0, world_yxyx=(0, 0, 30, 50))
    for path in paths([Start((15, 25)), Start((5, 45))], dynamics, 60, seed=1):
        assert (path.state[:, :2] >= 0).all()
        assert (path.state[:, :2] <= [30, 50]).all()


def test_a_nucleus_condenses_divides_and_halves() -> None:
    mother, *daughters = paths([Start((40, 40), divides_at=6)], Dynamics(speed_px=0), 14, seed=0)
    assert (mother.first, mother.last, len(daughters)) == (0, 5, 2)
    condensation = mother.state[:, 6]
    assert condensation[:3].tolist() == [0, 0, 0]
    assert condensation[5] == 1
    area = mother.state[:, 3] * mother.state[:, 4]
    assert area[5] < 0.6 * area[0]
    for daughter in daughters:
        assert (daughter.parent, daughter.first) == (0, 6)
        late = daughter.state[-1]
        assert late[6] == 0
        assert late[3] * late[4] == pytest.approx(area[0] / 2, rel=0.05)
    apart = np.linalg.norm(daughters[0].state[:, :2] - daughters[1].state[:, :2], axis=1)
    assert apart[-1] > apart[0] > 5


def test_daughters_begin_and_part_as_far_as_is_asked_for() -> None:
    def apart(**how: float) -> np.ndarray:
        start = Start((40, 40), radius_px=8, divides_at=6)
        _, one, other = paths([start], Dynamics(speed_px=0, **how), 8, seed=0)
        return np.linalg.norm(one.state[:, :2] - other.state[:, :2], axis=1)

    usual, far = apart(), apart(daughter_distance=1.7)
    assert far[0] == pytest.approx(2 * usual[0])
    still, parting = (
        apart(daughter_distance=1.7, parting=0),
        apart(daughter_distance=1.7, parting=1),
    )
    assert still[1] == pytest.approx(still[0])
    assert parting[1] > 1.5 * parting[0]


def test_daughters_may_open_at_once_and_begin_off_the_mothers_centre() -> None:
    def born(**how: float) -> tuple[np.ndarray, np.ndarray]:
        start = Start((40, 40), radius_px=8, divides_at=6)
        _, one, other = paths([start], Dynamics(speed_px=0, **how), 8, seed=0)
        return (one.state[0, :2] + other.state[0, :2]) / 2, one.state[0]

    centre, tight = born()
    assert centre == pytest.approx([40, 40], abs=1e-3)
    assert tight[6] == 1
    centre, open_ = born(tightness=0.0, jolt=0.5)
    assert np.linalg.norm(centre - 40) > 0.5
    assert open_[6] == 0
    assert open_[3] * open_[4] == pytest.approx(2 * tight[3] * tight[4], rel=0.05)


@pytest.mark.parametrize(("condensing", "left"), [(0.0, 1.0), (1.0, 0.5), (1.4, 0.3), (9.0, 0.2)])
def test_cells_condense_as_much_as_is_asked(condensing: float, left: float) -> None:
    start = Start((40, 40), radius_px=8, divides_at=6)
    mother = paths([start], Dynamics(speed_px=0, condensing=condensing), 7, seed=0)[0]
    area = mother.state[:, 3] * mother.state[:, 4]
    assert area[-1] / area[0] == pytest.approx(left, rel=1e-3)


def test_rods_split_lengthwise() -> None:
    start = Start((40, 40), radius_px=6, divides_at=5)
    mother, one, other = paths([start], Dynamics(form="rod", speed_px=0), 6, seed=0)
    assert mother.state[-1, 6] == 0
    along = np.array([np.cos(mother.state[-1, 2]), np.sin(mother.state[-1, 2])])
    between = one.state[0, :2] - other.state[0, :2]
    assert abs(between @ along) == pytest.approx(np.linalg.norm(between), rel=0.1)
    assert one.state[0, 4] == pytest.approx(mother.state[-1, 4], rel=0.05)  # as wide as before


def test_a_dying_cell_shrinks_brightens_and_ends() -> None:
    (path,) = paths([Start((20, 20), dies_at=3)], Dynamics(speed_px=0), 20, seed=0)
    assert path.died
    assert path.last == 8
    area = path.state[:, 3] * path.state[:, 4]
    assert area[8] < 0.25 * area[0]
    assert path.state[8, 7] > 2 * path.state[0, 7]
