"""Pictures: the right colour at the right place, not merely something drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report import overview
from tracksam.report.colours import track_colours
from tracksam.report.frame import (
    FrameLook,
    colour_of,
    frame_picture,
    grounded,
    id_words,
    outline_strokes,
    sampled,
    tail_strokes,
)
from tracksam.report.ink import Stroke, Word, drawn
from tracksam.report.tree import TreePlace, branches, tree_strokes, tree_words
from tracksam.stack import Stack

BLANK = np.zeros((40, 60, 3), np.uint8)


def movie() -> tuple[Stack, Masks, Lineage]:
    """Return a mother 4 that moves right and divides into 2 and 9, and a cell 7 without family."""
    labels_tyx = np.zeros((3, 30, 50), np.uint16)
    labels_tyx[0, 10:20, 5:17] = 4
    labels_tyx[1, 10:20, 9:21] = 4
    labels_tyx[2, 6:13, 12:24] = 2
    labels_tyx[2, 16:23, 12:24] = 9
    labels_tyx[:, 4:9, 38:46] = 7
    lineage = Lineage(
        track_id=[4, 4, 2, 9, 7, 7, 7],
        frame=[0, 1, 2, 2, 0, 1, 2],
        yx=[[14.5, 10.5], [14.5, 14.5], [9, 17.5], [19, 17.5]] + [[6, 41.5]] * 3,
        parents={2: 4, 9: 4},
    )
    image_tyx = (labels_tyx > 0) * 100 + 20
    return Stack.from_array(image_tyx, axes="TYX"), Masks.from_array(labels_tyx), lineage


def test_colours_are_stable_vivid_and_apart() -> None:
    colours = track_colours(np.arange(1, 200))
    np.testing.assert_array_equal(colours[41], track_colours(42)[0])
    assert colours.max(axis=1).min() > 165
    assert (colours.max(axis=1).astype(int) - colours.min(axis=1)).min() > 50
    neighbours = np.abs(np.diff(colours.astype(int), axis=0)).sum(axis=1)
    assert neighbours.min() > 100


def test_strokes_are_drawn_where_they_are_and_on_a_copy() -> None:
    line = Stroke(np.array([[10.0, 5], [10, 50]]), colour=(255, 0, 10), width=3)
    picture = drawn(BLANK, [line])
    assert picture[10, 30].tolist() == [255, 0, 10]
    assert picture[20, 30].tolist() == [0, 0, 0]
    assert not BLANK.any()


def test_opacity_blends_and_casing_darkens() -> None:
    light = np.full((40, 60, 3), 200, np.uint8)
    line = Stroke(np.array([[10.0, 5], [10, 50]]), colour=(0, 0, 0), width=3, opacity=0.5)
    np.testing.assert_allclose(drawn(light, [line])[10, 30], 100, atol=2)
    cased = Stroke(np.array([[10.0, 5], [10, 50]]), colour=(255, 255, 255), width=3, casing=2)
    picture = drawn(light, [cased])
    assert picture[10, 30].tolist() == [255, 255, 255]
    assert picture[13, 30, 0] < 150


def test_strokes_outside_the_picture_are_left_out() -> None:
    outside = Stroke(np.array([[-20.0, -20], [-10, -10]]))
    across = Stroke(np.array([[-20.0, 30], [80, 30]]), width=3)
    assert not drawn(BLANK, [outside]).any()
    assert drawn(BLANK, [across])[20, 30].tolist() == [245, 246, 248]
    assert not drawn(BLANK, [Stroke(np.empty((0, 2)))]).any()


@pytest.mark.parametrize(
    ("anchor", "columns"), [("left", (30, 60)), ("right", (0, 30)), ("middle", (15, 45))]
)
def test_words_keep_to_their_anchor(anchor: str, columns: tuple[int, int]) -> None:
    word = Word("12", y=20, x=30, height=12, anchor=anchor)
    picture = drawn(BLANK, [], [word])
    inked = np.flatnonzero(picture.max(axis=(0, 2)) > 60)
    assert columns[0] - 3 <= inked.min() and inked.max() <= columns[1] + 3
    rows = np.flatnonzero(picture.max(axis=(1, 2)) > 60)
    assert abs((rows.min() + rows.max()) / 2 - 20) <= 2


def test_words_have_a_dark_rim_on_light_ground() -> None:
    light = np.full((40, 60, 3), 255, np.uint8)
    plain = drawn(light, [], [Word("8", y=20, x=30, height=16)])
    cased = drawn(light, [], [Word("8", y=20, x=30, height=16, casing=2)])
    assert plain.min() > 200
    assert (cased < 60).all(axis=2).sum() > 60
    assert (cased[12:29, 24:37] > 200).all(axis=2).any()


def test_one_channel_is_stretched_to_full_contrast() -> None:
    image_yxc = np.linspace(1000, 3000, 35).reshape(5, 7, 1)
    picture = grounded(image_yxc, scale=1)
    assert picture.shape == (5, 7, 3)
    assert (picture[0, 0].tolist(), picture[-1, -1].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_colour_video_is_shown_as_it_is() -> None:
    image_yxc = np.random.default_rng(0).integers(50, 60, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(grounded(image_yxc, scale=1), image_yxc)


def test_two_channels_are_shown_in_their_colours() -> None:
    image_yxc = np.zeros((5, 7, 2), np.uint16)
    image_yxc[1, 1, 0] = image_yxc[3, 3, 1] = 900
    picture = grounded(image_yxc, scale=1)
    assert picture[1, 1].tolist() == [255, 255, 255]
    assert picture[3, 3].argmax() == 1 and picture[3, 3, 0] < 50
    assert not picture[0, 0].any()


def test_a_blank_frame_stays_black() -> None:
    assert not grounded(np.full((5, 7, 1), 9), scale=2).any()
    assert grounded(np.full((5, 7, 1), 9), scale=2).shape == (10, 14, 3)


def test_outlines_lie_on_the_masks() -> None:
    _, masks, lineage = movie()
    look = FrameLook(scale=4, line_px=2, text_px=0)
    picture = frame_picture(np.zeros((30, 50, 1)), masks.frame(0), Lineage(), 0, look)
    assert picture.shape == (120, 200, 3)
    assert picture[10 * 4 + 1, 11 * 4].tolist() == list(colour_of(4))
    assert picture[4 * 4 + 1, 42 * 4].tolist() == list(colour_of(7))
    assert not picture[15 * 4, 11 * 4].any()
    assert len(lineage) == 7


def test_an_outline_reaches_the_last_pixels() -> None:
    labels_yx = np.zeros((9, 11), int)
    labels_yx[0:4, 2:11] = 3
    (outline,) = outline_strokes(labels_yx, FrameLook())
    assert outline.yx.min(axis=0).tolist() == [0, 2]
    assert outline.yx.max(axis=0).tolist() == [3, 10]


def test_tails_lead_back_into_the_mother() -> None:
    _, _, lineage = movie()
    tails = list(tail_strokes(lineage, frame=2, look=FrameLook()))
    moved = [tail.yx.tolist() for tail in tails if tail.colour == colour_of(4)]
    assert moved == [
        [[14.5, 14.5], [9, 17.5]],
        [[14.5, 10.5], [14.5, 14.5]],
        [[14.5, 14.5], [19, 17.5]],
        [[14.5, 10.5], [14.5, 14.5]],
    ]
    assert tails[0].opacity > tails[1].opacity
    assert len(list(tail_strokes(lineage, 2, FrameLook(tail_frames=1)))) == 3
    assert list(tail_strokes(lineage, 0, FrameLook())) == []


def test_tails_follow_a_mother_that_lives_on_only_until_the_birth() -> None:
    rows = [(1, 0, 0), (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 2, 9), (2, 3, 9)]
    lineage = Lineage(*np.array(rows)[:, :2].T, [[0, x] for _, _, x in rows], parents={2: 1})
    bud = [tail.yx[:, 1].tolist() for tail in tail_strokes(lineage, 3, FrameLook())][3:]
    assert bud == [[9, 9], [1, 9], [0, 1]]


def test_tails_bridge_a_gap() -> None:
    lineage = Lineage([1, 1], [0, 3], [[0, 0], [6, 6]])
    (tail,) = tail_strokes(lineage, frame=3, look=FrameLook(scale=1))
    assert tail.yx.tolist() == [[0, 0], [6, 6]]


def test_ids_are_written_where_there_is_room() -> None:
    _, masks, _ = movie()
    words = id_words(masks.frame(2), FrameLook(scale=8, text_px=20))
    assert {word.text for word in words} == {"2", "7", "9"}
    place = {word.text: (word.y, word.x) for word in words}
    assert place["2"] == ((9 + 0.5) * 8 - 0.5, (17.5 + 0.5) * 8 - 0.5)
    assert id_words(masks.frame(2), FrameLook(scale=1, text_px=20)) == []
    assert id_words(masks.frame(2), FrameLook(scale=8, text_px=0)) == []


def test_a_tree_puts_mothers_between_their_daughters() -> None:
    _, _, lineage = movie()
    tree = branches(lineage, max_rows=9)
    assert [(b.track_id, b.parent_id, b.row) for b in tree] == [
        (4, 0, 0.5),
        (2, 4, 0.0),
        (9, 4, 1.0),
        (7, 0, 2.0),
    ]
    assert [(b.first_frame, b.last_frame) for b in tree] == [(0, 1), (2, 2), (2, 2), (0, 2)]
    assert [b.track_id for b in branches(lineage, max_rows=2)] == [4, 2, 9]
    assert [b.track_id for b in branches(lineage, max_rows=1)] == [7]
    assert branches(Lineage(), max_rows=9) == ()


def test_a_mother_that_lives_on_has_a_row_of_her_own() -> None:
    yeast = Lineage([1, 1, 1, 2, 2], [0, 1, 2, 1, 2], np.zeros((5, 2)), parents={2: 1})
    assert [(b.track_id, b.row) for b in branches(yeast, max_rows=2)] == [(1, 0.0), (2, 1.0)]


def test_a_deep_family_does_not_recurse() -> None:
    n = 3000
    lineage = Lineage(
        np.arange(1, n + 1), np.arange(n), np.zeros((n, 2)), parents={i + 1: i for i in range(1, n)}
    )
    assert len(branches(lineage, max_rows=1)) == n


def test_a_tree_is_drawn_in_time() -> None:
    _, _, lineage = movie()
    tree, place = branches(lineage, 9), TreePlace(top=10, left=5, row_px=8, frame_px=20, line_px=3)
    picture = drawn(np.zeros((60, 90, 3), np.uint8), tree_strokes(tree, place))
    assert picture[10 + 16, 30].tolist() == list(colour_of(7))
    assert picture[10 + 4, 10].tolist() == list(colour_of(4))
    assert not picture[10 + 4, 60].any()
    assert [word.text for word in tree_words(tree, place)] == ["2", "9", "7"]


def panel_has(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    distance = np.abs(picture.astype(int) - colour).sum(axis=2)
    return bool(distance.min() < 30)


def test_the_overview_shows_frames_and_tree() -> None:
    stack, masks, lineage = movie()
    picture = overview(stack, masks, lineage, panel_px=300)
    assert picture.dtype == np.uint8
    assert picture.shape == (2 * (180 + 24) + 3 * 8, 2 * 300 + 3 * 8, 3)
    first, tree = picture[32:212, 8:308], picture[244:424, 316:616]
    assert panel_has(first, colour_of(4)) and not panel_has(first, colour_of(9))
    assert panel_has(picture[244:424, 8:308], colour_of(9))
    assert panel_has(tree, colour_of(4)) and panel_has(tree, colour_of(9))


def test_the_overview_of_one_frame_without_a_cell() -> None:
    stack = Stack.from_array(
        np.zeros((1, 30, 50)), axes="TYX", pixel_size_um=0.5, frame_interval_s=30
    )
    masks = Masks.from_array(np.zeros((1, 30, 50), int))
    picture = overview(stack, masks, Lineage(), panel_px=300)
    assert picture.shape == (180 + 24 + 2 * 8, 2 * 300 + 3 * 8, 3)
    assert picture[32:212, 8:308].max() > 200  # the scale bar


def test_drawing_does_not_depend_on_the_order_of_ids() -> None:
    stack, masks, lineage = movie()
    again = overview(stack, masks, lineage, panel_px=200)
    np.testing.assert_array_equal(overview(stack, masks, lineage, panel_px=200), again)


def test_a_narrow_movie_leaves_room_for_the_tree() -> None:
    stack = Stack.from_array(np.zeros((2, 8, 200)), axes="TYX")
    masks = Masks.from_array(np.zeros((2, 8, 200), int))
    picture = overview(stack, masks, Lineage(), panel_px=300)
    assert picture.shape == (2 * (120 + 24) + 3 * 8, 2 * 300 + 3 * 8, 3)


def test_large_frames_are_traced_at_the_size_of_the_picture() -> None:
    labels_yx = np.zeros((400, 600), int)
    labels_yx[100:200, 200:400] = 2**40
    np.testing.assert_array_equal(sampled(labels_yx, (40, 60)), labels_yx[5::10, 5::10])
    look = FrameLook(scale=0.1, line_px=2, text_px=0)
    picture = frame_picture(np.zeros((400, 600, 1)), labels_yx, Lineage(), 0, look)
    assert picture[10, 30].tolist() == list(colour_of(2**40))
    assert not picture[15, 30].any()
