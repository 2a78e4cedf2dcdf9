"""Track sequences end to end and compare with their truth: one row a sequence.

    python tests/benchmarks/sequences.py DATA [--only NAME] [--set segment.segmenter=classical]

DATA is a folder of Cell Tracking Challenge sequences, ``DATA/NAME/NN`` beside ``DATA/NAME/NN_GT``.
Default settings for all of them.
"""

import argparse
import tempfile
import time
from pathlib import Path

import tracksam
from tracksam.cli.options import assigned
from tracksam.evaluate import evaluate

MEASURES = ("valid", "seg", "det", "tra", "lnk", "bc", "chota", "division_f1")


def sequences(data: Path) -> list[Path]:
    """Return every NN that has an NN_GT beside it."""
    return sorted(gt.with_name(gt.name.removesuffix("_GT")) for gt in data.rglob("[0-9][0-9]_GT"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE")
    arguments = parser.parse_args()
    settings = tracksam.Settings().changed(assigned(arguments.set))
    print("| sequence | frames | seconds |", " | ".join(MEASURES), "|")
    print("|---|---|---|" + "---|" * len(MEASURES))
    for movie in sequences(arguments.data):
        if arguments.only in str(movie) and movie.is_dir():
            print(_row(movie, settings), flush=True)


def _row(movie: Path, settings: tracksam.Settings) -> str:
    stack = tracksam.read_movie(movie)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        tracksam.track(stack, settings=settings, out=Path(folder) / "run")
        seconds = time.perf_counter() - start
        scores = evaluate(Path(folder) / "run", Path(f"{movie}_GT"))
    cells = [_cell(getattr(scores, measure)) for measure in MEASURES]
    name = f"{movie.parent.name}/{movie.name}"
    return f"| {name} | {stack.n_frames} | {seconds:.0f} | {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
