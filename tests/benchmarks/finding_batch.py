"""Ten movies from the examples of one: `python finding_batch.py`.

Simulated movies of two kinds; five wanted and five unwanted cells are shown in the first frame of
one more movie, and `batch` tracks their like in ten others. Prints, for each pair of kinds, the
share of kept masks that are of the wanted kind, and of wanted masks that were kept.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from finding import PAIRS, SHOWN, movie, true_kinds

import tracksam
from tracksam.batching import Cluster
from tracksam.batching.entry import with_examples
from tracksam.batching.run import entries_of
from tracksam.io.run import RunFolder
from tracksam.io.tiff import write_movie
from tracksam.regions import Regions
from tracksam.simulate.kinds import KindsMovie

N_MOVIES = 10


def show(made: KindsMovie, path: Path) -> None:
    """Write examples of the second kind, and against the first one."""
    rng, lineage = np.random.default_rng(2), made.movie.lineage
    first = np.flatnonzero(lineage.frame == 0)
    edge_yx = np.array(made.movie.stack.shape_yx) - 20
    inside = ((lineage.yx[first] > 20) & (lineage.yx[first] < edge_yx)).all(axis=1)
    kinds = made.kinds_of(lineage.track_id[first].tolist())
    rows = [
        first[rng.choice(np.flatnonzero(inside & (kinds == k)), SHOWN, replace=False)]
        for k in (1, 0)
    ]
    n = 2 * SHOWN
    points = tracksam.Prompts(
        np.arange(1, n + 1),
        np.zeros(n, int),
        lineage.yx[np.concatenate(rows)],
        np.arange(n) < SHOWN,
    )
    tracksam.write_examples(path, tracksam.collect_examples(made.movie.stack, points))


def kept(run: Path, made: KindsMovie) -> np.ndarray:
    """Return how many masks were kept, were right, and are wanted in truth."""
    counts, kind_of = np.zeros(3, int), dict(made.kind_of_track)
    for frame in range(made.movie.stack.n_frames):
        truth_yx = made.movie.masks.frame(frame)
        found = Regions.from_labels(RunFolder.open(run).masks.frame(frame))
        kinds = true_kinds(found, truth_yx, kind_of)
        labels = np.unique(truth_yx[truth_yx > 0]).tolist()
        wanted = sum(kind_of[label] == 1 for label in labels)
        counts += ((kinds >= 0).sum(), (kinds == 1).sum(), wanted)
    return counts


def main() -> None:
    """Print a row for each pair of kinds that is named, or for the first one."""
    print("| the second kind is | precision | recall | failed |\n|---|---|---|---|")
    for pair in sys.argv[1:] or [next(iter(PAIRS))]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            made = [movie(pair, 100 + seed) for seed in range(N_MOVIES)]
            for i, one in enumerate(made):
                write_movie(one.movie.stack, folder / f"m{i}.ome.tif")
            show(movie(pair, 99), folder / "wanted.npz")
            entries = entries_of(str(folder / "*.tif"))
            entries = with_examples(entries, [folder / "wanted.npz"])
            result = tracksam.batch(entries, folder / "out", cluster=Cluster(workers=1))
            counts = sum(kept(folder / "out" / "runs" / f"m{i}", m) for i, m in enumerate(made))
            n_kept, n_right, n_wanted = counts.tolist()
            share = (n_right / max(n_kept, 1), n_right / n_wanted)
            print(
                f"| {pair} | {share[0]:.2f} | {share[1]:.2f} | {len(result.failed)} |", flush=True
            )


if __name__ == "__main__":
    main()
