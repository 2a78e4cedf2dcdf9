"""Write the sample movies, their truth and their clicks.

    python sample_data/make.py [FOLDER]

FOLDER is this folder unless another is given. Samples that are there are replaced; two runs
give the same bytes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import tifffile

from tracksam.io.ctc import write_ctc
from tracksam.io.tables import write_prompts
from tracksam.prompts import Boxes
from tracksam.simulate.movie import SimulatedMovie
from tracksam.simulate.samples import SAMPLES, clicks, sample


def write_movie(path: Path, name: str, made: SimulatedMovie) -> None:
    """Write a compressed OME-TIFF with pixel size and frame interval."""
    movie_tyx = np.stack([frame_yxc[..., 0] for frame_yxc in made.stack])
    metadata = {
        "axes": "TYX",
        "Name": name,
        # The identifier is otherwise made of the clock and the machine's address.
        "UUID": f"urn:uuid:00000000-0000-4000-8000-{name.encode().hex()[:12]:0>12}",
        "PhysicalSizeX": made.stack.pixel_size_um,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": made.stack.pixel_size_um,
        "PhysicalSizeYUnit": "µm",
        "TimeIncrement": made.stack.frame_interval_s,
        "TimeIncrementUnit": "s",
    }
    tifffile.imwrite(
        path,
        movie_tyx,
        ome=True,
        metadata=metadata,
        compression="zlib",
        compressionargs={"level": 9},
        predictor=True,
        software="tracksam",
    )


def write_truth(folder: Path, made: SimulatedMovie) -> None:
    """Write masks and tracks as the Cell Tracking Challenge names its truth."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    write_ctc(made.masks, made.lineage, folder)
    for path in sorted(folder.glob("mask*.tif")):
        path.rename(path.with_name(path.name.replace("mask", "man_track")))
    (folder / "res_track.txt").rename(folder / "man_track.txt")


def main(folder: Path) -> None:
    """Write everything into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SAMPLES:
        made = sample(name)
        write_movie(folder / f"{name}.tif", name, made)
        write_truth(folder / f"{name}_GT" / "TRA", made)
        prompts = "prompts.csv" if name == "nuclei" else f"{name}_prompts.csv"
        write_prompts(folder / prompts, clicks(made), Boxes())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
