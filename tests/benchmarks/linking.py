"""Link given masks, ids thrown away and shuffled: tracksam beside an oracle and peers.

    python tests/benchmarks/linking.py DATA [--only NAME] [--methods oracle,tracksam,...]
        [--model link.json] [--from-frame N]

DATA holds Cell Tracking Challenge folders ``NAME/NN_GT`` (and ``NAME/NN_ST`` with silver masks,
which are linked where they are). The oracle copies the truth's links onto the same masks.
`tracksam` is what `tracksam link --image` does; the methods named `without ...` leave something
out of it. Needs the extra [eval]. Seconds are of the processor.
"""

import argparse
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import numpy as np
from given_masks import Given, given, laptrack, of_linked, oracle, overlap_assignment, timed

from tracksam import registry
from tracksam.evaluate import Tracked, score
from tracksam.graph import FrameCandidates
from tracksam.masks import Masks
from tracksam.settings import LinkSettings, Settings
from tracksam.steps.given import Movement, given_candidates
from tracksam.steps.link import TIME_LIMIT_S, in_windows, labels_to_candidates
from tracksam.steps.linking.additive import Additive, Curve
from tracksam.steps.linking.names import TrackNames
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.window import Window

MEASURES = ("lnk", "tra", "division_f1", "bio", "chota", "n_missed_links", "n_wrong_links")
PLAIN = LinkSettings()


MITOSIS = ("condensing", "brightening", "glow", "roundness", "contrast", "imbalance")


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


def linked(frames: Iterator[FrameCandidates], odds: LinkOdds, window_frames: int = 12) -> Tracked:
    """Return the tracks of candidates, linked by some odds."""
    names = TrackNames(PLAIN, odds.trust, 1)
    found = [
        named
        for decided in in_windows(frames, Window(PLAIN, odds, TIME_LIMIT_S), window_frames)
        for named in names.add(decided)
    ]
    return of_linked(found + names.finish())


def silent(odds: LinkOdds, part: str, names: tuple[str, ...]) -> LinkOdds:
    """Return odds of which some curves of a part say the same of everything: what is usual."""
    model = getattr(odds, part)
    curves = {
        name: Curve([0.0], [curve.value.mean()], float(curve.value.mean()))
        if name in names
        else curve
        for name, curve in model.curves.items()
    }
    return attrs.evolve(odds, **{part: Additive(model.constant, curves)})


def methods(odds: LinkOdds) -> dict[str, Callable[[Given], Tracked]]:
    """Return every way to link, by name."""
    plain = silent(odds, "division", MITOSIS)
    no_flicker = silent(odds, "division", ("was_two", "rejoined"))
    return {
        "oracle": oracle,
        "tracksam": lambda given: linked(candidates(given), odds),
        "LapTrack": laptrack,
        "overlap": overlap_assignment,
        "without points": lambda given: linked(without_points(given), odds),
        "without mitosis": lambda given: linked(candidates(given), plain),
        "without flicker": lambda given: linked(candidates(given), no_flicker),
        "frame by frame": lambda given: linked(candidates(given), odds, 1),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--methods", default="oracle,tracksam,LapTrack,overlap")
    parser.add_argument("--model", type=Path, help="Another link.json than the shipped one.")
    parser.add_argument("--from-frame", type=int, default=0, help="Leave out the frames before.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    odds = LinkOdds.shipped()
    if arguments.model is not None:
        odds = LinkOdds.from_mapping(json.loads(arguments.model.read_text()))
    known = methods(odds)
    print("| sequence | method | seconds |", " | ".join(MEASURES), "|")
    print("|---|---|---|" + "---|" * len(MEASURES))
    for folder in sorted(arguments.data.rglob("[0-9][0-9]_GT")):
        if arguments.only in str(folder) and (folder / "TRA" / "man_track.txt").is_file():
            sequence = given(folder, arguments.from_frame)
            for name in arguments.methods.split(","):
                print(row(sequence, name, known[name]), flush=True)


def row(sequence: Given, name: str, method: Callable[[Given], Tracked]) -> str:
    """Return a row of the table."""
    answer, seconds = timed(method, sequence)
    scores = score(answer, sequence.truth)
    if not scores.valid:
        return f"| {sequence.name} | {name} | {seconds:.1f} | {scores.faults[:2]} |"
    values = [getattr(scores, measure) for measure in MEASURES]
    cells = ["-" if v is None else f"{v:.4f}" if isinstance(v, float) else str(v) for v in values]
    return f"| {sequence.name} | {name} | {seconds:.1f} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
