"""Track sequences end to end and compare with their truth: one row a sequence.

    python tests/benchmarks/sequences.py DATA [--only NAME] [--set segment.segmenter=classical]

DATA is a folder of Cell Tracking Challenge sequences, ``DATA/NAME/NN`` beside ``DATA/NAME/NN_GT``.
Default settings for all of them.
"""

import argparse
import tempfile
import time
import tomllib
from pathlib import Path

import tracksam
from tracksam.evaluate import evaluate

MEASURES = ("valid", "SEG", "DET", "TRA", "LNK", "CHOTA", "division F1")


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
    settings = tracksam.Settings()
    for change in arguments.set:
        name, value = change.split("=", 1)
        settings = settings.changed(tomllib.loads(f"{name} = {_literal(value)}"))
    print("| sequence | frames | seconds |", " | ".join(MEASURES), "|")
    print("|---|---|---|" + "---|" * len(MEASURES))
    for movie in sequences(arguments.data):
        if arguments.only in str(movie) and movie.is_dir():
            print(_row(movie, settings), flush=True)


def _literal(value: str) -> str:
    try:
        tomllib.loads(f"x = {value}")
    except tomllib.TOMLDecodeError:
        return f'"{value}"'
    return value


def _row(movie: Path, settings: tracksam.Settings) -> str:
    stack = tracksam.read_movie(movie)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        tracksam.track(stack, settings=settings, out=Path(folder) / "run")
        seconds = time.perf_counter() - start
        scores = dict(evaluate(Path(folder) / "run", Path(f"{movie}_GT")).to_rows())
    cells = [_cell(scores.get(measure)) for measure in MEASURES]
    name = f"{movie.parent.name}/{movie.name}"
    return f"| {name} | {stack.n_frames} | {seconds:.0f} | {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
