"""Time and memory of linking many cells through many frames.

    python tests/benchmarks/linking_speed.py [--cells 1000] [--frames 75 150 300]

Cells move at random, divide and are missed now and then. Times are of the processor, of linking
alone: drawing the masks is left out.
"""

import argparse
import resource
import time
from collections.abc import Iterator

import numpy as np

from tracksam.graph import FrameCandidates
from tracksam.settings import LinkSettings
from tracksam.steps.link import labels_to_candidates, link

RADIUS_PX = 7
SPACING_PX = 22
STEP_PX = 2.0
DIVISIONS, MISSED = 0.002, 0.005


class Movie:
    """Frames of candidates; the seconds that making them took are kept apart.

    Parameters
    ----------
    n_cells, n_frames : int
    """

    def __init__(self, n_cells: int, n_frames: int) -> None:
        self.n_frames = n_frames
        self.side = int(np.sqrt(n_cells) * SPACING_PX)
        self.rng = np.random.default_rng(0)
        self.yx = self.rng.uniform(0, self.side, (n_cells, 2))
        self.drawing_s = 0.0
        self.n_candidates = 0

    def __iter__(self) -> Iterator[FrameCandidates]:
        for frame in range(self.n_frames):
            start = time.process_time()
            candidates = labels_to_candidates(frame, self._drawn())
            self._step()
            self.n_candidates += len(candidates)
            self.drawing_s += time.process_time() - start
            yield candidates

    def _drawn(self) -> np.ndarray:
        labels_yx = np.zeros((self.side, self.side), np.int64)
        y, x = np.mgrid[-RADIUS_PX : RADIUS_PX + 1, -RADIUS_PX : RADIUS_PX + 1]
        disc = np.stack([y, x], -1)[y**2 + x**2 <= RADIUS_PX**2]
        seen = self.rng.random(len(self.yx)) > MISSED
        for k, yx in enumerate(np.rint(self.yx[seen]).astype(int), start=1):
            pixels = (disc + yx)[((disc + yx >= 0) & (disc + yx < self.side)).all(axis=1)]
            free = labels_yx[pixels[:, 0], pixels[:, 1]] == 0
            labels_yx[pixels[free, 0], pixels[free, 1]] = k
        return labels_yx

    def _step(self) -> None:
        divides = np.flatnonzero(self.rng.random(len(self.yx)) < DIVISIONS)
        dies = self.rng.permutation(len(self.yx))[: len(divides)]
        apart = np.zeros((len(divides), 2))
        apart[:, 0] = RADIUS_PX
        daughters = self.yx[divides] + apart
        self.yx[divides] -= apart
        kept = np.delete(self.yx, np.setdiff1d(dies, divides), axis=0)
        self.yx = np.concatenate([kept, daughters])
        self.yx = self.yx + self.rng.normal(0, STEP_PX / np.sqrt(2), self.yx.shape)
        self.yx = np.clip(self.yx, 0, self.side - 1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--frames", type=int, nargs="+", default=[75, 150, 300])
    arguments = parser.parse_args()
    print("| frames | candidates | seconds | ms a frame | memory so far (MB) |")
    print("|---|---|---|---|---|")
    for n_frames in arguments.frames:
        movie = Movie(arguments.cells, n_frames)
        start = time.process_time()
        for _ in link(movie, LinkSettings()):
            pass
        seconds = time.process_time() - start - movie.drawing_s
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        each_ms = 1000 * seconds / n_frames
        row = f"{n_frames} | {movie.n_candidates} | {seconds:.1f} | {each_ms:.0f} | {memory:.0f}"
        print(f"| {row} |", flush=True)


if __name__ == "__main__":
    main()
