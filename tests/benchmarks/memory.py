"""Peak memory of a run against the length of the movie, and how long starting takes.

    python tests/benchmarks/memory.py [FRAMES ...]

Each run is a process of its own that tracks a simulated movie of 512 x 512 pixels.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_RUN = """
import resource, sys, tracksam
from tracksam.simulate import MovieSettings, movie
settings = MovieSettings(
    n_frames=int(sys.argv[1]), height_px=512, width_px=512, n_cells=30, division_rate=0.0
)
tracksam.track(movie(settings).stack, out=sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
STARTS = {
    "import tracksam": ["-c", "import tracksam"],
    "tracksam --help": ["-m", "tracksam", "--help"],
}


def peak_mb(n_frames: int) -> float:
    """Return the peak memory of a run in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", ONE_RUN, str(n_frames), str(Path(folder) / "run")]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def start_seconds(arguments: list[str]) -> float:
    """Return the processor time that starting takes: the best of ten."""
    best = float("inf")
    for _ in range(10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, used)
    return best


def main() -> None:
    """Print the tables."""
    for name, arguments in STARTS.items():
        print(f"{name}: {start_seconds(arguments):.2f} s of processor time", flush=True)
    lengths = [int(text) for text in sys.argv[1:]] or [100, 1000]
    first = None
    print("| frames | peak memory (MB) | ratio | seconds |\n|---|---|---|---|")
    for n_frames in lengths:
        start = time.perf_counter()
        peak = peak_mb(n_frames)
        first = first or peak
        seconds = time.perf_counter() - start
        print(f"| {n_frames} | {peak:.0f} | {peak / first:.2f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
