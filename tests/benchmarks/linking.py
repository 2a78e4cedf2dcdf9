"""Link given masks, ids thrown away and shuffled: tracksam beside an oracle and peers.

    python tests/benchmarks/linking.py DATA [--only NAME] [--ablation]

DATA holds Cell Tracking Challenge folders ``NAME/NN_GT`` (and ``NAME/NN_ST`` with silver masks,
which are linked where they are). The oracle copies the truth's links onto the same masks. Needs
the extra [eval].
"""

import argparse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from given_masks import Given, given, laptrack, of_linked, oracle, overlap_assignment, timed

from tracksam.evaluate import Tracked, score
from tracksam.graph import FrameCandidates
from tracksam.settings import LinkSettings
from tracksam.steps.link import labels_to_candidates, link

MEASURES = ("lnk", "tra", "division_f1", "bio", "chota", "n_missed_links", "n_wrong_links")
PLAIN = LinkSettings()


def candidates(sequence: Given) -> Iterator[FrameCandidates]:
    """Yield the candidates of the given masks."""
    for t, labels_yx in enumerate(sequence.labels):
        image_yxc = None if sequence.stack is None else sequence.stack.frame(t)
        yield labels_to_candidates(t, labels_yx, image_yxc)


def tracksam(sequence: Given) -> Tracked:
    """Return tracksam's links, with default settings."""
    return of_linked(list(link(candidates(sequence), PLAIN)))


def frame_by_frame(sequence: Given) -> Tracked:
    """Return the links when each frame is decided with no later one in view."""
    return of_linked(list(link(candidates(sequence), PLAIN, window_frames=1)))


METHODS: dict[str, Callable[[Given], Tracked]] = {
    "oracle": oracle,
    "tracksam": tracksam,
    "LapTrack": laptrack,
    "overlap": overlap_assignment,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--methods", default=",".join(METHODS))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| sequence | method | seconds |", " | ".join(MEASURES), "|")
    print("|---|---|---|" + "---|" * len(MEASURES))
    for folder in sorted(arguments.data.rglob("[0-9][0-9]_GT")):
        if arguments.only in str(folder) and (folder / "TRA" / "man_track.txt").is_file():
            sequence = given(folder)
            for name in arguments.methods.split(","):
                print(row(sequence, name, METHODS[name]), flush=True)


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
