"""What a training writes down so that it can go on after any interruption."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs
import torch
from torch import nn

Net = TypeVar("Net", bound=nn.Module)


@attrs.define
class Progress(Generic[Net]):
    """How far a training is: enough to go on as if nothing had happened.

    Parameters
    ----------
    net : Module
        The weights that are trained.
    optimiser : Optimizer
        With its moments.
    step : int
        Steps done.
    seconds : float
        Time spent, over all interruptions.
    """

    net: Net
    optimiser: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    def values(self) -> dict[str, Any]:
        """Return what a checkpoint holds, by name."""
        return {
            "net": self.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what a checkpoint holds.

        Parameters
        ----------
        values : mapping
            As of `values`, of networks of the same shape.
        """
        self.net.load_state_dict(values["net"])
        self.optimiser.load_state_dict(values["optimiser"])
        self.step, self.seconds = values["step"], values["seconds"]

    def save(self, path: Path) -> None:
        """Write a checkpoint; an interruption leaves the one before.

        Parameters
        ----------
        path : Path
            Replaced.
        """
        partial = path.with_suffix(".part")
        torch.save(self.values(), partial)
        partial.replace(path)


def read_checkpoint(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Return what a checkpoint holds, by name.

    Parameters
    ----------
    path : Path
        Written by `Progress.save`.
    device : str
        Where its arrays go.
    """
    saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return saved
