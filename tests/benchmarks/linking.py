"""Link given masks, ids thrown away and shuffled: tracksam beside an oracle and peers.

    python tests/benchmarks/linking.py DATA [--only NAME] [--methods oracle,tracksam,...]
        [--model link.json] [--from-frame N] [--simulated N] [--btrack-config cell_config.json]

DATA holds Cell Tracking Challenge folders ``NAME/NN_GT`` (and ``NAME/NN_ST`` with silver masks,
which are linked where they are). The oracle copies the truth's links onto the same masks.
`tracksam` is what `tracksam link --image` does. Needs the extra [eval]; trackpy and btrack are left
out, and it is said how to get them, where they are not installed. Seconds are of the processor.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from given_masks import Given, given, of_linked, oracle, simulated_given, timed
from peers import NotInstalledError, btrack, laptrack, overlap_assignment, trackpy
from rows import HEAD, Outcome, outcome, pooled, row

from tracksam import registry
from tracksam.evaluate import Tracked
from tracksam.graph import FrameCandidates
from tracksam.masks import Masks
from tracksam.settings import LinkSettings, Settings
from tracksam.steps.given import Movement, given_candidates
from tracksam.steps.link import TIME_LIMIT_S, WINDOW_FRAMES, in_windows, labels_to_candidates
from tracksam.steps.linking.names import TrackNames
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.window import Window

PLAIN = LinkSettings()
Method = Callable[[Given], Tracked]


def candidates(sequence: Given) -> Iterator[FrameCandidates]:
    """Yield the candidates of the given masks, with points where there is a movie."""
    movement = None
    if sequence.stack is not None:
        follow = Settings().follow
        tracker = registry.create("tracksam.point_trackers", follow.point_tracker)
        length = min(follow.window_frames, tracker.max_frames)
        movement = Movement(sequence.stack, tracker, follow.points_per_object, length)
    return given_candidates(Masks.from_array(np.stack(sequence.labels)), movement)


def without_points(sequence: Given) -> Iterator[FrameCandidates]:
    """Yield the candidates with intensities only."""
    for t, labels_yx in enumerate(sequence.labels):
        image_yxc = None if sequence.stack is None else sequence.stack.frame(t)
        yield labels_to_candidates(t, labels_yx, image_yxc)


def linked(
    frames: Iterator[FrameCandidates], odds: LinkOdds, window_frames: int = WINDOW_FRAMES
) -> Tracked:
    """Return the tracks of candidates, linked by some odds."""
    names = TrackNames(PLAIN, odds.trust, 1)
    found = [
        named
        for decided in in_windows(frames, Window(PLAIN, odds, TIME_LIMIT_S), window_frames)
        for named in names.add(decided)
    ]
    return of_linked(found + names.finish())


def methods(odds: LinkOdds, btrack_config: Path | None) -> dict[str, Method]:
    """Return every way to link, by name."""
    return {
        "oracle": oracle,
        "tracksam": lambda given: linked(candidates(given), odds),
        "without points": lambda given: linked(without_points(given), odds),
        "LapTrack": laptrack,
        "btrack": partial(btrack, config=btrack_config),
        "trackpy": trackpy,
        "overlap": overlap_assignment,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--methods", default="oracle,tracksam,LapTrack,btrack,trackpy,overlap")
    parser.add_argument("--model", type=Path, help="Another link.json than the shipped one.")
    parser.add_argument("--from-frame", type=int, default=0, help="Leave out the frames before.")
    parser.add_argument("--simulated", type=int, default=0, help="Link N simulated movies, too.")
    parser.add_argument("--btrack-config", type=Path, help="Else btrack downloads its own.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    known = methods(shipped(arguments.model), arguments.btrack_config)
    chosen = {name: known[name] for name in arguments.methods.split(",")}
    print(HEAD)
    for folder in sequence_folders(arguments.data, arguments.only):
        sequence = given(folder, arguments.from_frame)
        for name, method in chosen.items():
            for one in judged(name, method, [sequence]):
                print(row(sequence.name, name, one), flush=True)
    if arguments.simulated:
        sequences = [simulated_given(number) for number in range(arguments.simulated)]
        for name, method in chosen.items():
            many = judged(name, method, sequences)
            print(pooled(f"{len(many)} simulated", name, many), flush=True)


def shipped(model: Path | None) -> LinkOdds:
    """Return the odds of a file, or the shipped ones."""
    if model is None:
        return LinkOdds.shipped()
    return LinkOdds.from_mapping(json.loads(model.read_text()))


def sequence_folders(data: Path, only: str) -> list[Path]:
    """Return the folders ``NN_GT`` whose truth has tracks."""
    folders = sorted(data.rglob("[0-9][0-9]_GT"))
    return [f for f in folders if only in str(f) and (f / "TRA" / "man_track.txt").is_file()]


def judged(name: str, method: Method, sequences: Sequence[Given]) -> list[Outcome]:
    """Return what a method makes of each sequence; nothing if it is not installed, or fails."""
    found = []
    for sequence in sequences:
        try:
            answer, seconds = timed(method, sequence)
        except NotInstalledError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            return []
        found.append(outcome(answer, sequence.truth, seconds))
    return found


if __name__ == "__main__":
    main()
