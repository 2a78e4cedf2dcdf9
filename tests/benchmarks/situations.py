"""Every named situation end to end, forward and backward: does the result tell the truth's story?

    python tests/benchmarks/situations.py [--seeds 5] [--only NAME]

Played backward, what divides merges, so that no cell has a mother, and one of the daughters may go
on as what was the mother.
"""

import argparse
import tempfile
from pathlib import Path

import tracksam
from tracksam.simulate import SITUATIONS, backward, situation
from tracksam.testing.story import Story, differences

WAYS = ("forward", "backward")


def told(name: str, seed: int, way: str) -> list[str]:
    """Return what is wrong in a situation, as sentences."""
    made = situation(name, seed=seed)
    merges = [{daughter, mother} for daughter, mother in made.lineage.parents.items()]
    if way == "backward":
        made = backward(made)
    settings = tracksam.Settings().changed({"link": {"budding": name == "budding"}})
    with tempfile.TemporaryDirectory() as folder:
        result = tracksam.track(made.stack, settings=settings, out=Path(folder) / "run")
        found = differences(Story(result.masks, result.lineage), Story(made.masks, made.lineage))
    return [s for s in found if way == "forward" or name == "budding" or not _is_merge(s, merges)]


def _is_merge(sentence: str, merges: list[set[int]]) -> bool:
    return any(sentence.endswith(f"runs through cells {sorted(pair)}") for pair in merges)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    print("| situation | what happens | passes | backward | first difference |")
    print("|---|---|---|---|---|")
    for name, meaning in SITUATIONS.items():
        if arguments.only in name:
            print(_row(name, meaning, arguments.seeds), flush=True)


def _row(name: str, meaning: str, n_seeds: int) -> str:
    cells, first = [], ""
    for way in WAYS:
        wrong = [told(name, seed, way) for seed in range(n_seeds)]
        cells.append(f"{sum(not sentences for sentences in wrong)} of {len(wrong)}")
        first = first or next((f"{way}, {s[0]}" for s in wrong if s), "")
    return f"| {name} | {meaning} | {' | '.join(cells)} | {first} |"


if __name__ == "__main__":
    main()
