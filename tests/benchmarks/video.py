"""Follow people through a natural video from boxes in its first frame.

    python tests/benchmarks/video.py DATA/video-judo [--out RUN]

Two fighters and three people who stand by are marked by boxes in frame 0. The video has true
masks of the two fighters together in frame 0, and of each of the others in one later frame; the
boxes of the others are those of their true masks, for they hardly move. The fighters are
measured by a round trip too: their masks of the last frame are followed back to frame 0.
"""

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

import tracksam
from tracksam import Boxes, Regions, Settings, Stack
from tracksam.prompts import Marks

VIDEO = {
    "mode": "follow",
    "segment": {"segmenter": "grabcut", "detector": "none"},
    "link": {"divisions": False},
}
FIGHTERS = {11: (56, 322, 402, 448), 12: (16, 386, 422, 528)}
PAIR = 1
"""Label of both fighters together in the truth."""


def truth(folder: Path) -> dict[int, np.ndarray]:
    """Return the true label images by frame."""
    from PIL import Image

    return {int(p.stem): np.asarray(Image.open(p)) for p in sorted(folder.glob("*.png"))}


def box_of(mask_yx: np.ndarray) -> tuple[int, int, int, int]:
    """Return first row, first column, end row, end column of a mask."""
    x, y, width, height = cv2.boundingRect(mask_yx.astype(np.uint8))
    return y, x, y + height, x + width


def overlap(found_yx: np.ndarray, true_yx: np.ndarray) -> float:
    """Return the intersection over union on the columns that both have."""
    columns = min(found_yx.shape[1], true_yx.shape[1])
    a, b = found_yx[:, :columns], true_yx[:, :columns]
    return float((a & b).sum() / (a | b).sum())


def followed(stack: Stack, marks: Marks | Boxes, out: Path) -> np.ndarray:
    """Return the masks of a run, shape (T, Y, X)."""
    settings = Settings().changed(VIDEO)
    result = tracksam.track(stack, marks, settings=settings, out=out, on_exists="overwrite")
    return result.masks.to_array()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "video")
    arguments = parser.parse_args()
    stack = tracksam.read_movie(arguments.data / "images")
    masks = truth(arguments.data / "masks")
    frame_of = {int(i): t for t, m in masks.items() for i in np.unique(m[m > PAIR])}
    boxes = {i: box_of(masks[t] == i) for i, t in frame_of.items()} | FIGHTERS
    start = time.perf_counter()
    found = followed(
        stack,
        Boxes(list(boxes), [0] * len(boxes), list(boxes.values())),
        arguments.out / "forward",
    )
    seconds = time.perf_counter() - start
    values = {
        "both fighters, frame 0": overlap(np.isin(found[0], list(FIGHTERS)), masks[0] == PAIR)
    }
    for i, t in frame_of.items():
        values[f"person {i}, frame {t}"] = overlap(found[t] == i, masks[t] == i)
    last = stack.n_frames - 1
    painted = Regions.from_labels(
        np.where(np.isin(found[last], list(FIGHTERS)), found[last], 0), keep_ids=True
    )
    back = followed(stack, Marks(masks={last: painted}), arguments.out / "back")
    values["both fighters, there and back"] = overlap(back[0] > 0, masks[0] == PAIR)
    print("| who | IoU |\n|---|---|")
    for who, value in values.items():
        print(f"| {who} | {value:.3f} |")
    print(f"| mean | {np.mean(list(values.values())):.3f} |")
    print(f"{stack.n_frames} frames, {len(boxes)} people, {seconds:.0f} s")


if __name__ == "__main__":
    main()
