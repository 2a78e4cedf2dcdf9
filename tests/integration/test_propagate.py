"""--propagate points, memory, points+memory: masks of simulated movies against their truth."""

from typing import Any

import numpy as np
import pytest

import tracksam
from tracksam import Boxes, Masks, Regions, Settings
from tracksam.backends.flow import Flow
from tracksam.evaluate.overlap import mean_iou
from tracksam.pipeline import Result
from tracksam.points import PointTracks
from tracksam.simulate import SimulatedMovie, situation


def followed(
    movie: SimulatedMovie,
    propagate: str,
    frame: int = 0,
    segmenter: str = "classical",
    **follow: Any,
) -> Result:
    """Follow every cell from its box in one frame; nothing is detected."""
    marked = Regions.from_labels(movie.masks.frame(frame), keep_ids=True)
    boxes = Boxes(marked.object_id, np.full(len(marked), frame), marked.box_yxyx)
    settings = Settings().changed(
        {
            "mode": "follow",
            "segment": {"segmenter": segmenter, "detector": "none"},
            "follow": {"propagate": propagate, **follow},
        }
    )
    return tracksam.track(movie.stack, boxes, settings=settings)


def overlap_with(result: Result, truth: Masks) -> float:
    return mean_iou(result.masks, dict(enumerate(truth)))


def test_masks_that_are_only_carried_stay_on_their_cells() -> None:
    movie = situation("drifting")
    carried = followed(movie, "memory")
    assert overlap_with(carried, movie.masks) > 0.8
    assert carried.lineage.n_tracks == 4
    assert len(carried.lineage.frame) == 4 * movie.stack.n_frames
    redrawn = followed(movie, "points")
    assert not np.array_equal(redrawn.masks.frame(6), carried.masks.frame(6))


@pytest.mark.parametrize("segmenter", ["classical", "nano"])
def test_points_find_again_what_the_memory_has_lost(segmenter: str) -> None:
    """While a cell is hidden, a few of its points hold on to others and must not pull it along."""
    movie = situation("occluded")
    alone = overlap_with(followed(movie, "memory", segmenter=segmenter), movie.masks)
    both = overlap_with(followed(movie, "points+memory", segmenter=segmenter), movie.masks)
    assert both > alone + 0.03
    assert both > 0.8


def test_the_memory_links_where_every_point_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(self: Flow, clip_tyxc: Any, queries_tyx: Any) -> PointTracks:
        shape = (len(clip_tyxc), len(queries_tyx))
        seen = np.arange(shape[0])[:, None] == queries_tyx[:, 0]
        yx_tn2 = np.broadcast_to(queries_tyx[:, 1:], (*shape, 2))
        return PointTracks(yx_tn2, seen, seen.astype(float))

    monkeypatch.setattr(Flow, "track", blind)
    movie = situation("fast")
    by_memory = followed(movie, "memory")
    assert by_memory.lineage.n_tracks == 2
    assert overlap_with(by_memory, movie.masks) > 0.7
    assert overlap_with(followed(movie, "points"), movie.masks) < 0.4


def test_a_late_mark_is_carried_backward() -> None:
    movie = situation("drifting")
    carried = followed(movie, "memory", frame=8)
    assert overlap_with(carried, movie.masks) > 0.8


def test_a_short_memory_begins_anew_and_the_record_says_so() -> None:
    movie = situation("drifting")
    carried = followed(movie, "memory", memory_frames=3)
    assert overlap_with(carried, movie.masks) > 0.75
    assert carried.lineage.n_tracks == 4
    kept = tracksam.Settings.from_mapping(carried.record.settings).follow
    assert (kept.propagate, kept.propagator, kept.memory_frames) == ("memory", "warp", 3)
