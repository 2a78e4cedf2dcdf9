"""What runs the network."""

import numpy as np
import pytest

from tracksam.backends.nano.features import STRIDES
from tracksam.backends.nano.model import default_folder
from tracksam.backends.nano.normalise import network_input
from tracksam.backends.nano.runtime import load_session, openvino_helps, with_openvino

CONTENT = (default_folder() / "nano.onnx").read_bytes()


@pytest.fixture(scope="module")
def views() -> np.ndarray:
    rows, columns = np.mgrid[:96, :128]
    image_yx = np.sin(rows / 5) * np.cos(columns / 7)
    return network_input(image_yx.astype(np.float32))[None]


def test_onnxruntime_gives_the_answers(views: np.ndarray) -> None:
    session = load_session(CONTENT, threads=1)
    assert "answers" in {output.name for output in session.get_outputs()}
    assert session.run(["answers"], {"views": views})[0].shape == (1, 5, 96, 128)


def test_openvino_gives_nearly_the_same(views: np.ndarray) -> None:
    pytest.importorskip("openvino")
    ours, theirs = load_session(CONTENT, threads=1), with_openvino(CONTENT, 1)
    assert {"answers", *STRIDES} <= {output.name for output in theirs.get_outputs()}
    expected, found = (one.run(["answers"], {"views": views})[0] for one in (ours, theirs))
    assert np.abs(found - expected).mean() < 0.1 * np.abs(expected).mean()


@pytest.mark.parametrize(("processor", "helps"), [("Intel(R) Xeon(R)", True), ("AMD EPYC", False)])
def test_openvino_is_used_on_the_processors_it_is_made_for(
    monkeypatch: pytest.MonkeyPatch, processor: str, helps: bool
) -> None:
    openvino = pytest.importorskip("openvino")

    class Core:
        def get_property(self, device: str, name: str) -> str:
            return {("CPU", "FULL_DEVICE_NAME"): processor}[device, name]

    monkeypatch.setattr(openvino, "Core", Core)
    assert openvino_helps() is helps
