"""Weighted: what back ends share that load one file of weights and run it by PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tracksam import weights as known_weights
from tracksam.backends.devices import AUTO, pick_device
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch


class HasWeights:
    """A back end whose card names its usual weights."""

    info: ClassVar[BackendCard]

    @classmethod
    def find_weights(cls) -> Path | None:
        """Return where the usual weights lie, None if they are not on this machine."""
        return known_weights.find(cls.info.weights)


class Weighted(HasWeights):
    """A back end that loads its network when it is made; subclasses say how.

    Parameters
    ----------
    weights : str or Path, optional
        Name in the catalogue, or a file of your own. Default: those of the card.
    device : str
        As `tracksam.backends.devices.pick_device` takes it.
    model : torch.nn.Module, optional
        Instead of weights: what `load` returns.

    Attributes
    ----------
    weights_used : mapping of str to str
        Name and SHA-256 of what was loaded; empty for a model that was given.

    Raises
    ------
    WeightsError
        The weights are missing, damaged or of another model, or their licence was not accepted.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        device: str = AUTO,
        model: torch.nn.Module | None = None,
    ) -> None:
        self.device = pick_device(device)
        self.weights_used: Mapping[str, str] = {}
        if model is None:
            known_weights.check_accepted(known_weights.entry(self.info.weights))
            file = known_weights.require(weights or self.info.weights)
            model = self.load(file.path)
            self.weights_used = {file.name: file.sha256}
        self._model: Any = model.eval().to(self.device)

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return the network that a file of weights holds.

        Parameters
        ----------
        path : Path
            Checked.
        """
        raise NotImplementedError("a back end with weights says how its network is loaded")

    @property
    def message(self) -> str:
        """Which weights, and where they run: for the record of a run."""
        name = next(iter(self.weights_used), type(self._model).__name__)
        return f"{name} runs on {self.device}"
