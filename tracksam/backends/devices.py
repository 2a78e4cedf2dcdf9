"""Devices: where a PyTorch model runs."""

from __future__ import annotations

from tracksam.errors import BackendError

AUTO = "auto"


def pick_device(wanted: str = AUTO) -> str:
    """Return the device on which a model runs.

    Parameters
    ----------
    wanted : str
        ``"auto"``: CUDA, else Metal, else the CPU. Otherwise a device as PyTorch names it, such
        as ``"cpu"`` or ``"cuda:1"``.

    Returns
    -------
    str

    Raises
    ------
    BackendError
        There is no such device here.
    """
    import torch

    if wanted == AUTO:
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind = wanted.partition(":")[0]
    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not here.get(kind, False):
        there = ", ".join(name for name, is_there in here.items() if is_there)
        raise BackendError(f"there is no device {wanted!r} here; there are {there}.")
    return wanted


def is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether an error of PyTorch means that the device's memory is full."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()
