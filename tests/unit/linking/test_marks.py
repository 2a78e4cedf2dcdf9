"""Marks: what a person says is kept to, and ids never collide."""

from tracksam.settings import LinkSettings
from tracksam.steps.link import link

PLAIN = LinkSettings()


def spans(story) -> dict[int, list[int]]:
    return {i: [min(rows), max(rows)] for i, rows in sorted(story.places.items())}


def test_a_marked_cell_bears_its_id_from_then_on(film, disc, told) -> None:
    frames = film([[disc(40, 60, mark=7), disc(20, 100)], *[[disc(40, 60), disc(20, 100)]] * 3])
    assert spans(told(list(link(frames, PLAIN)))) == {1: [0, 3], 7: [0, 3]}


def test_a_mark_names_the_track_back_to_its_beginning(film, disc, told) -> None:
    frames = film([[disc(40, 60)], [disc(40, 60)], [disc(40, 60, mark=7)], [disc(40, 60)]])
    linked = list(link(frames, PLAIN))
    assert [f.renamed for f in linked] == [{}, {}, {1: 7}, {}]
    assert [f.regions.object_id.tolist() for f in linked] == [[1], [1], [7], [7]]
    assert spans(told(linked)) == {7: [0, 3]}


def test_an_unmarked_track_gives_its_number_away(film, disc, told) -> None:
    here, there = disc(40, 60), disc(20, 100)
    frames = film([[here, there]] * 2 + [[here, disc(20, 100, mark=1)]] * 2)
    linked = list(link(frames, PLAIN))
    assert linked[2].renamed == {1: 3, 2: 1}
    story = told(linked)
    assert spans(story) == {1: [0, 3], 3: [0, 3]}
    assert story.places[1][0] == (20.0, 100.0)
    assert story.places[3][0] == (40.0, 60.0)


def test_a_doubtful_candidate_is_chosen_when_it_is_marked(film, disc) -> None:
    frames = film([[], [disc(40, 60, 6, 0.05, mark=5)], []])
    assert [f.regions.object_id.tolist() for f in link(frames, PLAIN)] == [[], [5], []]


def test_a_mark_wins_over_an_alternative(film, disc) -> None:
    large = disc(40, 60, 9)
    frames = film([[large], [large, disc(40, 62, 5, 0.2, mark=4)], [large]])
    assert list(link(frames, PLAIN))[1].regions.object_id.tolist() == [4]


def test_of_proposals_for_one_mark_one_is_chosen(film, disc) -> None:
    proposals = [disc(40, 60, 3, 0.9, mark=4), disc(40, 60, 6, 0.8, mark=4)]
    frames = film([[disc(40, 60)], proposals, [disc(40, 60)]])
    linked = list(link(frames, PLAIN))
    assert linked[1].regions.object_id.tolist() == [4]
    assert linked[1].regions.area_px.tolist() == linked[0].regions.area_px.tolist()


def test_marks_of_two_ids_break_a_track(film, disc, told) -> None:
    rest = [disc(40, 60)]
    frames = film([[disc(40, 60, mark=3)], rest, rest, [disc(40, 60, mark=8)], rest])
    story = told(list(link(frames, PLAIN)))
    assert spans(story) == {3: [0, 2], 8: [3, 4]}
    assert story.mothers == {}


def test_two_marks_that_overlap_are_both_chosen(film, disc) -> None:
    frames = film([[disc(40, 60, mark=3), disc(40, 64, mark=8)]])
    assert next(iter(link(frames, PLAIN))).regions.object_id.tolist() == [3, 8]


def test_an_id_that_jumps_to_another_cell_is_taken_from_the_first(film, disc, told) -> None:
    here, there = disc(40, 60), disc(20, 100)
    frames = film(
        [[disc(40, 60, mark=3), there], [here, there], [here, disc(20, 100, mark=3)], [here, there]]
    )
    story = told(list(link(frames, PLAIN)))
    assert story.places[3] == {
        0: (40.0, 60.0),
        1: (40.0, 60.0),
        2: (20.0, 100.0),
        3: (20.0, 100.0),
    }
    assert spans(story) == {1: [0, 1], 2: [2, 3], 3: [0, 3]}


def test_an_id_that_comes_back_after_a_hole_continues_the_old_track(film, disc, told) -> None:
    there = disc(20, 100)
    frames = film(
        [[disc(40, 60, mark=3), there], *[[there]] * 4, [disc(60, 30, mark=3), there], [there]]
    )
    story = told(list(link(frames, PLAIN)))
    assert spans(story) == {1: [0, 6], 2: [0, 0], 3: [5, 5]}
    assert story.mothers == {3: 2}


def test_a_marked_daughter_bears_her_id(film, disc, told) -> None:
    mother = [[disc(40, 60, 7, mark=1)], [disc(40, 60, 7)]]
    frames = [
        *mother,
        [disc(40, 53, 5, mark=9), disc(40, 67, 5)],
        [disc(40, 53, 5), disc(40, 67, 5)],
    ]
    story = told(list(link(film(frames), PLAIN)))
    assert story.mothers == {9: 1, 2: 1}


def test_ids_that_a_person_uses_later_are_not_lost_in_gaps(film, disc, told) -> None:
    rest = [disc(40, 60)]
    frames = film([rest, rest, [], [disc(40, 60, mark=2)], rest])
    linked = list(link(frames, PLAIN))
    assert linked[2].regions.object_id.tolist() == [1]
    assert spans(told(linked)) == {2: [0, 4]}


def test_unmarked_tracks_begin_at_the_number_that_is_asked_for(film, disc) -> None:
    frames = film([[disc(40, 60), disc(20, 100)]])
    (linked,) = link(frames, PLAIN, first_id=50)
    assert linked.regions.object_id.tolist() == [50, 51]


def test_a_cell_marked_otherwise_leaves_the_old_id_to_its_neighbour(film, disc, told) -> None:
    frames = film([[disc(40, 60, mark=3)], [disc(40, 60, mark=8), disc(40, 73)]])
    story = told(list(link(frames, LinkSettings(divisions=False))))
    assert story.places[3] == {0: (40.0, 60.0), 1: (40.0, 73.0)}
    assert story.places[8] == {1: (40.0, 60.0)}


def test_two_marks_of_one_id_are_joined_however_unlike_they_are(film, disc, told) -> None:
    frames = film([[disc(40, 60, 4, mark=3)], [], [disc(40, 80, 10, mark=3)]])
    story = told(list(link(frames, PLAIN)))
    assert spans(story) == {3: [0, 2]}
    assert story.filled == {(3, 1)}
    unmarked = film([[disc(40, 60, 4)], [], [disc(40, 80, 10)]])
    assert spans(told(list(link(unmarked, PLAIN)))) == {1: [0, 0], 2: [2, 2]}


def test_a_mother_that_gives_her_number_away_stays_the_mother(film, disc, told) -> None:
    other = disc(20, 100)
    daughters = [disc(40, 53, 5, mark=9), disc(40, 67, 5)]
    frames = film([[disc(40, 60, 7), other]] * 2 + [[*daughters, disc(20, 100, mark=1)]])
    story = told(list(link(frames, PLAIN)))
    assert story.places[1] == {t: (20.0, 100.0) for t in range(3)}
    mother = story.mothers[9]
    assert story.places[mother] == {0: (40.0, 60.0), 1: (40.0, 60.0)}
    assert sorted(story.mothers.values()) == [mother, mother]


def test_a_gap_is_filled_under_the_name_of_each_frame(film, disc, told) -> None:
    cell, other = disc(40, 60), disc(20, 100)
    frames = film([[cell], [cell], [], [disc(20, 100, mark=1)], [cell, other]])
    linked = list(link(frames, PLAIN))
    assert linked[3].renamed == {1: 2}
    assert linked[2].regions.object_id.tolist() == [1]
    assert sorted(linked[3].regions.object_id.tolist()) == [1, 2]
    assert spans(told(linked)) == {1: [3, 4], 2: [0, 4]}
