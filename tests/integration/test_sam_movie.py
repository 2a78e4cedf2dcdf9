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
from tracksam import Boxes, Regions
from tracksam.errors import SettingsError
from tracksam.evaluate.overlap import mean_iou
from tracksam.pipeline.finding.query import LikeReference
from tracksam.pipeline.models import computing
from tracksam.prompts import Prompts
from tracksam.reference import Reference
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


@pytest.mark.parametrize("precision", ["auto", "bfloat16"])
def test_precision_is_a_setting(precision: str) -> None:
    movie = situation("drifting")
    stack = movie.stack.until(2)
    first = Regions.from_labels(movie.masks.frame(0), keep_ids=True)
    boxes = Boxes(first.object_id, np.zeros(len(first), int), first.box_yxyx)
    settings = Settings().changed({**NAMED, "precision": precision})
    result = tracksam.track(stack, boxes, settings=settings)
    wanted = "float32" if precision == "auto" else precision
    assert f"small_sam.pth runs on cpu in {wanted}" in result.record.messages
    assert mean_iou(result.masks, dict(enumerate(movie.masks.frame(t) for t in range(2)))) >= 0.75


def test_finders_take_the_precision_too() -> None:
    settings = Settings().changed({**NAMED, "precision": "float16"})
    assert computing(settings) == {"device": "cpu", "precision": "float16"}
    image_yx = situation("drifting").stack.frame(0)
    mask_yx = situation("drifting").masks.frame(0) == 1
    settings = settings.changed({"precision": "bfloat16", "find": {"min_likeness": 0.0}})
    found = LikeReference(Reference(image_yx, mask_yx), settings)(situation("drifting").stack, 0)
    assert len(found)
    with pytest.raises(SettingsError, match="precision must be one of auto, float32"):
        Settings(precision="float64")


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
