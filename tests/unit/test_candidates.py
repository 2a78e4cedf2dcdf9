"""Candidates: detected and prompted together, forward and backward, windows, resuming."""

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam import Boxes, PointTracks, Prompts, Regions, Settings, Stack
from tracksam.errors import InvalidInputError
from tracksam.graph import Origin
from tracksam.prompts import Marks
from tracksam.steps.backward import redraw_backward
from tracksam.steps.candidates import candidates
from tracksam.steps.draft import ALWAYS
from tracksam.steps.seed import seed_all
from tracksam.steps.work import Models, Work

STEP = np.array([1.0, 2.0])


@attrs.frozen
class Reader:
    """Sees labels: the pixel values of the image are the objects, those above 100 are not detected.

    A prompt draws the object under its first positive point, or under the middle of its box.
    """

    def prepare(self, image_yxc: np.ndarray) -> Any:
        return image_yxc[..., 0].astype(int)

    def detect(self, prepared: Any) -> Regions:
        return Regions.from_labels(np.where(prepared < 100, prepared, 0))

    def segment(
        self, prepared: Any, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        masks, ids = [], []
        for object_id in np.union1d(prompts.object_id, boxes.object_id).tolist():
            yx = prompts.yx[(prompts.object_id == object_id) & prompts.is_positive]
            if not len(yx):
                box = boxes.box_yxyx[boxes.object_id == object_id][0]
                yx = (box[:2] + box[2:])[None] / 2
            y, x = np.rint(yx[0]).astype(int)
            if prepared[y, x]:
                masks.append(prepared == prepared[y, x])
                ids.append(object_id)
        return Regions.from_masks(masks, prepared.shape, object_id=ids)


@attrs.frozen
class Exact:
    """Knows that everything moves by STEP a frame; the frame's number is in its first pixel."""

    max_frames: int = 100

    def track(self, clip_tyxc: np.ndarray, queries_tyx: np.ndarray) -> PointTracks:
        numbers = clip_tyxc[:, 0, 0, 0] - 200.0
        steps = numbers[:, None] - numbers[queries_tyx[:, 0].astype(int)][None]
        yx_tn2 = queries_tyx[None, :, 1:] + steps[..., None] * STEP
        ones = np.ones(yx_tn2.shape[:2])
        return PointTracks(yx_tn2, ones > 0, ones)


def scene(n_frames: int = 6, missing: tuple[int, ...] = ()) -> Stack:
    """Object 5 and object 107 drift side by side; the first pixel tells the frame's number."""
    movie = np.zeros((n_frames, 30, 40), np.uint8)
    for t in range(n_frames):
        y, x = (np.array([5, 6]) + t * STEP).astype(int)
        movie[t, y : y + 5, x : x + 7] = 5
        if t not in missing:
            movie[t, y + 8 : y + 13, x : x + 6] = 107
        movie[t, 0, 0] = 200 + t
    return Stack.from_array(movie, axes="TYX")


def work(stack: Stack, marks: Marks | None = None, **changes: Any) -> Work:
    settings = Settings().changed(changes)
    detector = None if settings.segment.detector == "none" else Reader()
    seeds = seed_all(Reader(), stack, marks or Marks())
    return Work(stack, Models(Reader(), Exact(), detector), seeds, settings)


def mark(frame: int = 0) -> Marks:
    y, x = np.array([15, 8]) + frame * STEP
    return Marks(Prompts([42], [frame], [[y, x]]))


def test_without_marks_the_detected_are_the_candidates() -> None:
    found = list(candidates(work(scene())))
    assert [c.frame for c in found] == list(range(6))
    assert all(c.origin.tolist() == [Origin.DETECTED] for c in found)
    np.testing.assert_allclose(found[2].regions.centroid_yx, [[5 + 2 + 2, 6 + 3 + 4]])


def test_points_land_in_the_next_frame() -> None:
    found = list(candidates(work(scene())))
    middle = found[0].landing_kp2[0, 0]
    np.testing.assert_allclose(middle, found[1].regions.centroid_yx[0])
    assert found[0].landing_kp2.shape == (1, 9, 2)
    assert found[-1].landing_kp2.shape == (1, 0, 2)


def test_what_is_marked_is_drawn_in_every_frame_though_never_detected() -> None:
    found = list(candidates(work(scene(), mark())))
    assert found[0].origin.tolist() == [Origin.DETECTED, Origin.MARKED]
    assert found[0].regions.object_id.tolist() == [0, 42]
    for t, candidate in enumerate(found[1:], start=1):
        assert candidate.origin.tolist() == [Origin.DETECTED, Origin.PROMPTED]
        np.testing.assert_array_equal(candidate.regions.mask(1), scene().frame(t)[..., 0] == 107)


def test_without_a_detector_only_the_marked_is_drawn() -> None:
    found = list(candidates(work(scene(), mark(), segment={"detector": "none"})))
    assert [len(c) for c in found] == [1] * 6


@pytest.mark.parametrize("window", [2, 3, 4, 50])
def test_a_marked_object_is_looked_for_while_it_is_gone_but_not_for_ever(window: int) -> None:
    follow = {"window_frames": window}
    changes = {"segment": {"detector": "none"}, "link": {"max_gap": 2}, "follow": follow}
    back = list(candidates(work(scene(missing=(2, 3)), mark(), **changes)))
    assert [c.origin.tolist() for c in back] == [
        [Origin.MARKED],
        [Origin.PROMPTED],
        [Origin.LOST],
        [Origin.LOST],
        [Origin.PROMPTED],
        [Origin.PROMPTED],
    ]
    assert back[3].prompts_left.tolist() == [ALWAYS - 2]
    assert back[4].prompts_left.tolist() == [ALWAYS]
    gone = list(candidates(work(scene(missing=(2, 3, 4)), mark(), **changes)))
    assert [len(c) for c in gone] == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("window", [2, 3, 4, 50])
def test_before_its_mark_an_object_is_looked_for_no_longer_than_a_gap(window: int) -> None:
    changes = {"segment": {"detector": "none"}, "follow": {"window_frames": window}}
    for missing, found in (((3, 4), [0, 1, 2]), ((2, 3, 4), [])):
        drawn = redraw_backward(work(scene(missing=missing), mark(5), **changes))
        assert sorted(t for t, regions in drawn if len(regions)) == found


def test_what_is_painted_needs_no_segmenter() -> None:
    painted = Regions.from_labels(np.pad(np.full((2, 3), 9), ((20, 8), (30, 7))), keep_ids=True)
    first = next(candidates(work(scene(), Marks(masks={0: painted}))))
    assert first.regions.object_id.tolist() == [0, 9]
    np.testing.assert_array_equal(first.regions.mask(1), painted.mask(0))


def test_a_mark_on_background_is_refused() -> None:
    nowhere = Marks(Prompts([42], [0], [[25, 35]]))
    with pytest.raises(InvalidInputError, match="nothing is found where object 42 is marked in"):
        list(candidates(work(scene(), nowhere)))


@pytest.mark.parametrize("window", [2, 3, 5, 50])
def test_a_late_mark_is_drawn_backward(window: int) -> None:
    drawn = dict(redraw_backward(work(scene(), mark(4), follow={"window_frames": window})))
    assert sorted(drawn) == [0, 1, 2, 3]
    for t, regions in drawn.items():
        np.testing.assert_array_equal(regions.mask(0), scene().frame(t)[..., 0] == 107)
        assert regions.object_id.tolist() == [0]


def test_what_was_drawn_backward_is_a_candidate() -> None:
    late = work(scene(), mark(4))
    both = attrs.evolve(late, backward=dict(redraw_backward(late)))
    assert [len(c) for c in candidates(both)] == [2] * 6
    assert [len(c) for c in candidates(late)] == [1, 1, 1, 1, 2, 2]


@given(
    window=st.integers(2, 8),
    frame=st.integers(0, 5),
    missing=st.sets(st.integers(0, 5), max_size=4),
)
def test_windows_equal_one_window(window: int, frame: int, missing: set[int]) -> None:
    stack = scene(missing=tuple(missing - {frame}))
    whole = list(candidates(work(stack, mark(frame), follow={"window_frames": 99})))
    cut = list(candidates(work(stack, mark(frame), follow={"window_frames": window})))
    for a, b in zip(whole, cut, strict=True):
        assert a.regions == b.regions
        np.testing.assert_array_equal(a.origin, b.origin)
        np.testing.assert_allclose(a.landing_kp2, b.landing_kp2)


@given(window=st.integers(2, 4), n_known=st.integers(0, 6))
def test_taking_up_again_gives_the_same(window: int, n_known: int) -> None:
    job = work(scene(), mark(1), follow={"window_frames": window})
    whole = list(candidates(job))
    known = {c.frame: c for c in whole[:n_known]}
    assert list(candidates(job, known)) == whole


def test_what_is_known_is_not_computed_again() -> None:
    job = work(scene(), mark())
    known = {c.frame: c for c in candidates(job)}
    blind = attrs.evolve(job, models=attrs.evolve(job.models, segmenter=None, detector=None))
    assert list(candidates(blind, known)) == list(known.values())


def test_a_missed_detection_is_drawn_where_its_points_are() -> None:
    movie = scene(n_frames=5).clip(range(5))[..., 0].copy()
    movie[2][movie[2] == 5] = 105
    found = list(candidates(work(Stack.from_array(movie, axes="TYX"))))
    assert found[2].origin.tolist() == [Origin.PROMPTED]
    np.testing.assert_array_equal(found[2].regions.mask(0), movie[2] == 105)
    assert found[3].origin.tolist() == [Origin.DETECTED]
    assert found[2].prompts_left.tolist() == [2]


def test_one_frame() -> None:
    found = list(candidates(work(scene(n_frames=1), mark())))
    assert [len(c) for c in found] == [2]
