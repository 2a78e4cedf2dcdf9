"""A folder of a model as the hub has it: loaded from disk only, never from the network."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import weights
from tracksam.backends.devices import AUTO, pick_device
from tracksam.backends.eight_bit import Normal, colours
from tracksam.backends.weighted import HasWeights
from tracksam.errors import WeightsError
from tracksam.registry import BackendCard

PLAIN = "pytorch_model.bin"
"""Weights of models of which the hub has no safetensors."""
CLIP: Normal = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@attrs.frozen(eq=False)
class HubModel:
    """A model, its tokenizer and how its images are normalised.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode, on the device.
    tokenizer : Any
        Of the transformers library; None where the model takes no words.
    mean, std : tuple of float
        Of the colours, from 0 to 1.
    device : str
        Where it runs.
    name, sha256 : str
        Of the weights.
    """

    network: Any
    tokenizer: Any
    mean: tuple[float, ...]
    std: tuple[float, ...]
    device: str
    name: str
    sha256: str

    def pixels(self, image_yxc: NDArray[np.uint8]) -> Any:
        """Return 8-bit images of one size as a tensor, normalised.

        Parameters
        ----------
        image_yxc : ndarray of uint8, shape (Y, X, 3) or (N, Y, X, 3)

        Returns
        -------
        Tensor, shape (N, 3, Y, X)
        """
        import torch

        batch = np.asarray(image_yxc, np.float32).reshape(-1, *image_yxc.shape[-3:]) / 255
        normal = (batch - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        channels_first = np.ascontiguousarray(normal.transpose(0, 3, 1, 2), np.float32)
        return torch.from_numpy(channels_first).to(self.device)

    def tokens(self, phrases: tuple[str, ...]) -> dict[str, Any]:
        """Return phrases as tensors, padded to the length that the model was made for."""
        longest = int(self.network.config.text_config.max_position_embeddings)
        given = self.tokenizer(
            list(phrases),
            padding="max_length",
            truncation=True,
            max_length=longest,
            return_tensors="pt",
        )
        return {name: given[name].to(self.device) for name in ("input_ids", "attention_mask")}


def card(summary: str, licence: str, weights_name: str) -> BackendCard:
    """Return the card of a back end on a model of the hub.

    Parameters
    ----------
    summary, licence : str
        As `BackendCard` has them.
    weights_name : str
        Of the catalogue.
    """
    return BackendCard(
        summary=summary,
        licence=licence,
        modules=("torch", "transformers"),
        extra="text",
        weights=weights_name,
        device="cpu, cuda, mps",
    )


class HubBackend(HasWeights):
    """A back end on one model of a folder, which is loaded when it is first asked for.

    Parameters
    ----------
    weights : str or Path, optional
        Name in the catalogue, or a folder with the hub's files. Default: those of the card.
    device : str
        As `tracksam.backends.devices.pick_device` takes it.

    Raises
    ------
    WeightsError
        When the model is first needed: the weights are missing or of another model.
    """

    network_class: ClassVar[str]
    normal: ClassVar[Normal] = CLIP
    speaks: ClassVar[bool] = True

    def __init__(self, weights: str | Path | None = None, device: str = AUTO) -> None:
        self.weights = weights or self.info.weights
        self.device = device

    @cached_property
    def model(self) -> HubModel:
        """The model, loaded when it is first asked for."""
        return load(self.network_class, self.weights, self.device, self.normal, speaks=self.speaks)


def load(
    network_class: str,
    name: str | Path,
    device: str = AUTO,
    normal: Normal = CLIP,
    *,
    speaks: bool = True,
) -> HubModel:
    """Load a model of a folder.

    Parameters
    ----------
    network_class : str
        Of the transformers library.
    name : str or Path
        Of the catalogue of weights, or a folder of your own with the hub's files.
    device : str
        As `pick_device` takes it.
    normal : tuple of two tuples of float
        Mean and deviation of the colours, where the folder does not say.
    speaks : bool
        Whether there is a tokenizer.

    Returns
    -------
    HubModel

    Raises
    ------
    WeightsError
        The folder is missing (the command that gets it is told), or not of this model.
    """
    local = weights.require(name)
    if not local.path.is_dir():
        raise WeightsError(
            f"{local.path} must be a folder with config.json and model.safetensors, as the hub has "
            "it; got a file."
        )
    network, tokenizer = _read(local.path, network_class, speaks)
    mean, std = _normal(local.path, normal)
    where = pick_device(device)
    return HubModel(network.to(where).eval(), tokenizer, mean, std, where, local.name, local.sha256)


def _read(folder: Path, network_class: str, speaks: bool) -> tuple[Any, Any]:
    """The network of a folder, and its tokenizer if it has one."""
    import transformers

    here = {"local_files_only": True}
    try:
        # Weights as tensors only: a file that could run code is not read.
        network = getattr(transformers, network_class).from_pretrained(
            str(folder),
            use_safetensors=not (folder / PLAIN).is_file(),
            weights_only=True,
            **here,
        )
        if not speaks:
            return network, None
        return network, transformers.AutoTokenizer.from_pretrained(str(folder), **here)
    except UnpicklingError as error:
        raise WeightsError(
            f"{folder / PLAIN} holds more than numbers, or is damaged; it is not read, because "
            "that could run a stranger's code. Fetch it again."
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} can not be loaded as {network_class}: {' '.join(str(error).split())}"
        ) from error


def _normal(folder: Path, otherwise: Normal) -> Normal:
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        return otherwise
    said = json.loads(path.read_text(encoding="utf-8"))
    mean, std = (
        said.get(key) or usual
        for key, usual in zip(("image_mean", "image_std"), otherwise, strict=True)
    )
    return tuple(float(v) for v in mean), tuple(float(v) for v in std)


def picture(image_yxc: NDArray[Any], shape_yx: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a frame as three colours of 8 bits at another size.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype.
    shape_yx : tuple of int
        Height and width.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    import cv2

    rgb = colours(image_yxc)
    smaller = shape_yx[0] * shape_yx[1] < rgb.shape[0] * rgb.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (shape_yx[1], shape_yx[0]), interpolation=how), np.uint8)


def is_blank(image_yxc: NDArray[Any]) -> bool:
    """Return whether all pixels are alike: there is nothing to be found."""
    return bool((image_yxc == image_yxc[:1, :1]).all())
