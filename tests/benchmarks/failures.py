"""Track sequences end to end and count what went wrong: never proposed, rejected, or too much.

    python tests/benchmarks/failures.py DATA [--only NAME] [--out FOLDER] [--worst 10]

DATA as for ``sequences.py``. With ``--out``, runs, tables of failures and pictures are kept there,
which ``tracksam evaluate --explain`` would write. The last table has the cells of the truth whose
failures cost most, by the weights of the Cell Tracking Challenge (Matula et al. 2015).
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sequences import sequences

import tracksam
from tracksam.evaluate import Explanation, Failure, explain
from tracksam.evaluate.failure_pictures import Scene, failure_sheets
from tracksam.evaluate.failures import NEVER_PROPOSED, REJECTED
from tracksam.io.png import write_png

LACKING = ("missed cell", "merged cell", "missed link", "missed division")
SURPLUS = ("false cell", "wrong link", "false division")
COST = {
    "missed cell": 10.0,
    "merged cell": 5.0,
    "false cell": 1.0,
    "missed link": 1.5,
    "wrong link": 1.0,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, help="Keep runs, tables and pictures here.")
    parser.add_argument("--worst", type=int, default=10)
    arguments = parser.parse_args()
    print("| sequence | failure | never proposed | proposed, but rejected | too much |")
    print("|---|---|---|---|---|")
    found = {}
    for movie in sequences(arguments.data):
        if arguments.only in str(movie) and movie.is_dir():
            name = f"{movie.parent.name}/{movie.name}"
            found[name] = explained(movie, arguments.out)
            print(counts(name, found[name].failures), flush=True)
    print("\n| sequence | cell | cost | frames | what and why |\n|---|---|---|---|---|")
    for name, explanation in found.items():
        for line in worst(name, explanation.failures, arguments.worst):
            print(line)


def explained(movie: Path, out: Path | None) -> Explanation:
    """Return the failures of a sequence; keep everything in a folder, if one is named."""
    settings = tracksam.Settings(keep_candidates=True)
    stack = tracksam.read_movie(movie)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary if out is None else out) / f"{movie.parent.name}-{movie.name}"
        tracksam.track(stack, settings=settings, out=folder / "run", on_exists="overwrite")
        found = explain(folder / "run", Path(f"{movie}_GT"))
        if out is not None:
            found.to_table().to_csv(folder / "failures.csv", index=False)
            scene = Scene(stack, found.truth, found.result)
            for what, picture_yxc in failure_sheets(found.failures, scene, most=30):
                write_png(folder / f"{what.replace(',', '').replace(' ', '-')}.png", picture_yxc)
    return found


def counts(name: str, failures: Sequence[Failure]) -> str:
    """Return a row for each kind of failure."""
    n = Counter((failure.what, failure.proposed) for failure in failures)
    rows = [
        f"| {name} | {what} | {n[what, NEVER_PROPOSED]} | {n[what, REJECTED]} | |"
        for what in LACKING
    ]
    return "\n".join(rows + [f"| {name} | {what} | | | {n[what, '']} |" for what in SURPLUS])


def worst(name: str, failures: Sequence[Failure], most: int) -> list[str]:
    """Return a row for each of the cells whose failures cost most."""
    by_cell: dict[str, list[Failure]] = {}
    for failure in failures:
        cell = str(failure.truth[-1]) if failure.truth else f"none ({failure.result[-1]})"
        by_cell.setdefault(cell, []).append(failure)
    cost = {cell: sum(COST.get(f.what, 0.0) for f in those) for cell, those in by_cell.items()}
    rows = []
    for cell in sorted(cost, key=lambda cell: -cost[cell])[:most]:
        those = by_cell[cell]
        frames = sorted({failure.frame for failure in those})
        kinds = Counter(f"{f.what} {f.proposed}".strip() for f in those)
        what = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(3))
        span = f"{frames[0]}-{frames[-1]}"
        rows.append(f"| {name} | {cell} | {cost[cell]:.0f} | {span} | {what}: {those[0].cause} |")
    return rows


if __name__ == "__main__":
    main()
