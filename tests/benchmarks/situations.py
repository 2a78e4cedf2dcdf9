"""Every named situation end to end: does the result tell the same story as the truth?

python tests/benchmarks/situations.py [--seeds 5] [--out docs/...md]
"""

import argparse
import tempfile
from pathlib import Path

import tracksam
from tracksam.simulate import SITUATIONS, situation
from tracksam.testing.story import Story, differences


def told(name: str, seed: int) -> list[str]:
    """Return what is wrong in a situation, as sentences."""
    made = situation(name, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        result = tracksam.track(made.stack, out=Path(folder) / "run")
        return differences(Story(result.masks, result.lineage), Story(made.masks, made.lineage))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    print("| situation | what happens | passes | first difference |\n|---|---|---|---|")
    for name, meaning in SITUATIONS.items():
        if arguments.only not in name:
            continue
        wrong = [told(name, seed) for seed in range(arguments.seeds)]
        n_right = sum(not sentences for sentences in wrong)
        first = next((sentences[0] for sentences in wrong if sentences), "")
        print(f"| {name} | {meaning} | {n_right} of {len(wrong)} | {first} |", flush=True)


if __name__ == "__main__":
    main()
