"""The peak of memory does not depend on the length of a movie."""

import subprocess
import sys

import pytest

ONE_RUN = """
import resource, sys, tempfile
import numpy as np
import tracksam
from tracksam.settings import Settings


class Walking:
    frame_shape, dtype = (32, 40, 1), np.dtype(np.uint8)
    n_frames = int(sys.argv[1])

    def read(self, frame):
        image_yxc = np.full((32, 40, 1), 20, np.uint8)
        x = 8 + int(10 + 10 * np.sin(frame / 20))
        image_yxc[10:20, x : x + 9] = 200
        return image_yxc


classical = {"segment": {"segmenter": "classical", "detector": "classical"}}
with tempfile.TemporaryDirectory() as folder:
    settings = Settings().changed(classical)
    result = tracksam.track(tracksam.Stack(Walking()), settings=settings, out=folder + "/run")
    assert len(result.tables.cells) == Walking.n_frames
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kb(n_frames: int) -> int:
    """Peak memory of a process that tracks a small movie."""
    command = [sys.executable, "-c", ONE_RUN, str(n_frames)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(
    ("short", "long"),
    [pytest.param(40, 200), pytest.param(200, 2000, marks=pytest.mark.nightly)],
)
def test_five_or_ten_times_the_frames_take_the_same_memory(short: int, long: int) -> None:
    assert peak_kb(long) <= 1.05 * peak_kb(short)
