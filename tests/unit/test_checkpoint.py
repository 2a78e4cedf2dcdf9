"""Checkpoints: tensors are loaded, code is not, and what does not fit is told."""

import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tracksam.backends.checkpoint import load_exactly, read_state  # noqa: E402
from tracksam.errors import WeightsError  # noqa: E402


class RunsCode:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this ran",)


def test_tensors_come_back_also_nested(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"model_state": {"sam.a": torch.arange(3)}, "epoch": 7}, path)
    assert read_state(path)["sam.a"].tolist() == [0, 1, 2]


def test_code_is_refused_and_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil.pth"
    torch.save({"weight": RunsCode()}, path)
    with pytest.raises(WeightsError, match="could run a stranger's code"):
        read_state(path)
    old = tmp_path / "old.pkl"
    old.write_bytes(pickle.dumps({"weight": RunsCode()}, protocol=2))
    with pytest.raises(WeightsError, match="could run a stranger's code"):
        read_state(old)
    assert "this ran" not in capsys.readouterr().out


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"a": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:-700])
    with pytest.raises(WeightsError, match="may be truncated; fetch it again"):
        read_state(path)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    with pytest.raises(WeightsError, match=r"can not be read: .*No such file"):
        read_state(path)
    path.write_text("<html>Sign in</html>")
    with pytest.raises(WeightsError, match="or is damaged"):
        read_state(path)
    torch.save(torch.zeros(2), path)
    with pytest.raises(WeightsError, match="holds no tensors by name; got a Tensor"):
        read_state(path)


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    path = tmp_path / "net.safetensors"
    safetensors.save_file({"a": torch.ones(2)}, path)
    assert read_state(path)["a"].tolist() == [1, 1]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(WeightsError, match="may be truncated; fetch it again"):
        read_state(path)


def test_a_checkpoint_fits_or_it_is_said_what_does_not() -> None:
    model = torch.nn.Linear(3, 2)
    state = {"weight": torch.ones(2, 3), "bias": torch.ones(2)}
    load_exactly(model, state, "net.pth")
    assert model.weight.tolist() == [[1, 1, 1], [1, 1, 1]]
    with pytest.raises(WeightsError, match=r"missing: bias\. Is it of another size"):
        load_exactly(model, {"weight": state["weight"]}, "net.pth")
    with pytest.raises(WeightsError, match="unknown: scale"):
        load_exactly(model, {**state, "scale": torch.ones(1)}, "net.pth")
    with pytest.raises(WeightsError, match=r"of another shape: weight \(2, 4\) for \(2, 3\)"):
        load_exactly(model, {**state, "weight": torch.ones(2, 4)}, "net.pth")
