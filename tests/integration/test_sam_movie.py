"""A network in segment-anything's layout draws a simulated movie, end to end.

Were a coordinate swapped, the padding on the wrong side, the image not normalised or the mask
scaled wrongly, the masks would be wrong.
"""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("segment_anything", reason="segment-anything is not installed")

import tracksam
from tracksam.prompts import Prompts
from tracksam.settings import Settings
from tracksam.simulate import situation
from tracksam.weights import sha256_of

SMALL = Path(__file__).resolve().parents[1] / "data" / "small_sam.pth"
NAMED = {
    "segment": {
        "segmenter": "sam-vit-b",
        "detector": "none",
        "weights": str(SMALL),
        "cache_gb": 0.05,
    },
    "mode": "follow",
    "device": "cpu",
}


def overlaps(result: tracksam.Result, truth) -> list[float]:
    """Intersection over union of every true cell with the mask that covers most of it."""
    found = []
    for t in range(truth.masks.n_frames):
        true_yx, drawn_yx = truth.masks.frame(t), result.masks.frame(t)
        for label in np.unique(true_yx[true_yx > 0]):
            mask_yx = true_yx == label
            under = drawn_yx[mask_yx]
            best = int(np.bincount(under[under > 0]).argmax()) if under.any() else -1
            both, either = mask_yx & (drawn_yx == best), mask_yx | (drawn_yx == best)
            found.append(both.sum() / either.sum())
    return found


@pytest.mark.parametrize("name", ["drifting", "crossing"])
def test_the_masks_of_a_movie_are_right(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKSAM_CACHE", str(tmp_path / "cache"))
    movie = situation(name)
    first = movie.masks.frame(0)
    ids = np.unique(first[first > 0])
    middles = np.array([np.argwhere(first == i).mean(axis=0) for i in ids])
    marks = Prompts(ids, np.zeros(len(ids), int), middles)
    settings = Settings().changed(NAMED)
    result = tracksam.track(movie.stack, marks, settings=settings, out=tmp_path / "run")
    mean = float(np.mean(overlaps(result, movie)))
    assert mean >= 0.75, f"mean overlap {mean:.3f}"
    record = json.loads((result.folder / "run.json").read_text())
    assert record["weights"] == {"small_sam.pth": sha256_of(SMALL)}
    assert "small_sam.pth runs on cpu in float32" in record["messages"]
    assert len(list((tmp_path / "cache").iterdir())) == movie.stack.n_frames
