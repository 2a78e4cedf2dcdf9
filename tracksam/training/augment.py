"""What a microscope, a camera and a format may do to a crop."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.normalise import network_input, without_hot_pixels
from tracksam.training.crops import Crop
from tracksam.training.targets import CANONICAL_PX, log_diameter_from, offsets_from

Image = NDArray[np.float32]
Value = TypeVar("Value", bound=np.generic)


@attrs.frozen(eq=False)
class Example:
    """One crop as the network and the loss take it.

    Parameters
    ----------
    views : ndarray of float32, shape (3, Y, X)
        The network's input.
    truth : ndarray of float32, shape (5, Y, X)
        Foreground, distance, offsets in canonical diameters, log2 diameter.
    weight : ndarray of float32, shape (3, Y, X)
        Weight of the loss of foreground and distance, of the offsets, of the diameter.
    """

    views: Image
    truth: Image
    weight: Image


def example(crop: Crop, rng: np.random.Generator) -> Example:
    """Return a crop after a random change of view and of light.

    Parameters
    ----------
    crop : Crop
        Not changed.
    rng : Generator
        Draws one of the eight turns and flips, and the light.
    """
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    image_yx = _turned(crop.image_yx.astype(np.float32), turns, flip=flip)
    packed = _turned(crop.packed, turns, flip=flip)
    truth = _truth(packed)
    truth[2:4] = _turned_vectors(truth[2:4], turns, flip=flip)
    image_yx = without_hot_pixels(relit(image_yx, rng))
    return Example(network_input(image_yx), truth, _weights(packed, truth))


def relit(image_yx: Image, rng: np.random.Generator) -> Image:
    """Return the image under another light: polarity, gamma, gradient, blur, noise, hot pixels.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Range about 0 to 1.
    rng : Generator
        Draws what is done; often little.
    """
    import cv2

    image_yx = np.clip(image_yx, -0.2, 3)
    if rng.random() < 0.25:
        image_yx = 1 - image_yx
    if rng.random() < 0.4:
        lifted: Any = np.clip(image_yx + 0.2, 0, None)
        image_yx = lifted ** np.float32(np.exp(rng.normal(0, 0.4)))
    if rng.random() < 0.3:
        image_yx = image_yx + _gradient(image_yx.shape, rng) * np.float32(rng.uniform(0.1, 0.8))
    if rng.random() < 0.25:
        blurred_yx = cv2.GaussianBlur(image_yx, (0, 0), float(rng.uniform(0.5, 1.6)))
        image_yx = np.asarray(blurred_yx, np.float32)
    if rng.random() < 0.6:
        noise = rng.standard_normal(image_yx.shape, dtype=np.float32)
        image_yx = image_yx + noise * np.float32(np.exp(rng.uniform(np.log(0.003), np.log(0.12))))
    if rng.random() < 0.15:
        image_yx = image_yx.copy()
        count = int(rng.integers(1, 12))
        rows, columns = rng.integers(0, image_yx.shape[0], (2, count))
        image_yx[rows, columns] += np.float32(rng.uniform(1, 6))
    return np.ascontiguousarray(image_yx, np.float32)


def _gradient(shape_yx: tuple[int, ...], rng: np.random.Generator) -> Image:
    """Return uneven light: a plane across the image, from -0.5 to 0.5."""
    y = np.linspace(-0.5, 0.5, shape_yx[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape_yx[1], dtype=np.float32)[None]
    angle = rng.uniform(0, 2 * np.pi)
    return np.float32(np.sin(angle)) * y + np.float32(np.cos(angle)) * x


def _turned(array: NDArray[Value], turns: int, *, flip: bool) -> NDArray[Value]:
    turned = np.rot90(array, turns, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if flip else turned)


def _turned_vectors(vectors: Image, turns: int, *, flip: bool) -> Image:
    """Return (row, column) vectors turned as the image was: one turn takes (y, x) to (-x, y)."""
    y, x = vectors
    for _ in range(turns):
        y, x = -x, y
    return np.stack([y, -x if flip else x])


def _truth(packed: NDArray[np.uint8]) -> Image:
    return np.stack(
        [
            (packed[0] == 1).astype(np.float32),
            packed[1].astype(np.float32) / np.float32(255),
            offsets_from(packed[2]) / np.float32(CANONICAL_PX),
            offsets_from(packed[3]) / np.float32(CANONICAL_PX),
            log_diameter_from(packed[4]),
        ]
    )


def _weights(packed: NDArray[np.uint8], truth: Image) -> Image:
    """Return where the loss counts: more between cells, less for cells of a far-off size."""
    known = (packed[0] != 2).astype(np.float32)
    inside = (packed[0] == 1).astype(np.float32)
    far = np.clip(np.abs(truth[4]) - 0.8, 0, None) * inside
    fits = np.exp(-2 * far).astype(np.float32)
    borders = 1 + 2 * (packed[5] > 0)
    return np.stack([known * borders * np.maximum(fits, 0.3), inside * fits, inside])
