"""The shipped network: its file, its card of numbers, and one run of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.normalise import CHANNELS, network_input
from tracksam.backends.nano.runtime import Session, load_session
from tracksam.backends.nano.tiles import plan_tiles
from tracksam.errors import WeightsError

Image = NDArray[np.float32]


@attrs.frozen
class ModelCard:
    """What must be known of a network besides its weights.

    Parameters
    ----------
    sha256 : str
        Of the ONNX file.
    canonical_px : float
        Cell diameter that its log_diameter 0 stands for.
    stride : int
        Height and width of its input are multiples of this.
    working_px : float
        Cell diameter at which it works best, found on validation images.
    foreground : float
        Probability from which a pixel belongs to a cell, found on validation images.
    score_weights : tuple of float
        Logistic calibration of an instance's score: a constant, then one weight a feature of
        `scores.features`.
    refine_sha256 : str
        Of the ONNX file that refines masks; empty where there is none.
    views : int
        Of the image, that the network takes. Cards that do not say it are of networks with two.
    """

    sha256: str
    canonical_px: float
    stride: int
    working_px: float = 32.0
    foreground: float = 0.42
    score_weights: tuple[float, ...] = ()
    refine_sha256: str = ""
    views: int = 2


@attrs.frozen(eq=False)
class Answers:
    """What the network says of an image, pixel by pixel, at the scale it was shown.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Probability that the pixel belongs to a cell.
    distance : ndarray of float32, shape (Y, X)
        0 at a cell's border, 1 at its innermost pixel.
    offset_yx : ndarray of float32, shape (2, Y, X)
        Way to the cell's centre in pixels.
    log_diameter : ndarray of float32, shape (Y, X)
        log2 of the cell's diameter over the canonical one.
    """

    foreground: Image
    distance: Image
    offset_yx: Image
    log_diameter: Image

    @classmethod
    def nothing(cls, shape_yx: tuple[int, int]) -> Answers:
        """Return the answers to an image of a single grey: no cell anywhere.

        Parameters
        ----------
        shape_yx : tuple of int
            Of the image.
        """
        empty_yx = np.zeros(shape_yx, np.float32)
        return cls(empty_yx, empty_yx, np.zeros((2, *shape_yx), np.float32), empty_yx)


@attrs.frozen(eq=False)
class Model:
    """A loaded network.

    Parameters
    ----------
    session : Session
        Holds no state between runs.
    card : ModelCard
        Its numbers.
    refiner : Session or None
        The network that refines masks, if there is one.
    """

    session: Session
    card: ModelCard
    refiner: Session | None = None

    def answers(self, image_yx: Image) -> Answers:
        """Return what the network says of an image.

        Parameters
        ----------
        image_yx : ndarray of float32, shape (Y, X)
            Grey values at the network's scale; normalised here, as a whole. Large images are
            run in tiles that overlap; in the overlap the tile counts whose edge is farther.

        Returns
        -------
        Answers
            Of the same shape.
        """
        views = network_input(image_yx)
        if not views.any():  # one grey everywhere
            return Answers.nothing((views.shape[1], views.shape[2]))
        raw = self._raw(views)
        return Answers(
            _sigmoid(raw[0]),
            _sigmoid(raw[1]),
            raw[2:4] * np.float32(self.card.canonical_px),
            raw[4],
        )

    def _raw(self, views: Image) -> Image:
        height, width = views.shape[1:]
        result = np.empty((5, height, width), np.float32)
        for tile in plan_tiles((height, width), self.card.stride):
            part = views[:, tile.read[0], tile.read[1]]
            missing = [-part.shape[axis] % self.card.stride for axis in (1, 2)]
            padded = np.pad(part, ((0, 0), (0, missing[0]), (0, missing[1])), mode="symmetric")
            answer = self.session.run(["answers"], {"views": padded[None]})[0][0]
            result[:, tile.write[0], tile.write[1]] = answer[:, tile.keep[0], tile.keep[1]]
        return result


def default_folder() -> Path:
    """Return the folder of the weights inside the package."""
    return Path(__file__).resolve().parents[2] / "models"


def load_model(folder: Path, threads: int | None = None) -> Model:
    """Load the network of a folder and check that its file is whole.

    Parameters
    ----------
    folder : Path
        With `nano.onnx`, `nano.json` and, where that names it, `refine.onnx`.
    threads : int, optional
        Processor threads of one run. Default: one a core this process may use.

    Returns
    -------
    Model

    Raises
    ------
    WeightsError
        A file is missing or unreadable, the hash differs from the one in `nano.json`, or the
        network takes other views of the image than this version gives.
    """
    card = _read_card(folder / "nano.json")
    if card.views != CHANNELS:
        raise WeightsError(
            f"the network in {folder} takes {card.views} views of an image, this version of "
            f"tracksam gives {CHANNELS}: train it again with this version."
        )
    session = load_session(_checked(folder / "nano.onnx", card.sha256), threads)
    if not card.refine_sha256:
        return Model(session, card)
    content = _checked(folder / "refine.onnx", card.refine_sha256)
    return Model(session, card, load_session(content, threads))


def _checked(path: Path, sha256: str) -> bytes:
    """Return the content of a file that has this hash."""
    if not path.is_file():
        raise WeightsError(f"{path} is missing: install tracksam again.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise WeightsError(
            f"{path} is damaged: its SHA-256 should begin with {sha256[:12]}, but begins with "
            f"{digest[:12]}. Install tracksam again."
        )
    return content


def _read_card(path: Path) -> ModelCard:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["score_weights"] = tuple(values["score_weights"])
        return ModelCard(**values)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(
            f"{path} must be the card of the shipped model, but can not be read ({error}): "
            "install tracksam again."
        ) from error


def _sigmoid(x: Image) -> Image:
    return np.float32(1) / (np.float32(1) + np.exp(-x))
