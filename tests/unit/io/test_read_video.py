"""Videos made with OpenCV; each frame is told by its grey value."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from tracksam.errors import ReadError
from tracksam.io.images import read_movie

CODECS = {"a.avi": "MJPG", "a.mp4": "mp4v", "a.mov": "mp4v"}
N_FRAMES, HEIGHT, WIDTH = 30, 48, 64


def video(path: Path, n_frames: int = N_FRAMES) -> Path:
    code = cv2.VideoWriter_fourcc(*CODECS[path.name])
    writer = cv2.VideoWriter(str(path), code, 12.5, (WIDTH, HEIGHT))
    for t in range(n_frames):
        image = np.full((HEIGHT, WIDTH, 3), 8 * t, np.uint8)
        image[:, : WIDTH // 2, 2] = 255 - 8 * t
        writer.write(image)
    writer.release()
    return path


def frame_number(image_yxc: np.ndarray) -> int:
    return round(image_yxc[:, WIDTH // 2 + 8 :].mean() / 8)


@pytest.mark.parametrize("name", CODECS)
def test_frames_come_in_order_with_the_rate_and_colours(tmp_path: Path, name: str) -> None:
    stack = read_movie(video(tmp_path / name))
    assert stack.shape_tyxc == (N_FRAMES, HEIGHT, WIDTH, 3)
    assert stack.channels == ("red", "green", "blue")
    assert stack.frame_interval_s == pytest.approx(0.08)
    assert stack.pixel_size_um is None
    assert [frame_number(image) for image in stack] == list(range(N_FRAMES))
    left = stack.frame(2)[:, : WIDTH // 2 - 8].mean(axis=(0, 1))
    assert left == pytest.approx([239, 16, 16], abs=8)


@pytest.mark.parametrize("name", CODECS)
def test_any_order_gives_the_same_frames(tmp_path: Path, name: str) -> None:
    stack = read_movie(video(tmp_path / name))
    order = [7, 3, 29, 0, 1, 15, 14, 13, 28, 28]
    assert [frame_number(stack.frame(t)) for t in order] == order


def test_a_copy_reads_for_itself(tmp_path: Path) -> None:
    stack = read_movie(video(tmp_path / "a.avi"))
    stack.frame(4)
    copy = pickle.loads(pickle.dumps(stack))
    assert frame_number(copy.frame(2)) == 2
    assert frame_number(stack.frame(5)) == 5


def test_a_truncated_video_is_refused(tmp_path: Path) -> None:
    path = video(tmp_path / "a.avi")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ReadError, match=r"header claims 30 frames, \d+ can be decoded"):
        read_movie(path)


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"not a video" * 100)
    with pytest.raises(ReadError, match=r"a\.mp4 is damaged, or no video that OpenCV can decode"):
        read_movie(path)
