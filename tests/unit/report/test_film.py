from pathlib import Path

import numpy as np
import pytest

from tracksam.errors import InvalidInputError
from tracksam.io.film import write_film
from tracksam.io.images import read_movie
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.film import fitted, overlay_frames
from tracksam.report.frame import colour_of
from tracksam.stack import Stack


def pictures(n: int = 5) -> list[np.ndarray]:
    """Return pictures of 48 x 64 with a red square that moves right."""
    frames = [np.full((48, 64, 3), 30, np.uint8) for _ in range(n)]
    for t, frame in enumerate(frames):
        frame[10:26, 8 * t : 8 * t + 16] = (220, 20, 30)
    return frames


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_films_are_read_back(suffix: str, tmp_path: Path) -> None:
    write_film(iter(pictures()), tmp_path / f"film{suffix}", frames_per_second=4)
    if suffix == ".mp4":
        movie = read_movie(tmp_path / "film.mp4")
        assert movie.shape_tyxc == (5, 48, 64, 3)
        assert movie.frame_interval_s is None or movie.frame_interval_s == pytest.approx(0.25)
        seen = [movie.frame(t) for t in range(5)]
    else:
        from PIL import Image, ImageSequence

        with Image.open(tmp_path / "film.gif") as film:
            assert film.info["duration"] == 250
            seen = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
        assert len(seen) == 5
    for t, frame in enumerate(seen):
        np.testing.assert_allclose(frame[18, 8 * t + 8], (220, 20, 30), atol=25)
        np.testing.assert_allclose(frame[40, 60], (30, 30, 30), atol=12)


@pytest.mark.parametrize(
    ("name", "n", "rate"), [("film.avi", 2, 8), ("film.mp4", 0, 8), ("film.gif", 2, 0)]
)
def test_no_film(name: str, n: int, rate: float, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"a film needs an ending of \.mp4, \.gif, a pict"):
        write_film(pictures(n), tmp_path / name, rate)
    assert list(tmp_path.iterdir()) == []


def test_overlays_show_every_frame_of_the_masks() -> None:
    labels_tyx = np.zeros((3, 31, 47), int)
    for t in range(3):
        labels_tyx[t, 10:20, 5 + 8 * t : 15 + 8 * t] = 6
    lineage = Lineage([6, 6, 6], [0, 1, 2], [[14.5, 9.5], [14.5, 17.5], [14.5, 25.5]])
    stack = Stack.from_array(np.zeros((4, 31, 47)), axes="TYX")
    frames = list(overlay_frames(stack, Masks.from_array(labels_tyx), lineage, 470))
    assert [frame.shape for frame in frames] == [(310, 470, 3)] * 3
    assert frames[2][105, 260].tolist() == list(colour_of(6))
    assert not frames[2][105, 60].any()
    assert frames[2][150, 130].any()  # the tail


def test_pictures_are_fitted() -> None:
    picture = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    assert fitted(picture, (4, 6)).tolist() == picture[:4, :6].tolist()
    taller = fitted(picture, (6, 7))
    assert taller[5].tolist() == picture[4].tolist()
