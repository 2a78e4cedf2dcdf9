"""How good and how fast the shipped back ends find and click cells: `python segmentation.py`.

Default settings everywhere: no parameter belongs to a data set. Prints SEG of every sequence, mean
average precision of validation stills, overlaps after clicks, and seconds. Of movies whose first
half was trained on, the later half stands in a row of its own.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano import Nano
from tracksam.registry import create
from tracksam.training.figures import average_precision, click_test, seg
from tracksam.training.stills import read_still, real_stills

SEQUENCES = {
    "HeLa nuclei 02": ("ctc-measure-only/Fluo-N2DL-HeLa/02", "02_GT/SEG", 0.88),
    "DIC HeLa 01": ("ctc-measure-only/DIC-C2DH-HeLa/01", "01_GT/SEG", 0.75),
    "U373 phase 01 (silver)": ("ctc-measure-only/PhC-C2DH-U373-resized/01", "01_ST/SEG", 0.80),
    "T98G phase, frame 0": ("t98g-phase/01", "01_GT/SEG", 0.70),
    "yeast brightfield C": ("yeast-brightfield-C/01", "01_GT/SEG", 0.75),
    "yeast brightfield G": ("yeast-brightfield-G/01", "01_GT/SEG", 0.75),
    "C2C12 phase": ("c2c12-phase/01", "01_GT/SEG", 0.65),
}
STILLS = {"dsb2018 validation": ("train/dsb2018", 0.85), "t98g50 validation": ("train/t98g50", 0)}
LATER_HALVES = {
    "yeast G, later half": "yeast-brightfield-G/01",
    "C2C12, later half": "c2c12-phase/01",
}
MAX_FRAMES = 10
CLICKED_CELLS = 12

Frame = tuple[NDArray[Any], NDArray[Any]]


def frames(data: Path, images: str, labels: str) -> Iterator[Frame]:
    """Yield at most ten labelled frames, evenly spread."""
    import tifffile

    paths = sorted((data / images).parent.joinpath(labels).glob("man_seg*.tif"))
    for path in paths[:: max(1, -(-len(paths) // MAX_FRAMES))]:
        number = int(path.stem.removeprefix("man_seg"))
        yield tifffile.imread(data / images / f"t{number:03d}.tif"), tifffile.imread(path)


def stills(data: Path, folder: str) -> Iterator[Frame]:
    """Yield the labelled images of a folder that are kept for validation."""
    for path in real_stills(data / folder, validation=True):
        still = read_still(path)
        yield still.image_yx, still.labels_yx


def row(method: Any, labelled: Iterator[Frame], *, clicks: bool) -> dict[str, float]:
    """Return SEG, AP50, overlaps after one and four clicks, seconds a frame and a click."""
    found: dict[str, list[float]] = {
        name: [] for name in ("SEG", "AP50", "click", "+3", "s", "click s")
    }
    rng = np.random.default_rng(0)
    for image, labels_yx in labelled:
        start = time.perf_counter()
        prepared = method.prepare(image.reshape(*labels_yx.shape, -1))
        regions = method.detect(prepared)
        found["s"].append(time.perf_counter() - start)
        found["SEG"].extend(seg(labels_yx, regions.to_labels()))
        found["AP50"].append(average_precision(labels_yx, regions.to_labels()))
        ids = np.unique(labels_yx[labels_yx > 0])
        for label in rng.permutation(ids)[: CLICKED_CELLS if clicks else 0]:
            test = click_test(method, prepared, labels_yx == label, rng, time.perf_counter)
            found["click"].append(test.first)
            found["+3"].append(test.corrected)
            found["click s"].extend(test.seconds)
    return {
        name: float(np.nanmean(values)) if values else float("nan")
        for name, values in found.items()
    }


def speed(method: Any, data: Path) -> dict[str, float]:
    """Return the best of five: prepare, detect and a click on a frame of 700 x 1100 pixels."""
    ((image, labels_yx), *_) = frames(data, "ctc-measure-only/Fluo-N2DL-HeLa/02", "02_GT/SEG")
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {"prepare": [], "detect": [], "click": []}
    for _ in range(5):
        start = time.perf_counter()
        prepared = method.prepare(image[:, :, None])
        middle = time.perf_counter()
        method.detect(prepared)
        seconds["prepare"].append(middle - start)
        seconds["detect"].append(time.perf_counter() - middle)
        truth = labels_yx == labels_yx.max()
        seconds["click"] += click_test(method, prepared, truth, rng, time.perf_counter).seconds
    return {name: min(values) for name, values in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TRACKSAM_DATA")
    parser.add_argument("--data", type=Path, default=default, required=default is None)
    parser.add_argument("--methods", default="nano,classical")
    parser.add_argument("--only", default="", help="part of the titles of the rows to print")
    parser.add_argument("--no-clicks", action="store_true")
    parser.add_argument("--weights", type=Path, help="folder of other weights of nano")
    options = parser.parse_args()
    methods = {name: create("tracksam.detectors", name) for name in options.methods.split(",")}
    if options.weights is not None:
        methods = {"nano": Nano(folder=options.weights)}
    for name, method in methods.items():
        print(f"\n{name}")
        print(f"{'':24s} {'SEG':>6} {'wanted':>6} {'AP50':>6} {'click':>6} {'+3':>6} {'s':>6} ms")
        for title, (images, labels, wanted) in SEQUENCES.items():
            if options.only not in title:
                continue
            figures = row(
                method, frames(options.data, images, labels), clicks=not options.no_clicks
            )
            show(title, figures, wanted)
        for title, folder in LATER_HALVES.items():
            if options.only in title:
                labelled = stills(options.data, folder)
                wanted = next(w for images, _, w in SEQUENCES.values() if images == folder)
                show(title, row(method, labelled, clicks=not options.no_clicks), wanted)
        for title, (folder, wanted) in STILLS.items():
            if options.only not in title:
                continue
            show(title, row(method, stills(options.data, folder), clicks=False), wanted)
        print({key: f"{1000 * value:.1f} ms" for key, value in speed(method, options.data).items()})


def show(title: str, figures: dict[str, float], wanted: float) -> None:
    print(
        f"{title:24s} {figures['SEG']:6.3f} {wanted:6.2f} {figures['AP50']:6.3f} "
        f"{figures['click']:6.3f} {figures['+3']:6.3f} {figures['s']:6.2f} "
        f"{1000 * figures['click s']:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
