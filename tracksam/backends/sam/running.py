"""Where a network runs, and in which precision."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.devices import AUTO, is_out_of_memory, pick_device
from tracksam.errors import BackendError
from tracksam.settings import PRECISIONS

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@attrs.frozen
class Running:
    """Device and precision.

    Parameters
    ----------
    device : str
        As PyTorch names it.
    precision : str
        ``"float32"``, ``"bfloat16"`` or ``"float16"``.
    """

    device: str = "cpu"
    precision: str = "float32"

    @classmethod
    def pick(cls, device: str = AUTO, precision: str = AUTO) -> Running:
        """Return what suits this machine.

        Parameters
        ----------
        device : str
            ``"auto"``: CUDA, else Metal, else the CPU.
        precision : str
            ``"auto"``: bfloat16 where CUDA has it, else float16; float16 on Metal, float32 on the
            CPU.

        Returns
        -------
        Running

        Raises
        ------
        BackendError
            No such device here, or no such precision.
        """
        import torch

        if precision not in PRECISIONS:
            raise BackendError(
                f"the precision must be one of {', '.join(PRECISIONS)}; got {precision!r}."
            )
        found = pick_device(device)
        if precision == AUTO:
            if found.startswith("cuda"):
                precision = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
            else:
                precision = "float16" if found.startswith("mps") else "float32"
        return cls(found, precision)

    @property
    def batch(self) -> int:
        """Prompts at once: more cost memory, and save no time on a CPU."""
        return 64 if self.device.startswith("cuda") else 16

    @contextlib.contextmanager
    def inference(self) -> Iterator[None]:
        """Give a context in which nothing is differentiated, in the chosen precision."""
        import torch

        kind = self.device.partition(":")[0]
        half = getattr(torch, self.precision)
        with torch.inference_mode():
            if half is torch.float32:
                yield
                return
            with torch.autocast(kind, dtype=half):
                yield

    def placed(self, tensor: Any) -> Any:
        """Return a tensor or module on the device."""
        return tensor.to(self.device)

    def placed_array(self, array: NDArray[Any]) -> Any:
        """Return an array as a tensor of float32 on the device."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device)

    def to_numpy(self, tensor: Any) -> NDArray[Any]:
        """Return a tensor as an array: float32, or float16 where the precision is a half one."""
        import torch

        dtype = torch.float32 if self.precision == "float32" else torch.float16
        found: NDArray[Any] = tensor.to(dtype).cpu().numpy()
        return found


def in_batches(
    work: Callable[[Sequence[Item]], Sequence[Answer]], items: Sequence[Item], size: int
) -> Iterator[Answer]:
    """Yield an answer for each item; where the memory is full, go on with half the batch.

    Parameters
    ----------
    work : callable
        Takes some items, gives an answer for each.
    items : sequence
        In order.
    size : int
        Items at once.

    Yields
    ------
    answer
        One an item.

    Raises
    ------
    RuntimeError
        The memory is full with a single item, or another error of PyTorch.
    """
    start = 0
    while start < len(items):
        try:
            answers = work(items[start : start + size])
        except RuntimeError as error:
            if not is_out_of_memory(error) or size == 1:
                raise
            size = max(1, min(size, len(items) - start) // 2)
            continue
        yield from answers
        start += size
