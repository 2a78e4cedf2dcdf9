"""Checkpoints: PyTorch files read without running code, and loaded only where every key fits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from tracksam.errors import WeightsError

State = dict[str, Any]
"""Tensors by name."""

WRAPPERS = ("state_dict", "model_state", "model")
"""Names under which training programs keep the state of a model in their checkpoints."""
MOST_TOLD = 3
"""Names told in a message; of the others only the number."""


def read_state(path: Path) -> State:
    """Return the tensors of a checkpoint, also where they lie inside a training checkpoint.

    Parameters
    ----------
    path : Path
        A file of `torch.save`, or a ``.safetensors`` file.

    Returns
    -------
    dict of str to tensor
        On the CPU. A prefix ``module.`` of all names (data parallel training) is taken away.

    Raises
    ------
    WeightsError
        The file is missing or truncated, holds code that would run when it is read, or holds
        no tensors by name.
    """
    try:
        found = _read(path)
    except UnpicklingError as error:
        raise WeightsError(
            f"{path} holds more than numbers ({_first_line(error)}), or is damaged; it is not "
            "read, because that could run a stranger's code. Ask for a file of tensors only."
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{path} can not be read: {_first_line(error)}. It may be truncated; fetch it again."
        ) from error
    state = _unwrapped(found)
    if state is None:
        raise WeightsError(f"{path} holds no tensors by name; got a {type(found).__name__}.")
    if all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state


def load_exactly(model: Any, state: Mapping[str, Any], source: str) -> None:
    """Load tensors into a model; every name and shape has to fit.

    Parameters
    ----------
    model : torch.nn.Module
        Changed.
    state : mapping of str to tensor
        Names as the model has them. Counters of batch normalisation may be absent.
    source : str
        Where the tensors come from, for the message.

    Raises
    ------
    WeightsError
        A name is missing, unknown, or of another shape; the message tells which.
    """
    own = model.state_dict()
    given = dict(state)
    for name, tensor in own.items():
        if name.endswith("num_batches_tracked"):
            given.setdefault(name, tensor)
    problems = [
        _told("missing", sorted(own.keys() - given.keys())),
        _told("unknown", sorted(given.keys() - own.keys())),
        _told(
            "of another shape",
            [
                f"{name} {tuple(given[name].shape)} for {tuple(own[name].shape)}"
                for name in sorted(own.keys() & given.keys())
                if given[name].shape != own[name].shape
            ],
        ),
    ]
    if any(problems):
        raise WeightsError(
            f"{source} does not fit the model {type(model).__name__}: "
            f"{'; '.join(filter(None, problems))}. Is it of another size or version?"
        )
    model.load_state_dict(given)


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def _unwrapped(found: Any) -> State | None:
    if not isinstance(found, Mapping):
        return None
    for wrapper in WRAPPERS:
        if isinstance(found.get(wrapper), Mapping):
            return _unwrapped(found[wrapper])
    if not found or not all(hasattr(value, "shape") for value in found.values()):
        return None
    return dict(found)


def _told(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return f"{what}: {', '.join(names[:MOST_TOLD])}{more}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
