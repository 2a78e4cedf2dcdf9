"""Leave something out of linking and see what it costs.

    python tests/benchmarks/ablation.py DATA [--only NAME] [--simulated N] [--sources given,...]
        [--model link.json] [--from-frame N]
    python tests/benchmarks/ablation.py DATA --learned 20 [--only NAME] [--simulated N]

DATA as for ``linking.py``. The sources are masks that are *given*, with points where there is a
movie; *choices*, where cells are also offered merged with a neighbour or split, with scores that do
not tell which is right; what the default segmenter and the points *found*; and *finer*, where nano
offers what it finds with other thresholds, too. Seconds are those of linking, of the processor.

With ``--learned N`` the odds are learned anew from N simulated movies: with all evidence, and
without some of it. That is how evidence is judged: to silence it in odds that were learned with it
would say too much.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs
import numpy as np
from choices import with_choices
from given_masks import Given, given, simulated_given
from learned_without import learned_without
from linking import candidates, linked, sequence_folders, shipped, without_points
from rows import HEAD, outcome, pooled, row

from tracksam.graph import FrameCandidates
from tracksam.pipeline.models import load_models
from tracksam.settings import Settings
from tracksam.steps.candidates import candidates as found_candidates
from tracksam.steps.link import WINDOW_FRAMES
from tracksam.steps.linking.nodes import measured
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.work import Work

Frames = Sequence[FrameCandidates]
Source = Callable[[Given], Frames]


def found(sequence: Given, finer: bool) -> Frames:
    """Return what the default segmenter and the points propose for a sequence's movie."""
    models = load_models(Settings(), sequence.stack)
    if finer:
        nano = attrs.evolve(models.segmenter, alternatives=True)
        models = attrs.evolve(models, segmenter=nano, detector=nano)
    return list(found_candidates(Work(sequence.stack, models, {}, Settings())))


SOURCES: Mapping[str, Source] = {
    "given": lambda sequence: list(candidates(sequence)),
    "choices": lambda sequence: with_choices(list(without_points(sequence)), sequence.stack),
    "found": partial(found, finer=False),
    "finer": partial(found, finer=True),
}


# Masks that are given leave nothing to choose.
OF_CHOICES = "without alternatives"


@attrs.frozen
class Variant:
    """Linking with something left out.

    Parameters
    ----------
    odds : LinkOdds
    frames : callable
        What is left of the candidates.
    window_frames : int
        Frames that are solved together.
    """

    odds: LinkOdds
    frames: Callable[[Frames], Frames] = lambda frames: frames
    window_frames: int = WINDOW_FRAMES


def variants(odds: LinkOdds) -> dict[str, Variant]:
    """Return linking as it is, and without one thing after the other."""
    return {
        "all of it": Variant(odds),
        "without points": Variant(odds, no_points),
        OF_CHOICES: Variant(odds, best_of_each_frame),
        "one frame ahead": Variant(odds, window_frames=2),
        "frame by frame": Variant(odds, window_frames=1),
    }


def no_points(frames: Frames) -> Frames:
    """Return candidates that have no points any more."""
    return [
        attrs.evolve(
            frame,
            landing_kp2=np.zeros((len(frame), 0, 2)),
            landing_confidence_kp=np.zeros((len(frame), 0)),
        )
        for frame in frames
    ]


def best_of_each_frame(frames: Frames) -> Frames:
    """Return, of candidates that exclude each other, those with the best scores of their frame."""
    return [frame.select(_best(frame)) for frame in frames]


def _best(frame: FrameCandidates) -> np.ndarray:
    rivals: dict[int, set[int]] = {}
    for one, other in measured(frame).alternatives.tolist():
        rivals.setdefault(one, set()).add(other)
        rivals.setdefault(other, set()).add(one)
    kept: set[int] = set()
    for k in np.argsort(-frame.regions.score, kind="stable").tolist():
        if kept.isdisjoint(rivals.get(k, set())):
            kept.add(k)
    return np.isin(np.arange(len(frame)), list(kept))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--sources", default="given,choices")
    parser.add_argument("--simulated", type=int, default=0, help="Link N simulated movies, too.")
    parser.add_argument("--model", type=Path, help="Another link.json than the shipped one.")
    parser.add_argument("--from-frame", type=int, default=0, help="Leave out the frames before.")
    parser.add_argument("--learned", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    odds = shipped(arguments.model)
    tried = variants(odds)
    if arguments.learned:
        learned = learned_without(arguments.learned, odds.trust)
        tried = {name: Variant(one) for name, one in learned.items()}
    print(HEAD)
    for name in arguments.sources.split(","):
        for folder in sequence_folders(arguments.data, arguments.only):
            print_rows(name, iter([given(folder, arguments.from_frame)]), tried)
        if arguments.simulated:
            print_rows(name, map(simulated_given, range(arguments.simulated)), tried)


def print_rows(source: str, sequences: Iterator[Given], tried: Mapping[str, Variant]) -> None:
    """Print a row a variant for a sequence, or for many together."""
    results = {name: [] for name in tried}
    names = []
    for sequence in sequences:
        if source in ("found", "finer") and sequence.stack is None:
            continue
        frames = SOURCES[source](sequence)
        names.append(sequence.name)
        for name, variant in tried.items():
            if source == "given" and name == OF_CHOICES:
                continue
            kept = variant.frames(frames)
            start = time.process_time()
            answer = linked(kept, variant.odds, variant.window_frames)
            seconds = time.process_time() - start
            results[name].append(outcome(answer, sequence.truth, seconds))
    for name, many in results.items():
        if len(many) == 1:
            print(row(f"{names[0]}, {source}", name, many[0]), flush=True)
        elif many:
            print(pooled(f"{len(many)} simulated, {source}", name, many), flush=True)


if __name__ == "__main__":
    main()
