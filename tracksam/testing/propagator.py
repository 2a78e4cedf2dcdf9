"""What every mask propagator must do, as tests that its author subclasses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.protocols import MaskPropagator
from tracksam.regions import Regions
from tracksam.testing.scenes import DISCS, SHAPE_YX, image_of, overlap
from tracksam.testing.segmenter import best_mask

N_FRAMES = 4
STEP_YX = (2, -3)
IDS = (4, 2, 9)


def moving_discs(n_frames: int = N_FRAMES, dtype: Any = np.uint8) -> NDArray[Any]:
    """Return a clip of the three discs of `scenes`, moving steadily.

    Parameters
    ----------
    n_frames : int
        T.
    dtype : dtype
        As for `scenes.image_of`.

    Returns
    -------
    ndarray, shape (T, Y, X, 1)
    """
    return np.stack([image_of(_at(t), dtype=dtype) for t in range(n_frames)])


def _at(frame: int) -> tuple[Any, ...]:
    return tuple(disc.moved(frame * STEP_YX[0], frame * STEP_YX[1]) for disc in DISCS)


def first_masks() -> Regions:
    """Return the discs in frame 0 under the ids `IDS`."""
    return masks_at(0)


def masks_at(frame: int) -> Regions:
    """Return the discs in a frame of `moving_discs` under the ids `IDS`."""
    return Regions.from_masks([d.mask(SHAPE_YX) for d in _at(frame)], SHAPE_YX, None, IDS)


class MaskPropagatorContract:
    """Subclass it as ``class TestMine(MaskPropagatorContract)`` and give it a `make`.

    Attributes
    ----------
    least_overlap : float
        Intersection over union with the true disc that a mask must reach in every frame.
    """

    least_overlap = 0.6

    def make(self) -> MaskPropagator:
        """Return a new back end."""
        raise NotImplementedError("give the contract a make() that returns your back end")

    def _carried(self, clip_tyxc: NDArray[Any], first: Regions | None = None) -> list[Regions]:
        start = first_masks() if first is None else first
        return list(self.make().propagate(clip_tyxc, start))

    def test_the_first_frame_is_what_was_given(self) -> None:
        """Unchanged."""
        assert self._carried(moving_discs())[0] == first_masks(), "the first frame was redrawn"

    def test_every_frame_is_answered(self) -> None:
        """As many as the clip has; one is enough."""
        for n_frames in (1, N_FRAMES):
            got = len(self._carried(moving_discs(n_frames)))
            assert got == n_frames, f"{got} frames for a clip of {n_frames}"

    def test_masks_follow_their_objects(self) -> None:
        """Each id stays on its own disc; coordinates are (row, column)."""
        for t, regions in enumerate(self._carried(moving_discs())):
            self._check_overlaps(t, regions)

    def test_no_object_is_added(self) -> None:
        """Ids are those of the first frame, each at most once."""
        for t, regions in enumerate(self._carried(moving_discs())):
            ids = regions.object_id.tolist()
            assert set(ids) <= set(IDS), f"frame {t} has ids {ids}, the first one {IDS}"
            assert len(set(ids)) == len(ids), f"frame {t} has an id twice: {ids}"

    def test_what_is_given_later_is_carried_from_there(self) -> None:
        """An object that comes in in a later frame, beside those of the first one."""
        first, later = first_masks().select([0, 1]), {2: masks_at(2).select([2])}
        carried = list(self.make().propagate(moving_discs(), first, later))
        ids = [set(regions.object_id.tolist()) for regions in carried]
        assert IDS[2] not in ids[0] | ids[1], "an object is there before it comes in"
        self._check_overlaps(2, carried[2])
        self._check_overlaps(3, carried[3])

    def test_a_correction_takes_the_place_of_what_was_carried(self) -> None:
        """Two objects exchanged in a later frame stay exchanged, each once."""
        exchanged = masks_at(2).select([0, 1]).with_ids([IDS[1], IDS[0]])
        carried = list(self.make().propagate(moving_discs(), first_masks(), {2: exchanged}))
        for t in (2, 3):
            ids = carried[t].object_id.tolist()
            assert len(set(ids)) == len(ids), f"frame {t} has an id twice: {ids}"
            for object_id, disc in zip((IDS[1], IDS[0], IDS[2]), _at(t), strict=True):
                got = overlap(best_mask(carried[t], object_id), disc.mask(SHAPE_YX))
                assert got >= self.least_overlap, f"frame {t}, {object_id}: overlap {got:.2f}"

    def test_a_correction_of_what_was_just_seen_is_carried_on(self) -> None:
        """It comes in while the clip is gone through, when its frame was yielded already."""
        known: dict[int, Regions] = {}
        carried = iter(self.make().propagate(moving_discs(), first_masks(), known))
        for _ in range(3):
            next(carried)
        known[2] = masks_at(2).select([0, 1]).with_ids([IDS[1], IDS[0]])
        after = next(carried)
        for object_id, disc in zip((IDS[1], IDS[0], IDS[2]), _at(3), strict=True):
            got = overlap(best_mask(after, object_id), disc.mask(SHAPE_YX))
            assert got >= self.least_overlap, f"{object_id}: overlap {got:.2f}"

    def _check_overlaps(self, frame: int, regions: Regions) -> None:
        for object_id, disc in zip(IDS, _at(frame), strict=True):
            got = overlap(best_mask(regions, object_id), disc.mask(SHAPE_YX))
            assert got >= self.least_overlap, f"frame {frame}, {object_id}: overlap {got:.2f}"

    def test_scores_are_probabilities(self) -> None:
        """From 0 to 1."""
        for t, regions in enumerate(self._carried(moving_discs())):
            good = (regions.score >= 0) & (regions.score <= 1)
            assert good.all(), f"frame {t} has scores {regions.score.tolist()}"

    def test_nothing_given_nothing_carried(self) -> None:
        """No mask in the first frame, none later."""
        for regions in self._carried(moving_discs(), Regions(SHAPE_YX)):
            assert len(regions) == 0, f"{len(regions)} masks for none"

    def test_the_clip_is_not_changed(self) -> None:
        """It may be a view of what others still need."""
        clip_tyxc = moving_discs()
        before = clip_tyxc.copy()
        self._carried(clip_tyxc)
        assert np.array_equal(clip_tyxc, before), "the clip was written to"

    def test_no_clip_is_remembered(self) -> None:
        """Another clip between two equal calls changes nothing."""
        propagator = self.make()
        first = list(propagator.propagate(moving_discs(), first_masks()))
        list(propagator.propagate(moving_discs(2), first_masks().select([1])))
        again = list(propagator.propagate(moving_discs(), first_masks()))
        assert again == first, "the other clip shows"

    def test_frames_come_one_by_one(self) -> None:
        """The first is there before the last is looked at."""
        carried = self.make().propagate(moving_discs(), first_masks())
        assert isinstance(carried, Iterator), f"all frames come at once, as a {type(carried)}"

    def test_any_dtype(self) -> None:
        """8 and 16 bits and floats."""
        for dtype in (np.uint8, np.uint16, np.float32):
            last = self._carried(moving_discs(dtype=dtype))[-1]
            for object_id, disc in zip(IDS, _at(N_FRAMES - 1), strict=True):
                got = overlap(best_mask(last, object_id), disc.mask(SHAPE_YX))
                assert got >= self.least_overlap, f"{np.dtype(dtype)}: overlap {got:.2f}"
