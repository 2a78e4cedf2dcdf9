"""The back ends that settings name, and what stands of their weights in a run's record."""

import json
from pathlib import Path

import attrs
import pytest

import tracksam
from tracksam.backends.nano.model import default_folder
from tracksam.errors import BackendError
from tracksam.pipeline.models import load_models, told, weights_used
from tracksam.settings import Settings
from tracksam.simulate import situation
from tracksam.steps.crops import within_limits
from tracksam.weights import sha256_of


def test_the_weights_of_a_run_stand_in_its_record(tmp_path: Path) -> None:
    result = tracksam.track(situation("single_frame").stack, out=tmp_path / "run")
    record = json.loads((result.folder / "run.json").read_text())
    names = ("nano.onnx", "refine.onnx")
    assert record["weights"] == {name: sha256_of(default_folder() / name) for name in names}


def test_back_ends_without_weights_have_none_in_the_record() -> None:
    named = {"segment": {"segmenter": "classical", "detector": "none"}}
    assert weights_used(load_models(Settings().changed(named))) == {}


def test_weights_for_a_back_end_that_takes_none_are_refused() -> None:
    named = {"segment": {"segmenter": "classical", "weights": "sam-vit-b"}}
    with pytest.raises(BackendError, match="the segmenter 'classical' takes no weights"):
        load_models(Settings().changed(named))


def test_a_run_tells_where_each_large_model_runs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from tracksam.backends.tapir import Tapir

    named = {"segment": {"segmenter": "classical", "detector": "none"}}
    models = load_models(Settings().changed(named))
    assert told(models) == ()
    tracker = within_limits(Tapir(device="cpu", model=torch.nn.Identity()), shrink=2)
    assert told(attrs.evolve(models, tracker=tracker)) == ("Identity runs on cpu",)


def test_the_shipped_model_takes_one_scale_for_the_movie() -> None:
    stack = situation("drifting").stack
    alone, shown = load_models(Settings()), load_models(Settings(), stack)
    assert alone.segmenter.diameter_px is None
    assert shown.segmenter.diameter_px == pytest.approx(24, rel=0.4)
    assert shown.detector is shown.segmenter
    given = load_models(Settings().changed({"segment": {"diameter_px": 31.0}}), stack)
    assert given.segmenter.diameter_px == 31
