"""What a batch costs beyond its movies, and how it scales with workers.

    python tests/benchmarks/batch.py overhead
    python tests/benchmarks/batch.py scaling
    python tests/benchmarks/batch.py simulated BATCH.CSV

`overhead` splits the processor time of a batch in one process in tracking and all else; `scaling`
runs 1 and 2 workers; `simulated` gives the movies of a batch, with the seconds that each took,
to up to 64 workers as Dask does: the next movie to the first who is free.
"""

import csv
import functools
import heapq
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tracksam.pipeline.result import Result
from tracksam.pipeline.run import Order, carry_out
from tracksam.progress import Progress, Report

N_MOVIES = 4
FRAMES = 12
LONG_MOVIES, LONG_FRAMES = 2, 60
REFERENCE_S = 60.0
WORKER_START_S = 3.0
DISPATCH_S = 0.01
"""Processor time of the client for one movie: its outcome read, `batch.csv` written anew."""


def make(folder: Path, n_movies: int, n_frames: int) -> list[str]:
    """Simulate movies of 256 x 256 pixels with 15 cells."""
    from tracksam.io.tiff import write_movie
    from tracksam.simulate import MovieSettings, movie

    for i in range(n_movies):
        settings = MovieSettings(n_frames=n_frames, height_px=256, width_px=256, n_cells=15, seed=i)
        write_movie(movie(settings).stack, folder / f"m{i:02d}.tif")
    return sorted(map(str, folder.glob("*.tif")))


def cost(command: list[str]) -> tuple[float, float]:
    """Processor seconds and wall seconds of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - start


def batch_command(movies: list[str], out: Path, n_workers: int) -> list[str]:
    """The command line of a batch."""
    words = ["--out", str(out), "--workers", str(n_workers)]
    return [sys.executable, "-m", "tracksam", "batch", *movies, *words]


class Clocked:
    """Tracks a movie as a batch does, and notes the processor time of the tracking alone."""

    def __init__(self) -> None:
        self.tracking = 0.0
        self._watching = 0.0

    def __call__(self, order: Order, progress: Report) -> Result:
        """Do what `carry_out` does; what is told meanwhile is the batch's, not the tracking's."""
        self._watching = 0.0
        start = time.process_time()
        result = carry_out(order, functools.partial(self._told, progress))
        self.tracking += time.process_time() - start - self._watching
        return result

    def _told(self, progress: Report, now: Progress) -> bool | None:
        start = time.process_time()
        wish = progress(now)
        self._watching += time.process_time() - start
        return wish


def overhead(folder: Path) -> None:
    """Print what a batch costs beyond its movies."""
    from tracksam.batching import Cluster, batch, job
    from tracksam.cli.show import batch_bars

    movies = make(folder, LONG_MOVIES, LONG_FRAMES)
    job.carry_out = clocked = Clocked()
    start = time.process_time()
    with batch_bars() as bars:
        batch(movies, folder / "out", cluster=Cluster(workers=1), progress=bars)
    rest = time.process_time() - start - clocked.tracking
    print(f"{LONG_MOVIES} movies of {LONG_FRAMES} frames\n\n| | processor seconds |\n|---|---|")
    print(f"| tracking | {clocked.tracking:.1f} |")
    print(f"| all else that the batch does | {rest:.2f} ({100 * rest / clocked.tracking:.1f} %) |")


def scaling(folder: Path) -> None:
    """Print the time of a batch with 1 and 2 workers."""
    movies = make(folder, 2 * N_MOVIES, FRAMES)
    print("| workers | seconds | processor seconds | speed | efficiency |\n|---|---|---|---|---|")
    first = 0.0
    for n_workers in (1, 2):
        used, wall = cost(batch_command(movies, folder / f"out{n_workers}", n_workers))
        first = first or wall
        speed = first / wall
        print(f"| {n_workers} | {wall:.0f} | {used:.0f} | {speed:.2f} | {speed / n_workers:.2f} |")


def makespan(seconds: np.ndarray, n_workers: int) -> float:
    """When the last movie is done, if each goes to the first worker who is free."""
    free = [WORKER_START_S] * n_workers
    for i, one in enumerate(seconds.tolist()):
        ready = max(heapq.heappop(free), DISPATCH_S * i)
        heapq.heappush(free, ready + one)
    return max(free)


def simulated(table: Path, n_movies: int = 640) -> None:
    """Print the efficiency of up to 64 workers, from recorded seconds."""
    with table.open(newline="") as file:
        recorded = np.array([float(row["seconds"]) for row in csv.DictReader(file)])
    scale = REFERENCE_S / recorded.mean()
    seconds = np.random.default_rng(0).choice(recorded * scale, n_movies)
    print(f"{n_movies} movies of {seconds.min():.0f} to {seconds.max():.0f} s\n")
    print("| workers | hours | efficiency |\n|---|---|---|")
    for n_workers in (1, 2, 4, 8, 16, 32, 64):
        ends = makespan(seconds, n_workers)
        share = seconds.sum() / (n_workers * ends)
        print(f"| {n_workers} | {ends / 3600:.2f} | {share:.2f} |")


def main() -> None:
    """Print the table that is asked for."""
    if sys.argv[1] == "simulated":
        simulated(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        {"overhead": overhead, "scaling": scaling}[sys.argv[1]](Path(folder))


if __name__ == "__main__":
    main()
