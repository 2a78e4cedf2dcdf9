"""Tracking some frames again: what a person did stays, everything else is found anew."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import tracksam
from tracksam import Curation, Order, edit
from tracksam.errors import CancelledError, InvalidInputError
from tracksam.pipeline.remeasure import Remeasure
from tracksam.prompts import Marks, Prompts
from tracksam.settings import Settings
from tracksam.simulate import situation
from tracksam.simulate.movie import SimulatedMovie
from tracksam.steps.measure import measure


@pytest.fixture(scope="module")
def movie() -> SimulatedMovie:
    return situation("dividing")


@pytest.fixture(scope="module")
def tracked(movie: SimulatedMovie) -> Curation:
    empty = Curation.empty(movie.stack.n_frames, movie.stack.shape_yx)
    return empty.after(tracksam.retrack(movie.stack, empty))


def assert_fitting(curation: Curation) -> None:
    for frame, labels_yx in enumerate(curation.masks):
        rows = curation.lineage.track_id[curation.lineage.frame == frame]
        assert sorted(rows.tolist()) == np.unique(labels_yx[labels_yx > 0]).tolist()


def test_from_nothing_it_is_a_run(movie: SimulatedMovie, tracked: Curation) -> None:
    run = tracksam.track(movie.stack)
    assert np.array_equal(tracked.masks.to_array(), run.masks.to_array())
    np.testing.assert_array_equal(tracked.lineage.track_id, run.lineage.track_id)
    np.testing.assert_array_equal(tracked.lineage.confidence, run.lineage.confidence)
    np.testing.assert_array_equal(tracked.lineage.mask_confidence, run.lineage.mask_confidence)
    assert (run.lineage.mask_confidence < 1).any()
    np.testing.assert_allclose(tracked.lineage.yx, run.lineage.yx)
    assert tracked.lineage.parents == run.lineage.parents
    assert_fitting(tracked)


def test_again_from_a_right_frame_changes_no_mask(movie: SimulatedMovie, tracked: Curation) -> None:
    order = Order("Again", range(3, 12), hold_first=True)
    change = tracksam.retrack(movie.stack, tracked, order)
    after = tracked.after(change)
    assert change.name == "Again"
    assert np.array_equal(after.masks.to_array(), tracked.masks.to_array())
    assert after.lineage.parents == tracked.lineage.parents
    before_4 = tracked.lineage.frame < 4
    for name in ("confidence", "mask_confidence"):  # frame 3 is held
        of_after, of_tracked = (getattr(of.lineage, name)[before_4] for of in (after, tracked))
        assert np.array_equal(of_after, of_tracked, equal_nan=True), name


def test_a_broken_track_goes_on_under_its_id(movie: SimulatedMovie, tracked: Curation) -> None:
    track_id = int(tracked.lineage.track_ids[1])
    broken = tracked.after(edit.break_track(tracked, track_id, 4))
    assert broken.lineage.parents != tracked.lineage.parents or broken.lineage != tracked.lineage
    order = Order(frames=range(3, 12), hold_first=True)
    after = broken.after(tracksam.retrack(movie.stack, broken, order))
    rows = after.lineage.rows(track_id)
    assert np.array_equal(
        after.lineage.frame[rows], tracked.lineage.frame[tracked.lineage.rows(track_id)]
    )
    assert_fitting(after)


def test_a_corrected_mask_is_followed(movie: SimulatedMovie, tracked: Curation) -> None:
    """A deleted cell that a person draws again in one frame is found in the frames after it."""
    track_id = int(tracked.lineage.track_ids[0])
    mask_yx = tracked.masks.frame(2) == track_id
    gone = tracked.after(edit.delete(tracked, tracked.lineage.descendants([track_id])))
    drawn = gone.after(edit.make_new(gone, 2, mask_yx))
    new = int(drawn.lineage.track_ids.max())
    order = Order(frames=range(2, 12), hold_first=True)
    after = drawn.after(tracksam.retrack(movie.stack, drawn, order))
    assert after.lineage.frame[after.lineage.rows(new)][0] == 2
    assert np.array_equal(after.masks.frame(2) == new, mask_yx)
    seen = after.lineage.frame[
        np.isin(after.lineage.track_id, list(after.lineage.descendants(new)))
    ]
    assert set(seen.tolist()) == set(range(2, 12))


def test_confirmed_tracks_stay_in_every_frame(movie: SimulatedMovie, tracked: Curation) -> None:
    """Also where a person said what the program would never find."""
    mother = min(tracked.lineage.parents.values())
    wrong = tracked.after(edit.unmark_division(tracked, mother))
    sure = wrong.after(edit.confirm(wrong, [mother]))
    fake = np.zeros(movie.stack.shape_yx, bool)
    fake[:4, :5] = True
    last = int(sure.lineage.frame[sure.lineage.rows(mother)][-1])
    sure = sure.after(edit.repaint(sure, mother, last, fake))
    after = sure.after(tracksam.retrack(movie.stack, sure))
    rows, old = after.lineage.rows(mother), sure.lineage.rows(mother)
    assert np.array_equal(after.lineage.yx[rows], sure.lineage.yx[old])
    assert np.array_equal(after.lineage.frame[rows], sure.lineage.frame[old])
    assert np.array_equal(after.masks.frame(last) == mother, fake)
    assert mother in after.confirmed
    assert_fitting(after)


def test_frames_outside_are_left_alone(movie: SimulatedMovie, tracked: Curation) -> None:
    change = tracksam.retrack(movie.stack, tracked, Order(frames=range(4, 8)))
    after = tracked.after(change)
    for frame in (0, 3):
        assert np.array_equal(after.masks.frame(frame), tracked.masks.frame(frame))
    for frame in (8, 11):
        assert np.array_equal(after.masks.frame(frame) > 0, tracked.masks.frame(frame) > 0)
    assert_fitting(after)
    # What goes on after the last frame bears the name of the cell in it.
    for track_id in np.unique(after.masks.frame(7)).tolist()[1:]:
        here, later = after.masks.frame(7) == track_id, after.masks.frame(8) == track_id
        assert (here & later).any() or after.lineage.daughters(track_id)
    assert tracked.after(change).after(change.inverse()).lineage == tracked.lineage


def test_only_what_is_held_is_followed(movie: SimulatedMovie) -> None:
    y, x = movie.lineage.yx[movie.lineage.rows(2)][0].tolist()
    empty = Curation.empty(movie.stack.n_frames, movie.stack.shape_yx)
    marks = Marks(Prompts([5], [0], [[y, x]]))
    mask_yx = movie.masks.frame(0) == 2
    drawn = edit.Drawn(0, edit.one(mask_yx, 5))
    marked = empty.after(edit.draw(empty, drawn, "Mark", marks))
    follow = Settings(mode="follow")
    after = marked.after(tracksam.retrack(movie.stack, marked, settings=follow))
    assert set(after.lineage.track_ids.tolist()) == after.lineage.descendants(5)
    assert np.array_equal(after.masks.frame(0) == 5, mask_yx)
    assert set(after.lineage.frame.tolist()) == set(range(12))
    with pytest.raises(InvalidInputError, match="to follow cells, mark at least one"):
        tracksam.retrack(movie.stack, empty, settings=follow)


def test_kept_candidates_are_linked_without_the_movie(
    movie: SimulatedMovie, tracked: Curation, tmp_path: Path
) -> None:
    frames: list[int] = []

    def seen(frame: int, labels_yx: np.ndarray) -> None:
        frames.append(frame)

    empty = Curation.empty(movie.stack.n_frames, movie.stack.shape_yx)
    order = Order(candidates=tmp_path, seen=seen)
    first = empty.after(tracksam.retrack(movie.stack, empty, order))
    assert sorted(set(frames)) == list(range(12))
    assert len(list(tmp_path.glob("candidates*.npz"))) == 12
    black = attrs.evolve(
        movie.stack,
        source=tracksam.Stack.from_array(np.zeros(movie.stack.shape_tyxc, np.uint8), "TYXC").source,
    )
    broken = first.after(edit.break_track(first, int(first.lineage.track_ids[1]), 4))
    again = attrs.evolve(order, frames=range(3, 12), hold_first=True)
    after = broken.after(tracksam.retrack(black, broken, again))
    assert np.array_equal(after.masks.to_array(), tracked.masks.to_array())
    # Other settings need the movie again.
    other = Settings().changed({"segment": {"min_score": 0.2}})
    dark = tracksam.retrack(black, broken, again, settings=other)
    assert not broken.after(dark).masks.frame(8).any()


def test_stopped_it_keeps_the_frames_so_far(movie: SimulatedMovie) -> None:
    empty = Curation.empty(movie.stack.n_frames, movie.stack.shape_yx)
    order = Order(progress=lambda p: p.stage == "tracking" and p.done == 5)
    after = empty.after(tracksam.retrack(movie.stack, empty, order))
    assert sorted(set(after.lineage.frame.tolist())) == list(range(5))
    at_once = Order(progress=lambda p: True)
    with pytest.raises(CancelledError, match="nothing is changed"):
        y, x = movie.lineage.yx[movie.lineage.rows(2)][5].tolist()
        mask_yx = movie.masks.frame(5) == 2
        marks = Marks(Prompts([1], [5], [[y, x]]))
        marked = empty.after(edit.draw(empty, edit.Drawn(5, edit.one(mask_yx, 1)), "m", marks))
        tracksam.retrack(movie.stack, marked, at_once, settings=Settings(mode="follow"))


@pytest.mark.parametrize("frames", [range(0), range(0, 12, 2), range(5, 13), range(-1, 3)])
def test_impossible_frames_are_refused(
    movie: SimulatedMovie, tracked: Curation, frames: range
) -> None:
    with pytest.raises(InvalidInputError, match=r"must follow one another and lie in 0 to 11; got"):
        tracksam.retrack(movie.stack, tracked, Order(frames=frames))


def test_masks_of_another_movie_are_refused(movie: SimulatedMovie) -> None:
    with pytest.raises(InvalidInputError, match=r"\(3, 4, 5\), but the movie has \(12, 96, 128\)"):
        tracksam.retrack(movie.stack, Curation.empty(3, (4, 5)))


def test_only_what_changed_is_measured_again(movie: SimulatedMovie, tracked: Curation) -> None:
    from tracksam.columns import Calibration

    kept = Remeasure(movie.stack, Calibration.of(movie.stack))
    assert list(kept.waiting(tracked)) == list(range(12))
    state = tracked
    mask_yx = np.zeros(movie.stack.shape_yx, bool)
    mask_yx[:5, :6] = True
    for act, frames in (
        (lambda s: edit.break_track(s, 2, 3), []),
        (lambda s: edit.make_new(s, 6, mask_yx), [6]),
        (lambda s: edit.delete(s, [2]), [0, 1, 2]),
    ):
        change = act(state)
        state = state.after(change)
        kept.forget(change)
        assert list(kept.waiting(state)) == frames
        tables, _ = kept.tables(state)
        expected = measure(state.masks, movie.stack, state.lineage)
        pd.testing.assert_frame_equal(tables.cells, expected.cells)
        pd.testing.assert_frame_equal(tables.tracks, expected.tracks)
