"""The tables of tracks, frames, families and the movie."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tracksam.columns import (
    CELL_COLUMNS,
    FAMILY_COLUMNS,
    FRAME_COLUMNS,
    LAG_COLUMNS,
    MOVIE_COLUMNS,
    TRACK_COLUMNS,
    Calibration,
    present,
)
from tracksam.errors import InvalidInputError
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.tables import all_tables
from tracksam.simulate import MovieSettings, movie, situation
from tracksam.stack import Stack
from tracksam.steps.measure import cell_table, lineage_of, measure, measure_frame, track_table
from tracksam.steps.measuring.lags import MAX_LAG, LagSums, lag_table, squared_displacements
from tracksam.steps.measuring.population import family_table, frame_table, movie_table
from tracksam.steps.measuring.tracks import read_by_tracks
from tracksam.steps.measuring.wide import wide_table

CALIBRATED = Calibration(pixel_size_um=0.5, frame_interval_s=120)


def squares(*rows: tuple[int, int, int, int], n_frames: int = 8) -> NDArray[np.int64]:
    """Return masks: (track, frame, side, column) puts a square of that side at that column."""
    labels_tyx = np.zeros((n_frames, 30, 50), int)
    for track_id, frame, side, x in rows:
        labels_tyx[frame, 5 : 5 + side, x : x + side] = track_id
    return labels_tyx


def family() -> tuple[NDArray[np.int64], dict[int, int]]:
    """Return mother 1, daughters 2 and 3 (2 divides into 4 and 5), and 6, which dies."""
    rows = [(1, 0, 6, 10), (1, 1, 6, 10)]
    rows += [(2, t, 6, 10) for t in (2, 3, 4)] + [(3, t, 4, 20) for t in range(2, 8)]
    rows += [(4, t, 3, 10) for t in (5, 6, 7)] + [(5, t, 3, 14) for t in (5, 6, 7)]
    rows += [(6, t, 8, 30) for t in range(4)] + [(6, 4, 4, 30)]
    return squares(*rows), {2: 1, 3: 1, 4: 2, 5: 2}


def tables_of(labels_tyx: NDArray[np.int64], parents: dict[int, int]):  # type: ignore[no-untyped-def]
    frames = [measure_frame(y, None, t, None, CALIBRATED) for t, y in enumerate(labels_tyx)]
    bare = lineage_of(frames)
    lineage = Lineage(bare.track_id, bare.frame, bare.yx, parents=parents)
    masks = Masks.from_array(labels_tyx)
    return lineage, measure(masks, lineage=lineage, calibration=CALIBRATED)


def test_fates_cycles_and_asymmetry() -> None:
    _, tables = tables_of(*family())
    tracks = tables.tracks.set_index("track_id")
    assert tracks["fate"].to_dict() == {
        1: "divided",
        2: "divided",
        3: "end of movie",
        4: "end of movie",
        5: "end of movie",
        6: "died",
    }
    np.testing.assert_array_equal(tracks["cycle_frames"], [np.nan, 3, *[np.nan] * 4])
    np.testing.assert_array_equal(tracks["cycle_min"], [np.nan, 6, *[np.nan] * 4])
    asymmetry = (36 - 16) / (36 + 16)
    np.testing.assert_allclose(
        tracks["birth_asymmetry"], [np.nan, asymmetry, -asymmetry, 0, 0, np.nan]
    )
    assert tracks.loc[6, "mean_area_px"] == pytest.approx((4 * 64 + 16) / 5)


def test_a_track_that_shrinks_little_or_late_is_lost_or_still_there() -> None:
    rows = [(1, t, 8, 5) for t in range(4)] + [(1, 4, 7, 5)]
    rows += [(2, t, 8, 20) for t in range(7)] + [(2, 7, 3, 20)]
    rows += [(3, t, 8, 35) for t in range(2)] + [(3, 2, 3, 35)]
    rows += [(4, t, 2, 44) for t in range(3)] + [(4, 3, 1, 44)]
    _, tables = tables_of(squares(*rows), {})
    assert tables.tracks["fate"].tolist() == ["lost", "end of movie", "lost", "died"]


def test_slopes_are_per_frame_and_per_minute_across_gaps() -> None:
    image_tyx = np.arange(8).reshape(-1, 1, 1) * np.full((8, 30, 50), 3)
    rows = [(1, t, 4, 5) for t in (0, 1, 4, 7)]
    masks = Masks.from_array(squares(*rows))
    stack = Stack.from_array(image_tyx, axes="TYX", pixel_size_um=0.5, frame_interval_s=120)
    tracks = measure(masks, stack).tracks
    assert tracks["mean_intensity_c0"].tolist() == [9]
    assert tracks["intensity_slope_per_frame_c0"].tolist() == [3]
    assert tracks["intensity_slope_per_min_c0"].tolist() == [1.5]
    assert tracks["area_slope_um2_per_min"].tolist() == [0]


def test_interpolated_rows_are_left_out_of_means() -> None:
    labels_tyx = squares((1, 0, 4, 5), (1, 1, 8, 5), (1, 2, 4, 5))
    lineage = Lineage([1] * 3, [0, 1, 2], [[7, 7]] * 3, is_interpolated=[False, True, False])
    tracks = measure(Masks.from_array(labels_tyx), lineage=lineage).tracks
    assert tracks["mean_area_px"].tolist() == [16]


def test_every_declared_column_is_filled() -> None:
    labels_tyx, _ = family()
    stack = Stack.from_array(
        np.random.default_rng(0).random((8, 30, 50, 2)),
        axes="TYXC",
        pixel_size_um=0.5,
        frame_interval_s=120,
    )
    tables = measure(Masks.from_array(labels_tyx), stack)
    unknown = {"kind", "kind_probability"}  # they come from examples or words
    for table, columns in ((tables.cells, CELL_COLUMNS), (tables.tracks, TRACK_COLUMNS)):
        declared = [c.name for c in present(columns, CALIBRATED, 2)]
        assert list(table) == [name for name in declared if name not in unknown]


def test_tracks_need_only_some_columns() -> None:
    labels_tyx, parents = family()
    lineage, tables = tables_of(labels_tyx, parents)
    names = read_by_tracks(tables.cells)
    assert names == ["track_id", "frame", "touches_border", "area_px", "eccentricity"]
    shuffled = tables.cells[names].sample(frac=1, random_state=0)
    again = track_table(lineage, shuffled, 8, CALIBRATED)
    assert again.equals(tables.tracks)
    few = track_table(lineage, tables.cells[["track_id", "frame"]], 8)
    assert few["fate"].tolist()[-1] == "lost"
    assert "mean_area_px" not in few and "path_px" in few
    none = track_table(lineage, pd.DataFrame(), 8)
    assert none["track_id"].tolist() == few["track_id"].tolist()


def test_masks_and_movie_must_fit() -> None:
    masks = Masks.from_array(np.zeros((3, 30, 50), int))
    stack = Stack.from_array(np.zeros((3, 50, 30)), axes="TYX")
    with pytest.raises(InvalidInputError, match=r"3 frames of \(30, 50\) pixels need a movie"):
        measure(masks, stack)


def test_a_track_without_a_mask_has_a_row_too() -> None:
    lineage = Lineage([1, 2], [0, 0], [[7, 7], [9, 9]])
    cells = cell_table([measure_frame(squares((1, 0, 4, 5))[0], None, 0)], lineage)
    tracks = track_table(lineage, cells, n_frames=1)
    np.testing.assert_array_equal(tracks["mean_area_px"], [16, np.nan])


def test_frames_families_and_the_movie() -> None:
    lineage, tables = tables_of(*family())
    frames = frame_table(tables, 8, (30, 50), CALIBRATED)
    assert list(frames) == [c.name for c in present(FRAME_COLUMNS, CALIBRATED)]
    assert frames["n_cells"].tolist() == [2, 2, 3, 3, 3, 3, 3, 3]
    assert frames["n_divisions"].tolist() == [0, 0, 1, 0, 0, 1, 0, 0]
    assert frames["n_ended"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert frames["n_new"].tolist() == [0] * 8
    assert frames["time_min"].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert frames["confluence"][0] == pytest.approx((36 + 64) / 1500)

    families = family_table(lineage, tables.tracks, 8)
    assert list(families) == [c.name for c in FAMILY_COLUMNS]
    assert families.to_numpy().tolist() == [[1, 5, 2, 3, 0, 7, 3], [6, 1, 0, 1, 0, 4, 0]]

    movie = movie_table(frames, tables.tracks, CALIBRATED)
    assert list(movie) == [c.name for c in present(MOVIE_COLUMNS, CALIBRATED)]
    row = movie.iloc[0]
    assert (row["n_tracks"], row["n_families"], row["n_divisions"]) == (6, 2, 2)
    assert row["division_rate_per_frame"] == pytest.approx(2 / 19)
    assert row["division_rate_per_min"] == pytest.approx(2 / 19 / 2)
    assert row["median_cycle_min"] == 6


def test_a_row_for_each_track_and_lag() -> None:
    lineage = Lineage([1, 1, 1, 4], [0, 1, 3, 2], [[0, 0], [0, 1], [0, 3], [5, 5]])
    lags = lag_table(lineage, CALIBRATED)
    assert list(lags) == [c.name for c in present(LAG_COLUMNS, CALIBRATED)]
    assert lags["track_id"].tolist() == [1, 1, 1]
    assert lags["lag_frames"].tolist() == [1, 2, 3]
    assert lags["lag_min"].tolist() == [2, 4, 6]
    assert lags["n_pairs"].tolist() == [1, 1, 1]
    assert lags["msd_px2"].tolist() == [1, 4, 9]
    assert lags["msd_um2"].tolist() == [size**2 / 4 for size in (1, 2, 3)]
    np.testing.assert_array_equal(lags["direction_correlation"], [np.nan] * 3)  # a gap: no turn
    assert len(lag_table(Lineage())) == 0


def test_new_tracks_are_counted_where_they_begin() -> None:
    _, tables = tables_of(squares((1, 0, 4, 5), (2, 3, 4, 20), (3, 3, 4, 30)), {})
    frames = frame_table(tables, 8, (30, 50))
    assert frames["n_new"].tolist() == [0, 0, 0, 2, 0, 0, 0, 0]
    np.testing.assert_array_equal(frames["mean_confidence"][:4], [1, np.nan, np.nan, 1])


def test_a_population_that_doubles_every_two_frames() -> None:
    rows = [(100 * t + i, t, 1, i) for t in range(7) for i in range(1, round(2 ** (t / 2) * 4) + 1)]
    _, tables = tables_of(squares(*rows), {})
    frames = frame_table(tables, 7, (30, 50), CALIBRATED)
    movie = movie_table(frames, tables.tracks, CALIBRATED)
    assert movie["doubling_time_frames"][0] == pytest.approx(2, rel=0.03)
    assert movie["doubling_time_min"][0] == pytest.approx(4, rel=0.03)


def test_a_movie_without_cells() -> None:
    lineage, tables = tables_of(np.zeros((3, 5, 7), int), {})
    frames = frame_table(tables, 3, (5, 7))
    assert frames["n_cells"].tolist() == [0, 0, 0]
    assert len(family_table(lineage, tables.tracks, 3)) == 0
    movie = movie_table(frames, tables.tracks)
    assert movie["n_tracks"].tolist() == [0]
    assert np.isnan(movie["doubling_time_frames"][0])
    assert np.isnan(movie["division_rate_per_frame"][0])


def test_a_wide_table_has_a_column_for_each_track() -> None:
    _, tables = tables_of(*family())
    wide = wide_table(tables.cells, "area_px")
    assert list(wide) == ["frame", *(f"track_{i}" for i in range(1, 7))]
    assert wide["frame"].tolist() == list(range(8))
    np.testing.assert_array_equal(wide["track_6"], [64] * 4 + [16] + [np.nan] * 3)
    with pytest.raises(InvalidInputError, match=r"has no measure area_pix; did you mean area_px\?"):
        wide_table(tables.cells, "area_pix")
    assert wide_table(tables.cells[:0], "area_px").shape == (0, 1)


def test_simulated_deaths_are_told_from_losses() -> None:
    settings = MovieSettings(
        n_frames=24, n_cells=12, death_rate=0.08, division_rate=0.0, open_borders=False, seed=2
    )
    made = movie(settings)
    fates = measure(made.masks, lineage=made.lineage).tracks["fate"]
    assert (fates == "died").sum() >= 3
    assert set(fates) == {"died", "end of movie"}
    # The same cells, lost before they shrink: nothing tells that they died.
    end = {i: int(made.lineage.frame[made.lineage.rows(i)][-1]) for i in made.lineage.track_ids}
    kept = np.array(
        [f <= end[i] - 6 for i, f in zip(made.lineage.track_id, made.lineage.frame, strict=True)]
    )
    cut = Lineage(made.lineage.track_id[kept], made.lineage.frame[kept], made.lineage.yx[kept])
    cells = measure(made.masks).cells
    rows = cells.merge(pd.DataFrame({"track_id": cut.track_id, "frame": cut.frame}))
    assert set(track_table(cut, rows, n_frames=24)["fate"]) <= {"lost", "left"}


def test_all_tables_at_once() -> None:
    labels_tyx, parents = family()
    lineage, tables = tables_of(labels_tyx, parents)
    masks = Masks.from_array(labels_tyx)
    found = all_tables(masks, None, lineage, CALIBRATED)
    assert list(found) == ["cells", "tracks", "frames", "families", "lags", "movie"]
    assert found["cells"].equals(tables.cells)
    assert len(found["frames"]) == 8 and len(found["families"]) == 2
    stack = Stack.from_array(labels_tyx, axes="TYX", pixel_size_um=2)
    measured = all_tables(masks, stack, lineage, CALIBRATED)["cells"]
    assert measured["area_um2"][0] == 4 * measured["area_px"][0]
    assert "mean_c0" in measured


def test_displacements_are_squared_once_for_all_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    made = situation("dividing")
    asked: list[int] = []

    def counted(lineage: Lineage, max_lag: int = MAX_LAG) -> LagSums:
        asked.append(max_lag)
        return squared_displacements(lineage, max_lag)

    for module in ("steps.motility", "steps.measuring.lags", "report.tables"):
        name = f"tracksam.{module}.squared_displacements"
        monkeypatch.setattr(name, counted, raising=False)
    found = all_tables(made.masks, made.stack, made.lineage, Calibration())
    assert asked == [MAX_LAG]
    monkeypatch.undo()
    apart = measure(made.masks, made.stack, made.lineage)
    pd.testing.assert_frame_equal(found["tracks"], apart.tracks, check_exact=True)
    pd.testing.assert_frame_equal(found["cells"], apart.cells, check_exact=True)
    lags = lag_table(made.lineage, Calibration.of(made.stack))
    pd.testing.assert_frame_equal(found["lags"], lags, check_exact=True)
