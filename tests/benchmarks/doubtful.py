"""Confidences of masks, and the list of doubtful places, against the true masks.

    python tests/benchmarks/doubtful.py [DATA] [--only NAME] [--movies 8] [--set SECTION.NAME=VALUE]

Simulated movies of other seeds than those of the training; with DATA also its sequences ``NN`` with
silver masks in ``NN_ST/SEG``. A mask is wrong if it shares less than half (IoU) with every true
one, poor if less than 0.7; the calibration error is given of both. The silver masks lack cells, so
that there a mask that meets none is not judged.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
from calibration import UNSEEN_SEED
from numpy.typing import NDArray

import tracksam
from tracksam import Lineage, Masks, Stack
from tracksam.cli.options import assigned
from tracksam.doubts import doubts
from tracksam.io.labels import open_labels
from tracksam.mask_doubts import mask_runs
from tracksam.training.linking.calibrate import calibration_error
from tracksam.training.linking.movies import USUAL, simulated

RIGHT, GOOD = 0.5, 0.7
FIRST = 20
HEADER = (
    "movies, masks judged, wrong, poor, calibration error, doubtful masks, their places, judged, "
    "wrong, poor, list without masks, with them, masks among the first 20"
)


@attrs.frozen
class Found:
    """A result, and the best IoU of each row of its lineage; NaN: not judged."""

    lineage: Lineage
    iou: NDArray[np.float64]


def found(stack: Stack, truth: Masks, settings: tracksam.Settings, *, is_whole: bool) -> Found:
    """Track a movie and compare its masks with the true ones."""
    result = tracksam.track(stack, settings=settings)
    lineage = result.lineage
    best = {
        (track_id, frame): iou
        for frame, labels_yx in enumerate(result.masks)
        for track_id, iou in overlaps(truth.frame(frame), labels_yx)
    }
    keys = zip(lineage.track_id.tolist(), lineage.frame.tolist(), strict=True)
    iou = np.array([best[key] for key in keys])
    is_judged = ~lineage.is_interpolated & (is_whole | (iou > 0))
    return Found(lineage, np.where(is_judged, iou, np.nan))


def overlaps(
    truth_yx: NDArray[np.int64], labels_yx: NDArray[np.int64]
) -> Iterator[tuple[int, float]]:
    """Yield the ids of a label image with the best IoU that each has."""
    n = int(truth_yx.max()) + 1
    pairs = np.bincount((labels_yx.astype(np.int64) * n + truth_yx).ravel())
    pairs = np.pad(pairs, (0, -len(pairs) % n)).reshape(-1, n)
    of_truth = np.bincount(truth_yx.ravel(), minlength=n)
    for track_id in np.unique(labels_yx[labels_yx > 0]).tolist():
        shared = pairs[track_id, 1:]
        union = pairs[track_id].sum() + of_truth[1:] - shared
        yield track_id, float((shared / np.maximum(union, 1)).max(initial=0))


def row(name: str, several: list[Found]) -> str:
    """Return a row of the table."""
    sure = np.concatenate([one.lineage.mask_confidence for one in several])
    iou = np.concatenate([one.iou for one in several])
    judged = ~np.isnan(iou)
    bars = (RIGHT, GOOD)
    errors = [f"{calibration_error(sure[judged], iou[judged] >= bar):.3f}" for bar in bars]
    runs = [list(mask_runs(one.lineage)) for one in several]
    n_doubtful = sum(run.stop - run.start for of_one in runs for run in of_one)
    worst = [one.iou[run.worst] for one, each in zip(several, runs, strict=True) for run in each]
    told = np.array([value for value in worst if not np.isnan(value)])
    lists = [doubts(one.lineage) for one in several]
    bare = [doubts(attrs.evolve(one.lineage, mask_confidence=None)) for one in several]
    values = (
        int(judged.sum()),
        *(int((iou[judged] < bar).sum()) for bar in bars),
        " / ".join(errors),
        n_doubtful,
        len(worst),
        len(told),
        *(int((told < bar).sum()) for bar in bars),
        sum(map(len, bare)),
        sum(map(len, lists)),
        sum(doubt.kind == "mask" for of_one in lists for doubt in of_one[:FIRST]),
    )
    return f"| {name} | {' | '.join(map(str, values))} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--movies", type=int, default=8)
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE")
    arguments = parser.parse_args()
    settings = tracksam.Settings().changed(assigned(arguments.set))
    print("|", HEADER.replace(", ", " | "), "|")
    print("|---" * (HEADER.count(",") + 1) + "|")
    several = []
    for number in range(UNSEEN_SEED, UNSEEN_SEED + arguments.movies):
        filmed = simulated(number, USUAL)
        if filmed.stack is not None:
            truth = Masks.from_array(np.stack(filmed.labels))
            several.append(found(filmed.stack, truth, settings, is_whole=True))
    if several:
        print(row(f"simulated ({len(several)})", several), flush=True)
    for folder in sorted(arguments.data.rglob("[0-9][0-9]_ST")) if arguments.data else ():
        if arguments.only in str(folder):
            movie = folder.with_name(folder.name.removesuffix("_ST"))
            truth = Masks(open_labels(folder / "SEG"))
            one = found(tracksam.read_movie(movie), truth, settings, is_whole=False)
            print(row(f"{movie.parent.name}/{movie.name}", [one]), flush=True)


if __name__ == "__main__":
    main()
