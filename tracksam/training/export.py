"""From a checkpoint to the files that ship: ONNX weights and the card of numbers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import attrs
import torch

from tracksam.backends.nano.model import ModelCard
from tracksam.backends.nano.normalise import CHANNELS
from tracksam.training.crops import Cache
from tracksam.training.expose import expose_features
from tracksam.training.network import STRIDE, NanoNet, write_onnx
from tracksam.training.quantise import quantise
from tracksam.training.targets import CANONICAL_PX


def export(net: NanoNet, folder: Path, cache: Cache | None = None) -> ModelCard:
    """Write `nano.onnx` and `nano.json`, without calibration of the scores.

    Parameters
    ----------
    net : NanoNet
        Trained; put into evaluation mode.
    folder : Path
        Made if it is not there; files of that name are replaced.
    cache : Cache, optional
        Training crops: with them the weights are written with 8 bits, without with floats.

    Returns
    -------
    ModelCard
        What `nano.json` says, with the hash of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nano.onnx"
    net = net.cpu().eval()
    example = torch.zeros(1, CHANNELS, 2 * STRIDE, 3 * STRIDE)
    write_onnx(net, example, path, "answers")
    if cache is not None:
        quantise(path, path, cache)
    expose_features(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = ModelCard(digest, CANONICAL_PX, STRIDE, views=CHANNELS)
    write_card(card, folder)
    return card


def write_card(card: ModelCard, folder: Path) -> None:
    """Write `nano.json`.

    Parameters
    ----------
    card : ModelCard
        What it says.
    folder : Path
        Must be there.
    """
    text = json.dumps(attrs.asdict(card), indent=2)
    (folder / "nano.json").write_text(text + "\n", encoding="utf-8")
