"""Where cells are expected: by points, by neighbours, by the whole frame's jump."""

import attrs
import numpy as np
import pytest

from tracksam.steps.linking.motion import frame_jump, local_drift, motion
from tracksam.steps.linking.nodes import measured

PLACES = [(12, 15), (14, 45), (40, 20), (43, 52), (70, 18), (66, 50), (25, 75), (55, 85)]


def moved_by(film, disc, dy: float, dx: float, step=None):
    frames = film(
        [
            [disc(y, x, 5, step=step) for y, x in PLACES],
            [disc(y + dy, x + dx, 5) for y, x in PLACES],
        ]
    )
    return [measured(frame) for frame in frames]


def stepped(discs):
    """Return discs where their points go."""
    return [attrs.evolve(one, y=one.y + one.step[0], x=one.x + one.step[1]) for one in discs]


def test_cells_at_rest_are_expected_where_they_are(film, disc) -> None:
    before, after = moved_by(film, disc, 0, 0)
    assert motion(before, after, 1.5).yx == pytest.approx(before.yx)


def test_a_common_drift_is_seen_without_points(film, disc) -> None:
    before, after = moved_by(film, disc, 4, -7)
    assert motion(before, after, 1.5).yx == pytest.approx(before.yx + np.array([4, -7]))


def test_a_jump_farther_than_cells_move_is_seen(film, disc) -> None:
    before, after = moved_by(film, disc, 3, 33)
    assert frame_jump(before, after) == pytest.approx([3, 33])
    assert motion(before, after, 1.5).yx == pytest.approx(before.yx + np.array([3, 33]))


def test_a_drift_goes_on(film, disc) -> None:
    frames = film([[disc(40, 10 + 14 * t + 28 * k, 5) for k in range(4)] for t in range(3)])
    nodes = [measured(frame) for frame in frames]
    known = attrs.evolve(motion(nodes[0], nodes[1], 1.5), yx=nodes[1].yx)
    steps = np.tile([0.0, 14.0], (4, 1))
    known = attrs.evolve(known, sample_yx=nodes[0].yx, sample_step=steps)
    assert motion(nodes[1], nodes[2], 1.5, known).yx == pytest.approx(
        nodes[1].yx + np.array([0, 14])
    )


def test_points_overrule_the_neighbours(film, disc) -> None:
    discs = [disc(y, x, 5, step=(0.0, 2.0)) for y, x in PLACES]
    discs[3] = attrs.evolve(discs[3], step=(-6.0, 9.0))
    before, after = (measured(frame) for frame in film([discs, stepped(discs)]))
    expected = motion(before, after, 1.5).yx - before.yx
    assert expected[3] == pytest.approx([-6, 9])
    assert expected[[0, 1, 2]] == pytest.approx(np.tile([0, 2], (3, 1)))


def test_a_cell_whose_points_are_lost_goes_with_its_neighbours(film, disc) -> None:
    discs = [disc(y, x, 5, step=(1.0, 6.0)) for y, x in PLACES]
    moved = stepped(discs)
    discs[2] = attrs.evolve(discs[2], step=None)
    before, after = (measured(frame) for frame in film([discs, moved]))
    assert motion(before, after, 1.5).yx[2] - before.yx[2] == pytest.approx([1, 6])


def test_a_point_that_strays_changes_nothing(film, disc) -> None:
    frame, later = film([[disc(40, 60, 6, step=(2.0, 3.0))], [disc(42, 63, 6)]])
    landing = frame.landing_kp2.copy()
    landing[0, 2] += (40, -30)
    before = measured(attrs.evolve(frame, landing_kp2=landing))
    expected = motion(before, measured(later), 1.5).yx
    assert expected - before.yx == pytest.approx(np.array([[2, 3]]))


def test_points_of_a_frame_that_bring_cells_where_none_are_are_not_believed(film, disc) -> None:
    before, after = moved_by(film, disc, 3, 8, step=(-4.0, -1.0))
    assert motion(before, after, 1.5).yx == pytest.approx(before.yx + np.array([3, 8]))


def test_a_cell_is_no_witness_for_its_own_drift() -> None:
    yx = np.array([[10.0, 10], [10, 20], [20, 10], [20, 20]])
    steps = np.array([[0.0, 9], [0, 2], [0, 2], [0, 2.5]])
    alone = local_drift(yx[:1], np.full(1, 5.0), yx[1:], steps[1:])
    assert alone[0] == pytest.approx([0, 2])
    assert local_drift(yx[:1], np.full(1, 5.0), yx, steps) == pytest.approx(alone)


def test_neighbours_that_disagree_are_believed_less() -> None:
    yx = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10], [0, 20], [20, 0]])
    agree = np.tile([0.0, 3.0], (6, 1))
    disagree = agree + np.array([[9, 0], [-9, 0], [0, 9], [0, -9], [9, 9], [-9, -9]])
    sizes = np.full(1, 5.0)
    assert local_drift(np.array([[5.0, 5]]), sizes, yx, agree)[0] == pytest.approx([0, 3])
    assert abs(local_drift(np.array([[5.0, 5]]), sizes, yx, disagree)[0, 1]) < 1.0


def test_far_neighbours_are_not_asked() -> None:
    yx = np.array([[100.0, 100], [100, 110], [110, 100]])
    drift = local_drift(np.zeros((1, 2)), np.full(1, 5.0), yx, np.full((3, 2), 4.0))
    assert drift.tolist() == [[0, 0]]


def test_no_cells_anywhere(film) -> None:
    nothing = measured(film([[]])[0])
    assert motion(nothing, nothing, 1.5).yx.shape == (0, 2)
