"""Where the time of linking goes, beside LapTrack's, and linking's share of a whole run.

    python tests/benchmarks/linking_time.py DATA [--only NAME] [--repeats 3]
    python tests/benchmarks/linking_time.py DATA --run [--only NAME]

The first prints, for masks of Cell Tracking Challenge folders ``NAME/NN_GT`` (silver masks where
there are some), milliseconds a frame of each part of `tracksam link --image`, then seconds from
label images to track ids beside LapTrack's: drawing the result is left out of both. The second
tracks the movies with default settings and prints the seconds that the record of the run tells.
The best of some repeats; seconds are of the processor, but those of a record are by the clock.
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import linking
import peers
import scipy.optimize
from given_masks import Given, given

import tracksam
from tracksam.graph import FrameCandidates
from tracksam.stack import Stack
from tracksam.steps import given as steps_given
from tracksam.steps import link as steps_link
from tracksam.steps.linking import motion, window
from tracksam.steps.linking.names import TrackNames
from tracksam.steps.linking.odds import LinkOdds

DRAWN, LAPTRACK = "drawing", "LapTrack"
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("reading the movie", Stack, "frame"),
    ("cutting masks", steps_given, "labels_to_candidates"),
    ("cutting masks", linking, "labels_to_candidates"),
    ("brightness", steps_link, "brightness"),
    ("sampling points", steps_given, "sample_points"),
    ("sampling points", motion, "sample_points"),
    ("following points", steps_given, "land"),
    ("evidence", window.Window, "add"),
    ("odds and problem", window.Window, "_problem"),
    ("odds and problem", window, "solve"),
    ("HiGHS", scipy.optimize, "linprog"),
    ("HiGHS", scipy.optimize, "milp"),
    ("confidence", window, "_reasons"),
    ("ids, filling gaps", TrackNames, "add"),
    (DRAWN, linking, "of_linked"),
    (DRAWN, peers, "tracked"),
)


class Parts:
    """Seconds of each part, without those of the parts within it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._now = ["the rest"]
        self._since = time.process_time()

    def note(self) -> None:
        """Give the time since the last call to the part that is being done."""
        now = time.process_time()
        self.seconds[self._now[-1]] = self.seconds.get(self._now[-1], 0.0) + now - self._since
        self._since = now

    @contextmanager
    def doing(self, part: str) -> Iterator[None]:
        """Return a context of which the time is a part's."""
        self.note()
        self._now.append(part)
        try:
            yield
        finally:
            self.note()
            self._now.pop()

    def watched(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of which the time is a part's."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.doing(part):
                return function(*args, **kwargs)

        return timed


def parts_of(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of each part of some work."""
    parts = Parts()
    with ExitStack() as stack:
        for name, owner, attribute in PARTS:
            function = parts.watched(name, getattr(owner, attribute))
            stack.enter_context(patch.object(owner, attribute, function))
        work()
        parts.note()
    return parts.seconds


def masks_alone(sequence: Given) -> Iterator[FrameCandidates]:
    """Yield candidates without intensities and points: what LapTrack has, and the outlines."""
    return (linking.labels_to_candidates(t, labels) for t, labels in enumerate(sequence.labels))


def ways(sequence: Given, odds: LinkOdds) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name."""
    return {
        LAPTRACK: lambda: peers.laptrack(sequence),
        "masks": lambda: linking.linked(masks_alone(sequence), odds),
        "masks, image": lambda: linking.linked(linking.without_points(sequence), odds),
        "masks, image, points": lambda: linking.linked(linking.candidates(sequence), odds),
    }


def best(work: Callable[[], object], repeats: int) -> dict[str, float]:
    """Return the parts of the quickest repeat, after one that is not counted."""
    work()
    return min((parts_of(work) for _ in range(repeats)), key=lambda parts: sum(parts.values()))


def linked(folders: list[Path], repeats: int) -> None:
    """Print the tables of linking alone."""
    odds, found = LinkOdds.shipped(), {}
    for folder in folders:
        sequence = given(folder)
        named = ways(sequence, odds).items()
        found[sequence.name] = {name: best(work, repeats) for name, work in named}, sequence
    names = [*dict.fromkeys(name for name, _, _ in PARTS), "the rest"]
    print(f"| ms a frame | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for name in names:
        cells = [
            f"{1000 * timed['masks, image, points'].get(name, 0.0) / len(sequence.labels):.1f}"
            for timed, sequence in found.values()
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    heads = list(next(iter(found.values()))[0])
    print(f"\n| seconds | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for sequence_name, (timed, _) in found.items():
        sums = {name: sum(parts.values()) - parts.get(DRAWN, 0.0) for name, parts in timed.items()}
        cells = [
            f"{value:.2f}" + f" ({value / sums[LAPTRACK]:.1f} x)" * (name != LAPTRACK)
            for name, value in sums.items()
        ]
        print(f"| {sequence_name} | {' | '.join(cells)} |", flush=True)


def whole_runs(folders: list[Path]) -> None:
    """Print the seconds of each step of whole runs."""
    print("| sequence | seconds | of these linking | steps |\n|---|---|---|---|")
    for folder in folders:
        movie = tracksam.read_movie(folder.with_name(folder.name.removesuffix("_GT")))
        with tempfile.TemporaryDirectory() as out:
            seconds = tracksam.track(movie, out=Path(out) / "run").record.seconds
        total = sum(seconds.values())
        steps = ", ".join(f"{step} {value:.1f}" for step, value in seconds.items())
        share = f"{100 * seconds['link'] / total:.1f} %"
        name = folder.name.removesuffix("_GT")
        print(f"| {folder.parent.name}/{name} | {total:.0f} | {share} | {steps} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--run", action="store_true", help="Whole runs with default settings.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    folders = [
        folder
        for folder in sorted(arguments.data.rglob("[0-9][0-9]_GT"))
        if arguments.only in str(folder) and (folder / "TRA" / "man_track.txt").is_file()
    ]
    if arguments.run:
        whole_runs(folders)
    else:
        linked(folders, arguments.repeats)


if __name__ == "__main__":
    main()
