"""Tracking in the background."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_tracksam.session import Session, session_of
from napari_tracksam.shown.acts import ALL
from napari_tracksam.shown.state import state_of
from napari_tracksam.tracking import TrackPlan, TrackStatus
from tracksam.errors import InvalidInputError, SettingsError
from tracksam.settings import LinkSettings
from tracksam.simulate.movie import SimulatedMovie


def test_everything_is_tracked_as_one_step(session: Session, dividing: SimulatedMovie) -> None:
    seen: list[TrackStatus] = []
    drafts: list[int] = []
    session.events.progress.connect(
        lambda status: (seen.append(status), drafts.append(session.layers.shown.n_drafts))
    )
    session.go_to(0)
    session.tracking.set_plan(mode="all")
    session.tracking.start()
    assert session.tracking.is_running
    session.wait()
    assert not session.tracking.is_running
    lineage = session.project.curation.lineage
    assert [step.name for step in session.editing.history] == ["Track frames 0 to 11"]
    assert len(lineage.parents) == len(dividing.lineage.parents) == 4
    assert lineage.n_tracks == dividing.lineage.n_tracks
    assert {status.stage for status in seen} >= {"starting", "tracking"}
    assert [s.done for s in seen if s.stage == "tracking"] == list(range(1, 13))
    assert seen[6].seconds_left > 0
    assert seen[-1] == TrackStatus()
    assert max(drafts) > 0
    assert session.layers.shown.n_drafts == 0
    assert session.layers.tracks.data.shape == (len(lineage), 4)
    assert (session.layers.labels.data[11] > 0).any()
    session.editing.undo()
    assert not len(session.project.curation.lineage)


def test_while_tracking_nothing_else_is_edited(filled: Session) -> None:
    filled.tracking.start()
    with pytest.raises(InvalidInputError, match="tracking runs; wait until it has finished"):
        filled.editing.delete([1])
    with pytest.raises(InvalidInputError, match="tracking runs already"):
        filled.tracking.start()
    filled.tracking.cancel()
    filled.wait()
    assert not filled.tracking.is_running
    filled.editing.delete([1])


def test_the_worker_touches_no_layer(session: Session) -> None:
    threads = set()
    session.layers.labels.events.colormap.connect(
        lambda event: threads.add(threading.current_thread().name)
    )
    session.tracking.set_plan(mode="all")
    session.tracking.start()
    session.wait()
    assert threads == {"MainThread"}


def test_what_was_tracked_before_a_cancel_is_kept(session: Session) -> None:
    session.events.progress.connect(
        lambda status: session.tracking.cancel() if status.done == 2 else None
    )
    session.tracking.set_plan(mode="all")
    session.tracking.start()
    session.wait()
    (step,) = session.editing.history
    assert step.name == "Track frames 0 to 11"
    frames = session.project.curation.lineage.frame
    assert frames.min() == 0
    assert 1 <= frames.max() < 11


def test_to_follow_something_has_to_be_marked(session: Session) -> None:
    news = []
    session.events.notice.connect(news.append)
    session.tracking.set_plan(mode="follow")
    session.tracking.start()
    session.wait()
    assert [(n.level, n.text) for n in news] == [
        ("error", "to follow cells, mark at least one in these frames; or track everything.")
    ]
    assert not session.editing.history


def test_marked_cells_are_followed_both_ways(session: Session, dividing: SimulatedMovie) -> None:
    session.go_to(3)
    labels_yx = np.where(dividing.masks.frame(3) == 2, 1, 0)
    session.editing.make_new(labels_yx > 0)
    row = session.project.curation.lineage.yx[0]
    session.editing.undo()
    session.marking.set_active(True)
    session.wait()
    session.marking.add_point(tuple(row))
    session.wait()
    session.marking.accept()
    held = session.project.curation.masks.frame(3) == 1
    session.tracking.set_plan(mode="follow", direction="both")
    session.tracking.start()
    session.wait()
    lineage = session.project.curation.lineage
    assert lineage.frame[lineage.rows(1)].min() == 0
    assert (session.project.curation.masks.frame(3) == 1).sum() == held.sum()


def test_only_what_is_like_the_examples_is_tracked(discs: Any, tmp_path: Path) -> None:
    """By examples that are shown, then by those of before, until every cell is asked for."""
    model = ViewerModel()
    model.add_layer(Image(discs.images_tyx, name="discs"))
    session = session_of(model)
    session.open_layer(model.layers[0], tmp_path / "discs.tracksam")
    session.project.fill(discs.masks, discs.lineage)
    acts = {act.key: act for act in ALL}
    assert acts["track_like"].problem(state_of(session)).startswith("Show a wanted cell first")
    session.looking.select([1, 3, 5])
    session.finding.add(True)
    session.looking.select([2, 4])
    session.finding.add(False)
    session.wait()
    assert acts["track_like"].problem(state_of(session)) == ""

    def tracked(act: str) -> list[int]:
        acts[act].run(session)
        session.wait()
        labels_yx = session.project.curation.masks.frame(2)
        return [int(labels_yx[place] > 0) for place in discs.places]

    assert tracked("track_like") == [1, 0] * 6
    session.finding.clear()
    assert acts["track_like"].problem(state_of(session)) == ""
    assert tracked("retrack") == [1, 0] * 6
    assert tracked("track_like") == [1, 0] * 6
    assert tracked("track_all") == [1] * 12
    session.close()


@pytest.mark.parametrize(
    ("direction", "frames"),
    [("forward", range(4, 11)), ("backward", range(2, 8)), ("both", range(2, 11))],
)
def test_the_direction_is_seen_from_the_marks(direction: str, frames: range) -> None:
    plan = TrackPlan("follow", direction, 2, 10, "nano", "nano", "flow", "warp", "points")
    assert plan.frames((0, 4, 7, 11)) == frames
    assert plan.frames(()) == range(2, 11)


def test_impossible_plans_are_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError, match="frames must lie in 0 to 11"):
        session.tracking.set_plan(last=12)
    with pytest.raises(InvalidInputError, match="one of forward, backward, both; got 'up'"):
        session.tracking.set_plan(direction="up")
    with pytest.raises(InvalidInputError, match="mode must be one of follow, all"):
        session.tracking.set_plan(mode="some")


def test_the_plan_is_kept_in_the_project(session: Session) -> None:
    session.tracking.set_plan(mode="follow", first=2, detector="none")
    plan = session.tracking.plan
    assert (plan.mode, plan.first, plan.last, plan.detector) == ("follow", 2, 11, "none")
    assert session.project.settings.segment.detector == "none"


def test_the_settings_of_linking_are_kept_in_the_project(session: Session) -> None:
    session.tracking.set_linking(divisions=False, max_gap=1)
    assert session.project.settings.link == LinkSettings(divisions=False, max_gap=1)
    assert session.tracking.linking.borders == "open"
    with pytest.raises(SettingsError, match=r"link\.max_gap must be at least 0, got -1"):
        session.tracking.set_linking(max_gap=-1)


def test_without_divisions_nothing_divides(session: Session) -> None:
    session.tracking.set_plan(mode="all")
    session.tracking.set_linking(divisions=False)
    session.tracking.start()
    session.wait()
    assert dict(session.project.curation.lineage.parents) == {}


def test_models_are_listed_with_licence_and_problem(session: Session) -> None:
    choices = {choice.name: choice for choice in session.tracking.choices("segmenters")}
    assert choices["nano"].is_usable
    assert "BSD" in choices["nano"].licence
    usable = [choice.is_usable for choice in session.tracking.choices("segmenters")]
    assert usable == sorted(usable, reverse=True)


def test_tracking_again_keeps_the_frames_before_and_what_is_confirmed(
    filled: Session, dividing: SimulatedMovie
) -> None:
    before = filled.project.curation
    mother = min(before.lineage.parents.values())
    daughters = before.lineage.daughters(mother)
    filled.editing.confirm([daughters[0]])
    born = int(before.lineage.frame[before.lineage.rows(daughters[0])][0])
    filled.go_to(1)
    filled.tracking.start_from_here()
    filled.wait(120)
    after = filled.project.curation
    assert filled.editing.history[-1].name == "Track again from frame 1"
    for frame in (0, 1):
        assert np.array_equal(after.masks.frame(frame), before.masks.frame(frame))
    for frame in range(born, 12):
        same = before.masks.frame(frame) == daughters[0]
        assert np.array_equal(after.masks.frame(frame) == daughters[0], same)
    assert after.lineage.parents[daughters[0]] == mother
    assert not np.array_equal(after.masks.frame(11), before.masks.frame(11))


def test_an_unknown_model_is_told(session: Session) -> None:
    news = []
    session.events.notice.connect(news.append)
    session.tracking.set_plan(mode="all", segmenter="nanoo")
    session.tracking.start()
    session.wait()
    assert "did you mean 'nano'?" in news[0].text
    assert not session.tracking.is_running
