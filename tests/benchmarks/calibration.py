"""Confidences against what is right, in movies that no odds and no confidence were learned from.

    python tests/benchmarks/calibration.py [DATA] [--only NAME] [--movies 12] [--model link.json]

Simulated movies of other seeds than those of the training; with DATA also the masks of its
sequences, ids thrown away, under the truth's lineage. Of cell-migration-labels, part of which odds
are learned from, only what comes after. For every kind of way: how many, how many wrong, the
expected calibration error, and what share of the wrong ones is among the least sure 5 %.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from given_masks import Given, given
from linking import candidates

from tracksam.evaluate.matching import matched
from tracksam.settings import LinkSettings
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Kind
from tracksam.training.linking.calibrate import (
    Judged,
    calibration_error,
    judged,
    share_of_wrong,
)
from tracksam.training.linking.make import LinkTraining
from tracksam.training.linking.movies import USUAL, simulated_movies
from tracksam.training.linking.prepared import prepared
from tracksam.training.linking.truth import KnownMovie

# Seeds of movies that nothing was learned or chosen on.
UNSEEN_SEED = 30_000
LEARNED_FROM = "cell-migration-labels"
LINKS = (Kind.LINK, Kind.GAP, Kind.BIRTH)
ROWS = {"all ways": tuple(Kind), "links": LINKS} | {
    name: (kind,)
    for name, kind in zip(
        ("to the next frame", "over gaps", "from mothers", "starts", "ends"), Kind, strict=True
    )
}


def known(sequence: Given) -> KnownMovie:
    """Return a sequence's candidates with the cell that each covers more than half of."""
    parents = {int(row[0]): int(row[3]) for row in sequence.truth.table if row[3]}
    n_children = Counter(parents.values())
    begin, end = ({int(row[0]): int(row[k]) for row in sequence.truth.table} for k in (1, 2))
    goes_on = {  # not a bud, whose mother lives on
        child: before
        for child, before in parents.items()
        if n_children[before] == 1 and end[before] < begin[child]
    }
    cells = []
    for truth_yx, labels_yx in zip(sequence.truth.masks, sequence.labels, strict=True):
        _, found, true_ids, labels, _ = matched(truth_yx, labels_yx)
        of = dict(zip(reversed(labels), reversed(true_ids), strict=True))
        cells.append(np.array([_first(of.get(label, 0), goes_on) for label in found], np.int64))
    mothers = {c: _first(m, goes_on) for c, m in parents.items() if c not in goes_on}
    return KnownMovie(list(candidates(sequence)), cells, mothers, sequence.name)


def _first(cell: int, goes_on: dict[int, int]) -> int:
    """Return the first id of a cell that has another one after a gap."""
    while cell in goes_on:
        cell = goes_on[cell]
    return cell


def rows(name: str, ways: Judged, odds: LinkOdds) -> Iterator[str]:
    """Yield the rows of one set of movies."""
    chance = odds.trust(ways.reasons)
    for row, kinds in ROWS.items():
        mine = np.isin(ways.reasons.kind, kinds)
        right = ways.is_right[mine]
        if len(right):
            error = calibration_error(chance[mine], right)
            share = share_of_wrong(chance[mine], right)
            n_wrong = int((~right).sum())
            seen = f"{share:.2f}" if n_wrong else "-"
            yield f"| {name} | {row} | {len(right)} | {n_wrong} | {error:.3f} | {seen} |"


def measured(name: str, movies: Iterable[KnownMovie], odds: LinkOdds) -> None:
    """Print the rows of one set of movies."""
    ways = judged((prepared(movie, LinkSettings()) for movie in movies), odds)
    for line in rows(name, ways, odds):
        print(line, flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--movies", type=int, default=12)
    parser.add_argument("--model", type=Path, help="Another link.json than the shipped one.")
    arguments = parser.parse_args()
    odds = LinkOdds.shipped()
    if arguments.model is not None:
        odds = LinkOdds.from_mapping(json.loads(arguments.model.read_text()))
    print("| movies | ways | n | wrong | calibration error | wrong in the least sure 5 % |")
    print("|---|---|---|---|---|---|")
    if arguments.movies:
        numbers = range(UNSEEN_SEED, UNSEEN_SEED + arguments.movies)
        measured("simulated", simulated_movies(numbers, USUAL), odds)
    for folder in sorted(arguments.data.rglob("[0-9][0-9]_GT")) if arguments.data else ():
        if arguments.only in str(folder) and (folder / "TRA" / "man_track.txt").is_file():
            first = LinkTraining().real_frames if LEARNED_FROM in str(folder) else 0
            sequence = given(folder, first)
            measured(sequence.name, [known(sequence)], odds)


if __name__ == "__main__":
    main()
