"""What linking tells of small films, each about one thing."""

import numpy as np
import pytest

from tracksam.errors import InvalidInputError
from tracksam.settings import LinkSettings
from tracksam.steps.link import labels_to_candidates, link

PLAIN = LinkSettings()


def test_resting_cells_are_one_track_each(film, disc, told) -> None:
    frames = film([[disc(20, 30), disc(50, 100)]] * 4)
    story = told(list(link(frames, PLAIN)))
    assert story.places == {
        1: {t: (20.0, 30.0) for t in range(4)},
        2: {t: (50.0, 100.0) for t in range(4)},
    }
    assert story.mothers == {}


def test_no_frames_give_none() -> None:
    assert list(link([], PLAIN)) == []


def test_one_frame(film, disc) -> None:
    (only,) = link(film([[disc(20, 30)]]), PLAIN)
    assert only.regions.object_id.tolist() == [1]
    assert only.confidence.tolist() == [pytest.approx(1, abs=1e-6)]


def test_what_is_there_in_the_first_or_last_frame_had_no_need_to_begin_or_end(film, disc) -> None:
    doubtful = disc(20, 30, 6, 0.6)
    assert [len(f.regions) for f in link(film([[doubtful]]), PLAIN)] == [1]
    assert [len(f.regions) for f in link(film([[], [doubtful], []]), PLAIN)] == [0, 0, 0]


def test_empty_frames_are_yielded(film) -> None:
    linked = list(link(film([[], [], []]), PLAIN))
    assert [(f.frame, len(f.regions)) for f in linked] == [(0, 0), (1, 0), (2, 0)]


def test_frames_may_begin_anywhere(film, disc) -> None:
    frames = film([[disc(20, 30)]] * 5)[2:]
    assert [f.frame for f in link(frames, PLAIN)] == [2, 3, 4]


def test_a_frame_that_is_left_out_is_an_error(film, disc) -> None:
    frames = film([[disc(20, 30)]] * 4)
    with pytest.raises(InvalidInputError, match=r"^frame 1 is needed after frame 0, got 2; give"):
        list(link([frames[0], frames[2]], PLAIN))


def test_cells_that_cross_keep_their_ids_with_points(film, disc, told) -> None:
    steps = [(0.0, 9.0), (0.0, -9.0)]
    frames = [
        [disc(40, 20 + 9 * t, step=steps[0]), disc(53, 110 - 9 * t, step=steps[1])]
        for t in range(11)
    ]
    story = told(list(link(film(frames), PLAIN)))
    assert story.places[1] == {t: (40.0, 20.0 + 9 * t) for t in range(11)}
    assert story.places[2] == {t: (53.0, 110.0 - 9 * t) for t in range(11)}


def test_points_follow_a_cell_farther_than_it_could_go(film, disc, told) -> None:
    far = [[disc(40, 20, step=(3.0, 40.0)), disc(70, 100)], [disc(43, 60), disc(70, 100)]]
    near = [[disc(40, 20), disc(70, 100)], [disc(43, 60), disc(70, 100)]]
    assert len(told(list(link(film(far), PLAIN))).places) == 2
    assert len(told(list(link(film(near), PLAIN))).places) == 3


def test_a_division(film, disc, told) -> None:
    frames = [[disc(40, 60, 7)]] * 3 + [[disc(40, 53, 5), disc(40, 67, 5)]] * 3
    story = told(list(link(film(frames), PLAIN)))
    assert story.mothers == {2: 1, 3: 1}
    assert {i: sorted(rows) for i, rows in story.places.items()} == {
        1: [0, 1, 2],
        2: [3, 4, 5],
        3: [3, 4, 5],
    }


def test_daughters_may_go_farther_than_a_cell(film, disc, told) -> None:
    apart = [[disc(40, 45, 4), disc(40, 75, 4)]] * 2
    story = told(list(link(film([[disc(40, 60, 5)]] * 2 + apart), PLAIN)))
    assert story.mothers == {2: 1, 3: 1}
    alone = [[disc(40, 75, 4)]] * 2
    story = told(list(link(film([[disc(40, 60, 5)]] * 2 + alone), PLAIN)))
    assert len(story.places) == 2


def test_without_divisions_there_is_none(film, disc, told) -> None:
    frames = [[disc(40, 60, 7)]] * 3 + [[disc(40, 53, 5), disc(40, 67, 5)]] * 3
    story = told(list(link(film(frames), LinkSettings(divisions=False))))
    assert story.mothers == {}
    assert len(story.places) == 2


def test_a_newcomer_beside_a_cell_is_no_daughter(film, disc, told) -> None:
    frames = [[disc(40, 60)]] * 3 + [[disc(40, 60), disc(40, 74)]] * 3
    story = told(list(link(film(frames), PLAIN)))
    assert story.mothers == {}
    assert sorted(story.places[1]) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("n_missing", [1, 2])
def test_a_gap_is_filled_on_the_way(film, disc, told, n_missing: int) -> None:
    frames = [[disc(40, 60)]] * 2 + [[]] * n_missing + [[disc(40, 60 + 2 * (n_missing + 1))]] * 2
    story = told(list(link(film(frames), PLAIN)))
    assert story.filled == {(1, 2 + i) for i in range(n_missing)}
    assert [story.places[1][2 + i] for i in range(n_missing)] == [
        (40.0, 62.0 + 2 * i) for i in range(n_missing)
    ]


def test_a_longer_gap_than_allowed_ends_the_track(film, disc, told) -> None:
    frames = film([[disc(40, 60)]] * 2 + [[]] * 3 + [[disc(40, 60)]] * 2)
    story = told(list(link(frames, PLAIN)))
    assert {i: sorted(rows) for i, rows in story.places.items()} == {1: [0, 1], 2: [5, 6]}
    assert story.mothers == {}


def test_without_filling_a_gap_is_a_new_track_of_one_parent(film, disc, told) -> None:
    frames = film([[disc(40, 60)]] * 2 + [[]] + [[disc(40, 60)]] * 2)
    story = told(list(link(frames, LinkSettings(fill_gaps=False))))
    assert {i: sorted(rows) for i, rows in story.places.items()} == {1: [0, 1], 2: [3, 4]}
    assert story.mothers == {2: 1}


def test_a_gap_without_room_is_a_new_track_of_one_parent(film, disc, told) -> None:
    small = disc(40, 60, 5)
    over = [disc(40, 24 + 18 * t, 10, step=(0.0, 18.0)) for t in range(5)]
    frames = film([[small, over[0]], [over[1]], [over[2]], [over[3]], [small, over[4]]])
    story = told(list(link(frames, LinkSettings(max_gap=3))))
    assert story.filled == set()
    assert story.mothers == {3: 1}


def test_a_filled_mask_is_believed_less_than_its_link(film, disc) -> None:
    frames = film([[disc(40, 60)]] * 2 + [[]] + [[disc(40, 60)]] * 2)
    linked = list(link(frames, PLAIN))
    assert linked[2].is_interpolated.tolist() == [True]
    assert linked[2].confidence[0] == linked[3].confidence[0] / 2


def test_of_alternatives_the_one_that_fits_the_neighbours_is_chosen(film, disc) -> None:
    two = [disc(40, 55, 5, 0.6), disc(40, 66, 5, 0.6)]
    one = disc(40, 60, 12, 0.6)
    frames = film([two, two, [*two, one], two, two])
    assert [len(f.regions) for f in link(frames, PLAIN)] == [2, 2, 2, 2, 2]
    frames = film([[one], [one], [*two, one], [one], [one]])
    assert [len(f.regions) for f in link(frames, PLAIN)] == [1, 1, 1, 1, 1]


def test_neighbours_that_overlap_slightly_are_both_chosen(film, disc) -> None:
    frames = film([[disc(40, 55), disc(40, 66)]] * 3)
    shared = frames[0].regions.intersection_px(0, frames[0].regions, 1)
    assert shared > 0
    assert [len(f.regions) for f in link(frames, PLAIN)] == [2, 2, 2]


def test_a_doubtful_candidate_of_one_frame_is_dropped(film, disc) -> None:
    frames = film([[disc(20, 30)], [disc(20, 30), disc(60, 90, 6, 0.3)], [disc(20, 30)]])
    assert [len(f.regions) for f in link(frames, PLAIN)] == [1, 1, 1]


def test_a_sure_link_and_a_toss_up(film, disc) -> None:
    sure = film([[disc(40, 60)], [disc(40, 60)]])
    assert list(link(sure, PLAIN))[1].confidence[0] > 0.99
    exchanged = film([[disc(40, 50), disc(40, 70)], [disc(30, 60), disc(50, 60)]])
    assert (list(link(exchanged, PLAIN))[1].confidence < 0.6).all()


def test_labels_without_an_image_have_no_brightness() -> None:
    labels_yx = np.zeros((20, 30), int)
    labels_yx[3:6, 4:9], labels_yx[10:14, 20:22] = 7, 3
    made = labels_to_candidates(4, labels_yx)
    assert made.frame == 4
    assert made.regions.area_px.tolist() == [8, 15]
    assert np.isnan(made.intensity).all()
    assert made.marked_ids == ()
    assert made.landing_kp2.shape == (2, 0, 2)
