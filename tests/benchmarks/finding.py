"""How well and how fast cells are found by examples: `python finding.py [DATA]`.

Simulated movies with two kinds of cells, five wanted and five unwanted examples of one frame of one
movie, looked for in other frames and movies; kinds without examples; the same on validation stills
of DSB 2018 whose nuclei fall into two kinds by their true masks (with DATA); processor time for
1,000 cells.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import GROUPS, Embeddings
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.pipeline.finding.look import Eye, Frame
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.simulate import MovieSettings
from tracksam.simulate.fluorescence import Cytoplasm, Nuclei
from tracksam.simulate.kinds import Kind, KindsMovie, movie_of_kinds
from tracksam.steps.finding.border import is_cut
from tracksam.steps.finding.cluster import clusters
from tracksam.steps.finding.describe import describe
from tracksam.steps.finding.everything import Everything
from tracksam.steps.finding.judge import Judge

SMOOTH = Nuclei(chromatin=0.05, nucleoli=0.0)
PAIRS = {
    "large and spotted": (
        Kind(SMOOTH),
        Kind(Nuclei(chromatin=0.4, nucleoli=0.7, background=0), size=1.4),
    ),
    "spotted": (Kind(SMOOTH), Kind(Nuclei(chromatin=0.4, nucleoli=-0.9, background=0))),
    "ringed": (
        Kind(Nuclei()),
        Kind(Cytoplasm(nucleus=0.2, texture=0.1, spots=0, rim=0.3, background=0)),
    ),
    "bright": (Kind(Nuclei()), Kind(Nuclei(background=0), brightness=4)),
    "large": (Kind(Nuclei()), Kind(Nuclei(background=0), size=1.7)),
}
MOVIES, FRAMES, DRAWS, SHOWN = 4, (0, 7), 6, 5


def movie(pair: str, seed: int) -> KindsMovie:
    settings = MovieSettings(
        n_frames=8, height_px=320, width_px=400, n_cells=34, diameter_px=28, seed=seed
    )
    return movie_of_kinds(PAIRS[pair], settings)


def true_kinds(found: Regions, labels_yx: NDArray[Any], kind_of: dict[int, int]) -> NDArray[Any]:
    """The kind of the true cell that each region overlaps by half; -1: none."""
    kinds = []
    for k, crop in enumerate(found.crops):
        under = labels_yx[found.slices(k)][crop]
        label = int(np.bincount(under).argmax())
        shared = int((under == label).sum())
        whole = int((labels_yx == label).sum()) + len(under) - shared
        kinds.append(kind_of[label] if label and shared > 0.5 * whole else -1)
    return np.array(kinds)


Seen = tuple[Everything, NDArray[Any]]


def simulated(eye: Eye, pair: str) -> list[list[Seen]]:
    seen = []
    for seed in range(MOVIES):
        made, frames = movie(pair, seed), []
        for frame in FRAMES:
            every = eye.everything(Frame.of(made.movie.stack, frame, Settings()))
            labels_yx = made.movie.masks.frame(frame)
            kinds = true_kinds(every.regions, labels_yx, dict(made.kind_of_track))
            frames.append((every, kinds))
        seen.append(frames)
    return seen


def examples_of(every: Everything, kinds: NDArray[Any], rng: np.random.Generator) -> Examples:
    whole = ~is_cut(every.regions)
    wanted, unwanted = (
        rng.choice(np.flatnonzero((kinds == kind) & whole), SHOWN, replace=False) for kind in (1, 0)
    )
    others = np.setdiff1d(np.arange(len(every)), np.concatenate([wanted, unwanted]))
    return Examples("second", *(every.embeddings.select(i) for i in (wanted, unwanted, others)))


def precision_recall(judge: Judge, seen: list[Seen]) -> tuple[float, float]:
    right = told = true = 0
    for every, kinds in seen:
        yes = judge.probability(every.embeddings) >= 0.5
        right += int((yes & (kinds == 1)).sum())
        told += int((yes & (kinds >= 0)).sum())
        true += int((kinds == 1).sum())
    return right / max(told, 1), right / max(true, 1)


def by_example(shown: Seen, rest: list[Seen], groups: tuple[str, ...] = ()) -> tuple[float, ...]:
    rng = np.random.default_rng(1)
    found = [
        precision_recall(Judge.of(examples_of(*shown, rng), groups), rest) for _ in range(DRAWS)
    ]
    return tuple(np.mean(found, axis=0))


def adjusted_rand(seen: list[Seen]) -> float:
    """Of whole cells, sorted into two kinds without an example."""
    from sklearn.metrics import adjusted_rand_score

    embedded: Embeddings | None = None
    truth = []
    for every, kinds in seen:
        use = np.flatnonzero((kinds >= 0) & ~is_cut(every.regions))
        part = every.embeddings.select(use)
        embedded = part if embedded is None else embedded.followed_by(part)
        truth.append(kinds[use])
    assert embedded is not None
    return float(adjusted_rand_score(np.concatenate(truth), clusters(embedded, 2)))


def stills(data: Path) -> Iterator[tuple[str, NDArray[Any], Regions, NDArray[Any]]]:
    """Validation stills whose nuclei fall into two kinds: by area, brightness and grain of their
    true masks, two Gaussians that overlap little and hold 12 nuclei or more each."""
    from sklearn.mixture import GaussianMixture

    from tracksam.training.stills import read_still, real_stills

    for path in real_stills(data / "train" / "dsb2018", validation=True):
        still = read_still(path)
        truth = Regions.from_labels(still.labels_yx)
        truth = truth.select(truth.area_px >= 20)
        if len(truth) < 30:
            continue
        told = describe(still.image_yx[..., None], truth)
        names = ("size.equivalent_diameter", "intensity.mean_c0", "texture.grain_2_c0")
        columns = told.vectors[:, [told.columns.index(name) for name in names]]
        columns = (columns - columns.mean(axis=0)) / (columns.std(axis=0) + 1e-9)
        model = GaussianMixture(2, covariance_type="tied", n_init=5, random_state=0).fit(columns)
        kinds = model.predict(columns)
        precision = np.linalg.inv(model.covariances_)
        apart = model.means_[0] - model.means_[1]
        if np.bincount(kinds, minlength=2).min() < 12 or np.sqrt(apart @ precision @ apart) < 3.5:
            continue
        yield path.name, still.image_yx[..., None], truth, kinds


def real(eye: Eye, data: Path) -> Iterator[tuple[str, list[Seen]]]:
    """Each still in two halves: examples are of the left one, looked for in the right one."""
    for name, image_yxc, truth, kinds in stills(data):
        every = eye.everything(Frame(image_yxc, image_yxc))
        labels_yx = truth.to_labels()
        of = {i + 1: int(kind) for i, kind in enumerate(kinds.tolist())}
        if np.mean(list(of.values())) > 0.5:
            of = {label: 1 - kind for label, kind in of.items()}
        found = true_kinds(every.regions, labels_yx, of)
        left = every.regions.centroid_yx[:, 1] < image_yxc.shape[1] / 2
        halves = [
            (
                Everything(every.regions.select(half), every.embeddings.select(half)),
                found[half],
            )
            for half in (np.flatnonzero(left), np.flatnonzero(~left))
        ]
        whole = ~is_cut(halves[0][0].regions)
        enough = [((halves[0][1] == kind) & whole).sum() > SHOWN for kind in (0, 1)]
        if all(enough) and (halves[1][1] == 1).sum() >= 3:
            yield name, halves


def speed(eye: Eye) -> None:
    made = movie_of_kinds(
        PAIRS["spotted"],
        MovieSettings(n_frames=1, height_px=1000, width_px=1000, n_cells=1100, diameter_px=20),
    )
    image_yxc = made.movie.stack.frame(0)
    regions = Regions.from_labels(made.movie.masks.frame(0))
    regions = regions.select(np.arange(min(1000, len(regions))))
    frame = Frame(image_yxc, image_yxc)
    prepared = eye.embedder.prepare(image_yxc)
    start = time.process_time()
    embeddings = eye._embedded(frame, regions, prepared)
    print(
        f"embedding {len(regions)} cells of a prepared frame (processor time): "
        f"{time.process_time() - start:.2f} s"
    )
    pick = np.arange(10)
    shown = Examples(
        "a",
        embeddings.select(pick[:5]),
        embeddings.select(pick[5:]),
        embeddings.select(np.arange(10, 60)),
    )
    start = time.process_time()
    judge = Judge.of(shown)
    learned = time.process_time()
    Everything(regions, embeddings).like(judge, 0.5)
    print(
        f"learning from 10 examples: {1000 * (learned - start):.0f} ms; choosing among "
        f"{len(regions)}: {1000 * (time.process_time() - learned):.1f} ms"
    )


def main() -> None:
    eye = Eye.of(Settings())
    speed(eye)
    for pair in PAIRS:
        seen = simulated(eye, pair)
        shown, rest = seen[0][0], [seen[0][1], *(one for movie in seen[1:] for one in movie)]
        each = [("all", ()), *((group, (group,)) for group in GROUPS)]
        figures = "  ".join(
            f"{name} {found[0]:.2f} / {found[1]:.2f}"
            for name, groups in each
            for found in [by_example(shown, rest, groups)]
        )
        rand = np.mean([adjusted_rand(one) for one in seen])
        print(f"{pair}: precision / recall: {figures}; adjusted Rand index {rand:.2f}")
    if len(sys.argv) > 1:
        rows = []
        for name, (shown, other) in real(eye, Path(sys.argv[1])):
            try:
                rows.append(by_example(shown, [other]))
            except (ValueError, InvalidInputError):
                continue
            print(f"{name}: {rows[-1][0]:.2f} / {rows[-1][1]:.2f}")
        if rows:
            print(f"{len(rows)} stills: {np.mean(rows, axis=0).round(3).tolist()}")


if __name__ == "__main__":
    main()
