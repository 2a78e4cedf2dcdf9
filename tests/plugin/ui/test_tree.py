"""The lineage tree as values: layout, view, colours, picture, figure."""

import time

import numpy as np
import pytest

from napari_tracksam.tree.colouring import MISSING, Strip, by_track, by_value
from napari_tracksam.tree.layout import TreeLayout, tree_layout
from napari_tracksam.tree.picture import frame_ticks, tree_picture, words
from napari_tracksam.tree.svg import Axis, tree_svg
from napari_tracksam.tree.view import Hit, TreeView, hit
from tracksam import Lineage
from tracksam.report.colours import track_colours

BLACK = (0, 0, 0)


@pytest.fixture
def lineage() -> Lineage:
    """Track 4 (frames 0-2) divides into 2 (3-6) and 9 (3-4); 7 (1-6) is alone."""
    track_id = [4] * 3 + [2] * 4 + [9] * 2 + [7] * 6
    frame = [0, 1, 2, 3, 4, 5, 6, 3, 4, 1, 2, 3, 4, 5, 6]
    return Lineage(track_id, frame, np.zeros((15, 2)), parents={2: 4, 9: 4})


@pytest.fixture
def layout(lineage: Lineage) -> TreeLayout:
    return tree_layout(lineage)


def test_the_layout_is_columns(layout: TreeLayout) -> None:
    assert layout.track_id.tolist() == [4, 2, 9, 7]
    assert layout.row.tolist() == [0.5, 0.0, 1.0, 2.0]
    assert layout.mother.tolist() == [-1, 0, 0, -1]
    assert layout.start.tolist() == [0, 3, 7, 9, 15]
    assert (layout.n_rows, layout.n_frames) == (3, 7)
    assert (layout.index(9), layout.index(5)) == (2, None)


def test_an_empty_lineage_is_an_empty_tree() -> None:
    layout = tree_layout(Lineage())
    assert (len(layout), layout.n_rows, layout.n_frames) == (0, 0, 0)
    view = TreeView(30, 20).fitted(layout)
    picture = tree_picture(layout, by_track(layout), view, (1, 2, 3))
    assert (picture == 0xFF010203).all()
    assert hit(layout, view, 5, 5) is None
    assert tree_svg(layout, by_track(layout), Axis()).startswith("<svg")


def test_thousands_of_tracks_take_a_moment() -> None:
    n, length = 5000, 20
    lineage = Lineage(
        np.repeat(np.arange(1, n + 1), length),
        np.tile(np.arange(length), n),
        np.zeros((n * length, 2)),
    )
    start = time.perf_counter()
    layout = tree_layout(lineage)
    assert time.perf_counter() - start < 1
    assert layout.n_rows == n


def test_cells_have_places_in_the_strip(layout: TreeLayout) -> None:
    track_id, frame = np.array([9, 4, 9, 5, 7]), np.array([4, 0, 5, 0, 6])
    assert layout.strip_places(track_id, frame).tolist() == [8, 0, -1, -1, 14]


def test_colours_of_cells_fill_the_strip(layout: TreeLayout) -> None:
    red = np.array([[255, 0, 0]], np.uint8)
    strip = by_value(layout, np.array([2]), np.array([3]), red)
    assert strip.colour_nc[3].tolist() == [255, 0, 0]
    assert (strip.colour_nc[np.arange(15) != 3] == MISSING).all()
    assert strip.link_nc.tolist() == [[*MISSING], [255, 0, 0], [*MISSING], [*MISSING]]


def test_what_is_not_selected_fades(layout: TreeLayout) -> None:
    strip = by_track(layout)
    faded = strip.emphasised(layout, frozenset({2}), (100, 100, 100))
    assert (faded.colour_nc[3:7] == strip.colour_nc[3:7]).all()
    expected = np.rint(0.28 * strip.colour_nc[0] + 0.72 * 100)
    assert faded.colour_nc[0].tolist() == expected.tolist()
    assert strip.emphasised(layout, frozenset(), BLACK) is strip


def drawn(layout: TreeLayout, strip: Strip | None = None) -> np.ndarray:
    """Ten pixels a frame, ten a row, the first row at y = 5."""
    view = TreeView(80, 40, left=0, top=-0.5, frame_px=10, row_px=10)
    packed = tree_picture(layout, strip or by_track(layout), view, BLACK)
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1)


def test_bars_lie_where_their_frames_are(layout: TreeLayout) -> None:
    picture = drawn(layout)
    colour = {i: track_colours(i)[0].tolist() for i in layout.track_id.tolist()}
    assert picture[10, 15].tolist() == colour[4]
    assert picture[5, 30].tolist() == colour[2]
    assert picture[5, 69].tolist() == colour[2]
    assert picture[5, 70].tolist() == [0, 0, 0]
    assert picture[15, 49].tolist() == colour[9]
    assert picture[15, 50].tolist() == [0, 0, 0]
    assert picture[25, 9].tolist() == [0, 0, 0]
    assert picture[25, 10].tolist() == colour[7]


def test_a_link_joins_mother_and_daughter(layout: TreeLayout) -> None:
    picture = drawn(layout)
    colour = {i: track_colours(i)[0].tolist() for i in layout.track_id.tolist()}
    assert picture[13, 30].tolist() == colour[9]
    assert picture[8, 30].tolist() == colour[2]
    assert picture[20, 30].tolist() == [0, 0, 0]


def test_each_frame_of_a_bar_has_its_own_colour(layout: TreeLayout) -> None:
    colours = np.zeros((15, 3), np.uint8)
    colours[9:15, 0] = np.arange(10, 70, 10)
    picture = drawn(layout, Strip(colours, np.zeros((4, 3), np.uint8)))
    assert picture[25, 10:70:10, 0].tolist() == [10, 20, 30, 40, 50, 60]
    assert picture[25, 19, 0] == 10


def test_zoom_keeps_the_place_under_the_pointer(layout: TreeLayout) -> None:
    view = TreeView(300, 200).fitted(layout)
    zoomed = view.zoomed(2, 1.5, 120, 80)
    assert zoomed.frame_at(120) == pytest.approx(view.frame_at(120))
    assert zoomed.row_at(80) == pytest.approx(view.row_at(80))
    assert zoomed.frame_px == pytest.approx(2 * view.frame_px)
    assert view.panned(30, -20).x(2) == pytest.approx(view.x(2) + 30)


def test_the_whole_tree_fits(layout: TreeLayout) -> None:
    view = TreeView(300, 200).fitted(layout)
    assert view.x(0) > 0
    assert view.x(7) < 300
    assert view.y(-0.5) > 0
    assert view.y(2.5) < 200


def test_a_track_out_of_sight_is_brought_into_sight(layout: TreeLayout) -> None:
    view = TreeView(300, 100, top=200, frame_px=10, row_px=10)
    assert 0 < view.with_track(layout, 7).y(2.0) < 100
    assert view.with_track(layout, 5) is view
    seen = view.with_track(layout, 7)
    assert seen.with_track(layout, 7).top == pytest.approx(seen.top)


def test_the_pointer_finds_track_and_frame(layout: TreeLayout) -> None:
    view = TreeView(80, 40, left=0, top=-0.5, frame_px=10, row_px=10)
    assert hit(layout, view, 45, 6) == Hit(2, 4)
    assert hit(layout, view, 45, 15) == Hit(9, 4)
    assert hit(layout, view, 53, 15) == Hit(9, 4)
    assert hit(layout, view, 65, 15) is None
    assert hit(layout, view, 5, 25) == Hit(7, 1)


def test_ids_stand_where_there_is_room(layout: TreeLayout) -> None:
    view = TreeView(400, 100, left=0, top=-0.5, frame_px=20, row_px=16)
    texts = {word.text: (word.x, word.y) for word in words(layout, view)}
    assert texts["9"] == (5 * 20 + 4, 24)
    assert texts["4"][0] == 4
    assert texts["4"][1] < 16
    assert list(words(layout, view.zoomed(1, 0.5, 0, 0))) == []


def test_ticks_are_round_and_apart() -> None:
    assert frame_ticks(TreeView(300, 10, left=0, frame_px=10), 100) == (0, 10, 20, 30)
    assert frame_ticks(TreeView(300, 10, left=12.5, frame_px=20), 22) == (15, 20)
    assert frame_ticks(TreeView(300, 10, left=0, frame_px=0.1), 10_000) == (0, 1000, 2000, 3000)


def test_the_figure_has_bars_links_and_axis(layout: TreeLayout) -> None:
    svg = tree_svg(layout, by_track(layout), Axis("h", 0.25))
    assert svg.count("<path") == 4 + 2 + 1 + len([0, 1, 2, 3, 4, 5, 6])
    assert ">9</text>" in svg
    assert ">1.5</text>" in svg
    assert ">h</text>" in svg
    red, green, blue = track_colours([7])[0]
    assert f'stroke="#{red:02x}{green:02x}{blue:02x}"' in svg


def test_the_figure_tells_runs_of_one_colour(layout: TreeLayout) -> None:
    colours = np.zeros((15, 3), np.uint8)
    colours[11:] = 200
    svg = tree_svg(layout, Strip(colours, np.zeros((4, 3), np.uint8)), Axis())
    assert svg.count('stroke="#c8c8c8"') == 1
