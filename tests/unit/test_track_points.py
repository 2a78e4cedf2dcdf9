"""Points through a whole movie, by the settings' point tracker."""

import numpy as np
import pytest

import tracksam
from tracksam import Settings, Stack
from tracksam.errors import InvalidInputError
from tracksam.testing.scenes import drifting_clip


def movie(n_frames: int = 60) -> Stack:
    clip_tyxc = drifting_clip((n_frames, 120, 160), drift_yx=(0.3, -0.5))
    return Stack.from_array(clip_tyxc[..., 0], axes="TYX")


def test_points_of_any_frame_are_followed_both_ways_across_windows() -> None:
    queries = np.array([(0, 40.0, 120.0), (59, 60.0, 60.0), (30, 50.5, 80.25)])
    tracks = tracksam.track_points(movie(), queries)
    steps = np.arange(60)[:, None] - queries[:, 0]
    truth = queries[None, :, 1:] + steps[..., None] * (0.3, -0.5)
    assert np.linalg.norm(tracks.yx_tn2 - truth, axis=2).max() < 0.5
    assert tracks.visible_tn.all()


def test_frames_can_be_shrunk_first() -> None:
    queries = np.array([(0, 40.0, 120.0)])
    settings = Settings().changed({"follow": {"shrink": 2}})
    tracks = tracksam.track_points(movie(20), queries, settings=settings)
    whole = tracksam.track_points(movie(20), queries)
    off_px = np.linalg.norm(tracks.yx_tn2 - whole.yx_tn2, axis=2)
    assert 0 < off_px.max() < 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ((60, 5, 5), "got frame 60, row 5, column 5"),
        ((0.5, 5, 5), "a whole frame number .* got frame 0.5"),
        ((0, 5, 160), "60 frames of 120 x 160 pixels; got frame 0, row 5, column 160"),
    ],
)
def test_a_point_outside_the_movie_is_refused(query: tuple, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        tracksam.track_points(movie(), [query])
