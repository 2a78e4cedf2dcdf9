"""Write the sample movies, their truth and their clicks.

    python sample_data/make.py [FOLDER]

FOLDER is this folder unless another is given. Samples that are there are replaced; two runs
give the same bytes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tracksam.io.ctc import write_truth
from tracksam.io.tables import write_prompts
from tracksam.io.tiff import write_movie
from tracksam.prompts import Boxes
from tracksam.simulate.samples import SAMPLES, clicks, sample


def main(folder: Path) -> None:
    """Write everything into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SAMPLES:
        made = sample(name)
        truth = folder / f"{name}_GT"
        shutil.rmtree(truth, ignore_errors=True)
        write_movie(made.stack, folder / f"{name}.tif")
        write_truth(made.masks, made.lineage, truth)
        for path in sorted((truth / "SEG").glob("*.tif"))[1::2]:
            path.unlink()
        prompts = "prompts.csv" if name == "nuclei" else f"{name}_prompts.csv"
        write_prompts(folder / prompts, clicks(made), Boxes())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
