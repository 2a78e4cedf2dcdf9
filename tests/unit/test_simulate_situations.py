"""Named situations show what their description says, for any seed and style."""

import numpy as np
import pytest
from scipy import ndimage

from tracksam.errors import InvalidInputError
from tracksam.simulate.movie import SimulatedMovie
from tracksam.simulate.situations import SITUATIONS, situation
from tracksam.simulate.styles import STYLES

N_TRACKS = {
    "still": 5,
    "drifting": 4,
    "crossing": 3,
    "dividing": 8,
    "leaving": 3,
    "entering": 3,
    "touching": 5,
    "occluded": 4,
    "blank_frame": 4,
    "crowded": 24,
    "fast": 2,
    "dying": 4,
    "growing": 4,
    "bleaching": 5,
    "single_frame": 5,
    "empty": 0,
    "tiny": 12,
    "budding": 5,
}


def present(made: SimulatedMovie, frame: int) -> list[int]:
    labels_yx = made.masks.frame(frame)
    return np.unique(labels_yx[labels_yx > 0]).tolist()


def any_touch(labels_yx: np.ndarray) -> bool:
    highest = ndimage.grey_dilation(labels_yx, 3)
    return bool(((labels_yx > 0) & (highest != labels_yx)).any())


def path(made: SimulatedMovie, track_id: int) -> np.ndarray:
    return made.lineage.yx[made.lineage.rows(track_id)]


def test_every_situation_has_a_description_and_a_count() -> None:
    assert list(SITUATIONS) == list(N_TRACKS)


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_situations_have_the_cells_they_promise(name: str, seed: int) -> None:
    made = situation(name, seed=seed)
    expected = 1 if name == "single_frame" else 12
    assert made.stack.shape_tyxc == (expected, 96, 128, 1)
    assert made.lineage.n_tracks == N_TRACKS[name]
    assert made.lineage.track_ids.tolist() == list(range(1, N_TRACKS[name] + 1))
    for frame in range(expected):
        rows = made.lineage.track_id[made.lineage.frame == frame]
        assert present(made, frame) == sorted(rows.tolist())


@pytest.mark.parametrize("style", STYLES)
def test_situations_are_seen_in_every_style(style: str) -> None:
    made = situation("still", style=style)
    labels_yx = made.masks.frame(0)
    image_yx = made.stack.frame(0)[..., 0].astype(float)
    inside, outside = image_yx[labels_yx > 0], image_yx[labels_yx == 0]
    difference = abs(inside.mean() - outside.mean()) / outside.std()
    assert max(difference, inside.std() / outside.std()) > 1.5


def test_seeds_change_places_and_names_are_repeatable() -> None:
    assert situation("still", seed=3) == situation("still", seed=3)
    assert situation("still", seed=3) != situation("still", seed=4)


def test_still_cells_stay() -> None:
    made = situation("still")
    for track_id in made.lineage.track_ids:
        assert np.ptp(path(made, track_id), axis=0).max() < 1.5


def test_drifting_moves_all_alike() -> None:
    made = situation("drifting")
    for track_id in made.lineage.track_ids:
        step = np.diff(path(made, track_id), axis=0).mean(0)
        np.testing.assert_allclose(step, [-1.5, -2.5], atol=0.15)


def test_crossing_cells_pass_without_touching() -> None:
    made = situation("crossing")
    assert not any(any_touch(labels_yx) for labels_yx in made.masks)
    first, second = path(made, 1), path(made, 2)
    assert first[0, 1] < second[0, 1]
    assert first[-1, 1] > second[-1, 1]


def test_dividing_cells_divide_when_promised() -> None:
    made = situation("dividing")
    lineage = made.lineage
    born = {
        mother: sorted({int(lineage.frame[lineage.rows(d)][0]) for d in lineage.daughters(mother)})
        for mother in set(lineage.parents.values())
    }
    assert sorted(born.values()) == [[5], [8]]
    assert all(len(lineage.daughters(mother)) == 2 for mother in born)


def test_leaving_and_entering() -> None:
    leaving, entering = situation("leaving"), situation("entering")
    assert (len(present(leaving, 0)), len(present(leaving, 11))) == (3, 1)
    assert (len(present(entering, 0)), len(present(entering, 11))) == (1, 3)


def test_touching_cells_touch_in_every_frame() -> None:
    assert all(any_touch(labels_yx) for labels_yx in situation("touching").masks)


def test_an_occluded_cell_comes_back_under_its_name() -> None:
    made = situation("occluded")
    lineage = made.lineage
    gaps = [i for i in lineage.track_ids.tolist() if len(lineage.frame[lineage.rows(i)]) == 10]
    assert len(gaps) == 1
    assert lineage.frame[lineage.rows(gaps[0])].tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
    hidden = made.point_ids == gaps[0]
    assert not hidden[5:7].any()
    assert hidden[4].any()


def test_a_blank_frame_is_black_and_without_masks() -> None:
    made = situation("blank_frame")
    assert present(made, 6) == []
    assert present(made, 5) == present(made, 7) == [1, 2, 3, 4]
    assert made.stack.frame(6).max() < 0.2 * made.stack.frame(5).max()


def test_crowded_cells_move_and_touch() -> None:
    made = situation("crowded")
    assert all(any_touch(labels_yx) for labels_yx in made.masks)
    assert (made.masks.frame(0) > 0).mean() > 0.3


def test_a_dying_cell_disappears() -> None:
    made = situation("dying")
    assert (len(present(made, 0)), len(present(made, 11))) == (4, 3)


def test_growing_cells_grow() -> None:
    made = situation("growing")
    first, last = (np.count_nonzero(made.masks.frame(t)) for t in (0, 11))
    assert last / first == pytest.approx(1.06**11, rel=0.06)


def test_bleaching_loses_light() -> None:
    made = situation("bleaching")
    first, last = (made.stack.frame(t).astype(float) for t in (0, 11))
    assert last.std() / first.std() == pytest.approx(0.88**11, abs=0.08)


def test_a_mother_lives_on_beside_its_bud() -> None:
    made = situation("budding")
    lineage = made.lineage
    assert len(lineage.parents) == 2
    for bud, mother in lineage.parents.items():
        assert lineage.frame[lineage.rows(mother)].tolist() == list(range(12))
        assert lineage.frame[lineage.rows(bud)][0] in (3, 6)
        areas = [np.count_nonzero(made.masks.frame(11) == i) for i in (bud, mother)]
        assert areas[0] < areas[1]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"one of still, drifting.*; got 'dancing'"):
        situation("dancing")
    with pytest.raises(InvalidInputError, match=r"style must be one of .*; got 'x-ray'"):
        situation("still", style="x-ray")
