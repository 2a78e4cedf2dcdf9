"""What the widgets show, computed without Qt: table rows, plots, words."""

from __future__ import annotations

import time

import attrs
import numpy as np
import pandas as pd
import pytest

from napari_tracksam.look import Wish, look_of
from napari_tracksam.shown import words
from napari_tracksam.shown.acts import ALL
from napari_tracksam.shown.colours import description, scale_picture, scale_words, tree_colours
from napari_tracksam.shown.rows import Rows, meaning
from napari_tracksam.shown.series import distribution, numeric_columns, of_population, over_time
from napari_tracksam.shown.state import State
from napari_tracksam.tree.layout import tree_layout
from tracksam import Lineage, Stack
from tracksam.report.colours import track_colours


@pytest.fixture
def cells() -> pd.DataFrame:
    """Track 1 in frames 0, 1 and 3; track 5 in frames 0 and 1."""
    return pd.DataFrame(
        {
            "track_id": [1, 1, 1, 5, 5],
            "frame": [0, 1, 3, 0, 1],
            "time_min": [0.0, 2.5, 7.5, 0.0, 2.5],
            "y_px": [4.0, 5.0, 6.0, 20.25, 21.0],
            "x_px": [7.0, 8.0, 9.0, 30.5, 31.0],
            "area_px": [40, 30, 50, 20, 30],
            "touches_border": [False, False, True, False, False],
            "speed_px": [np.nan, 3.14159265, np.nan, 1.0, 2.0],
        }
    )


def test_fields_are_short_texts(cells: pd.DataFrame) -> None:
    rows = Rows.of(cells)
    assert len(rows) == 5
    assert [rows.text(2, c) for c in range(8)] == ["1", "3", "7.5", "6", "9", "50", "yes", ""]
    assert rows.text(1, 7) == "3.1416"
    assert (rows.cell(3), rows.yx(3)) == ((5, 0), (20.25, 30.5))
    assert len(Rows.of(None)) == 0


def test_rows_are_sorted_stably_and_missing_ones_come_last(cells: pd.DataFrame) -> None:
    rows = Rows.of(cells)
    area, speed = rows.names.index("area_px"), rows.names.index("speed_px")
    assert rows.sorted_by(area, is_descending=False).order.tolist() == [3, 1, 4, 0, 2]
    assert rows.sorted_by(area, is_descending=True).order.tolist() == [2, 0, 1, 4, 3]
    assert rows.sorted_by(speed, is_descending=False).order.tolist() == [3, 4, 1, 0, 2]
    assert rows.sorted_by(speed, is_descending=True).order.tolist() == [1, 4, 3, 0, 2]


def test_rows_are_filtered_and_found(cells: pd.DataFrame) -> None:
    rows = Rows.of(cells)
    assert rows.only(frozenset({5}), None).order.tolist() == [3, 4]
    assert rows.only(None, 1).order.tolist() == [1, 4]
    assert rows.only(frozenset(), None).order.tolist() == []
    assert rows.row_of(1, 3) == 2
    assert rows.row_of(1, 2) == 1
    assert rows.only(None, 1).row_of(5, 0) == 1
    assert rows.row_of(9, 0) is None
    assert Rows().row_of(1, 0) is None


def test_rows_are_copied_for_a_spreadsheet(cells: pd.DataFrame) -> None:
    text = Rows.of(cells[["track_id", "area_px"]]).only(frozenset({5}), None).tab_separated()
    assert text == "track_id\tarea_px\n5\t20\n5\t30"


def test_columns_are_explained() -> None:
    assert meaning("frame") == "Frame number, from 0. In frame."
    assert "channel" not in meaning("mean_0")
    assert meaning("of_somebody_else") == "of_somebody_else"


def test_thirty_thousand_rows_are_sorted_in_a_moment() -> None:
    n = 30_000
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"track_id": np.arange(n) // 100, "frame": np.arange(n) % 100})
    table["area_px"] = rng.random(n)
    start = time.perf_counter()
    rows = Rows.of(table).sorted_by(2, is_descending=True)
    assert rows.row_of(299, 99) is not None
    assert time.perf_counter() - start < 0.1
    assert (np.diff(table["area_px"].to_numpy()[rows.order]) <= 0).all()


def test_a_selected_track_lies_on_top_of_the_median(cells: pd.DataFrame) -> None:
    plot = over_time(cells, "area_px", [1])
    assert (plot.x_label, plot.y_label) == ("time (min)", "area_px")
    assert [line.name for line in plot.lines] == [
        "quartiles of all cells",
        "",
        "median of all cells",
        "track 1",
    ]
    median, track = plot.lines[2:]
    assert median.x.tolist() == [0, 2.5, 7.5]
    assert median.y.tolist() == [30, 30, 50]
    assert track.colour == tuple(track_colours(1)[0].tolist())
    np.testing.assert_array_equal(track.x, [0, 2.5, np.nan, 7.5])
    np.testing.assert_array_equal(track.y, [40, 30, np.nan, 50])


def test_too_many_tracks_are_told(cells: pd.DataFrame) -> None:
    assert over_time(cells, "area_px", range(1, 204)).note == "3 more tracks are not drawn."


def test_without_tables_there_is_a_note_instead_of_a_plot(cells: pd.DataFrame) -> None:
    for plot in (
        over_time(None, "area_px", [1]),
        over_time(cells, "nothing", [1]),
        of_population(None, "n_cells"),
        distribution(cells, "area_px", 2),
    ):
        assert plot.lines == ()
        assert plot.bars is None
        assert plot.note == "Nothing is measured yet: track first."


def test_the_population_is_one_line() -> None:
    frames = pd.DataFrame({"frame": [0, 1, 2], "n_cells": [3, 3, 4]})
    plot = of_population(frames, "n_cells")
    assert (plot.x_label, plot.y_label) == ("frame", "n_cells")
    assert plot.lines[0].y.tolist() == [3, 3, 4]


def test_a_distribution_counts_the_cells_of_a_frame(cells: pd.DataFrame) -> None:
    bars = distribution(cells, "area_px", 0).bars
    assert bars is not None
    assert bars.counts.tolist() == [1, 0, 0, 0, 1]
    assert (bars.edges[0], bars.edges[-1]) == (20, 40)
    every = distribution(cells, "area_px", None).bars
    assert every is not None
    assert every.counts.sum() == 5


def test_names_and_times_are_no_features(cells: pd.DataFrame) -> None:
    assert numeric_columns(cells) == ("y_px", "x_px", "area_px", "touches_border", "speed_px")
    assert numeric_columns(None) == ()


def test_the_tree_has_the_colours_of_the_viewer(cells: pd.DataFrame) -> None:
    pytest.importorskip("napari")
    lineage = Lineage(
        [1, 1, 1, 5, 5],
        [0, 1, 3, 0, 1],
        np.zeros((5, 2)),
        confidence=[1, 0.5, 0, 1, 1],
    )
    layout = tree_layout(lineage)
    look = look_of(lineage, cells, Wish(colour_by="confidence"), frame=0)
    sure = tree_colours(layout, lineage, look).colour_nc
    assert layout.track_id.tolist() == [1, 5]
    assert sure[0].tolist() == sure[4].tolist() == [253, 231, 37]
    assert sure[3].tolist() == [68, 1, 84]
    assert sure[2].tolist() == [128, 128, 128]
    assert scale_words(look) == ("confidence 0", "1")
    plain = look_of(lineage, cells, Wish(), frame=0)
    colours = tree_colours(layout, lineage, plain).colour_nc
    assert colours[0].tolist() == track_colours(1)[0].tolist()
    assert scale_words(plain) == ("", "")
    assert (scale_picture()[0, 0], scale_picture()[0, -1]) == (0xFF440154, 0xFFFDE725)


def test_the_pointer_is_told_what_is_known_of_a_cell(cells: pd.DataFrame) -> None:
    lineage = Lineage(
        [1, 1, 5, 5, 6],
        [0, 1, 2, 3, 2],
        np.zeros((5, 2)),
        confidence=[1, 0.756, 1, 1, 1],
        parents={5: 1, 6: 1},
    )
    assert description(lineage, cells, "area_px", (1, 1)).splitlines() == [
        "confidence 0.76",
        "mother of 5 and 6",
        "area_px 30",
    ]
    assert description(lineage, None, "track", (5, 9)) == "daughter of 1"


def test_durations_are_said_as_people_say_them() -> None:
    told = [words.duration(s) for s in (-1, 8.4, 59.9, 61, 1500, 3600, 4800)]
    assert told == ["0 s", "8 s", "60 s", "1 min", "25 min", "1 h", "1 h 20 min"]


def test_progress_and_selection_in_words() -> None:
    assert words.progress("tracking", 12, 48, 20.2) == "Tracking: 12 of 48 frames, 20 s left"
    assert words.progress("measuring", 0, 0, None) == "Measuring"
    assert words.selection(()) == "Nothing is selected: click a cell."
    assert words.selection((7,)) == "Track 7 is selected."
    many = words.selection(tuple(range(1, 9)))
    assert many == "Tracks 1, 2, 3, 4, 5, 6, ... are selected."
    told = words.doubts(3, 1, "track 4 ends, 21%")
    assert told == "Doubtful place 2 of 3: track 4 ends, 21%."
    assert [words.doubts(0, None), words.doubts(1, None), words.doubts(3, 1)] == [
        "No doubtful place.",
        "1 doubtful place.",
        "Doubtful place 2 of 3.",
    ]


def test_every_act_says_why_it_can_not_be_done() -> None:
    acts = {act.key: act for act in ALL}
    assert len(acts) == len(ALL)
    assert {act.problem(State()) for act in ALL} == {"Open a movie first."}
    ready = State(movie="m", has_tracks=True, selected=(3,), undo="Break track 3")
    assert acts["break"].problem(ready) == ""
    assert acts["undo"].problem(ready) == ""
    assert acts["redo"].problem(ready) == "Nothing to do again."
    assert acts["join"].problem(ready) == "Select two cells: click one, Shift-click the other."
    assert acts["track_marked"].problem(ready) == (
        "Mark a cell first: press Mark cells, and click it."
    )
    assert acts["cancel"].problem(ready) == "Nothing runs."
    both = attrs.evolve(ready, selected=(3, 5), is_running=True)
    assert acts["join"].problem(both) == "Wait until tracking has finished, or cancel it."
    assert acts["join"].problem(attrs.evolve(both, is_running=False)) == ""
    assert acts["break"].problem(attrs.evolve(both, is_running=False)) == (
        "Select one cell: click it."
    )
    assert acts["cancel"].problem(both) == ""


def test_a_movie_in_words() -> None:
    stack = Stack.from_array(np.zeros((4, 9, 7, 2)), "TYXC", name="wells")
    assert words.movie(stack) == "wells: 4 frames of 9 × 7 pixels, 2 channels"
    assert words.movie(None) == "No movie is open."
    assert words.calibration(stack) == "pixel size not known, interval not known"
    known = attrs.evolve(stack, pixel_size_um=0.65, frame_interval_s=600)
    assert words.calibration(known) == "0.65 µm a pixel, 10 min a frame"


def test_what_to_do_while_marking() -> None:
    on = State(movie="m", is_marking=True)
    ready = attrs.evolve(on, is_ready=True)
    marked = attrs.evolve(ready, n_pending=1)
    told = [words.marking(state) for state in (State(), on, ready, marked)]
    assert told == [
        "",
        "Looking at this frame; outlines appear in a moment.",
        "Click: belongs to the cell. Alt-click: does not.",
        "Nothing is found there: mark more of the cell, use Box or Brush, or press Reject.",
    ]
    assert words.marking(attrs.evolve(marked, has_outline=True)).startswith("Accept the outline")
    assert words.marking(attrs.evolve(marked, tool="brush")) == "Paint the cell."


def test_how_many_are_like_the_examples() -> None:
    assert words.examples(0, 0) == "Select a few cells that you want, and press Like these."
    assert words.examples(3, 1) == "3 wanted, 1 unwanted."
    told = [words.found(0, None, False), words.found(0, 3, True), words.found(2, 3, False)]
    assert told == ["", "Looking at this frame ...", "2 of 3 cells are likely enough."]
