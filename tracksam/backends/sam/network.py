"""What the adapter asks of a network: an embedding of an image, and masks for prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.running import Running

Arrays = tuple[NDArray[Any], ...]
"""An embedding: one array or several, as the network wants them back."""

MASK_LOGIT = 6.0
"""Logit of a pixel that a mask prompt holds; of others its negative."""


@attrs.frozen(eq=False)
class Ask:
    """What is asked for one object, in pixels of the image that was encoded.

    Parameters
    ----------
    yx : ndarray, shape (P, 2)
        Points; P may be 0.
    is_positive : ndarray of bool, shape (P,)
        Whether each lies in the object.
    box_yxyx : ndarray, shape (4,), or None
        Bounds; the ends lie outside, as in slices.
    previous_yx : ndarray of bool, shape (Y, X), or None
        What the object looked like.
    """

    yx: NDArray[np.float64]
    is_positive: NDArray[np.bool_]
    box_yxyx: NDArray[np.float64] | None = None
    previous_yx: NDArray[np.bool_] | None = None

    @property
    def kind(self) -> tuple[int, bool, bool]:
        """What asks of one batch must share: number of points, box or not, mask or not."""
        return len(self.yx), self.box_yxyx is not None, self.previous_yx is not None

    @property
    def is_ambiguous(self) -> bool:
        """Whether a part, an object or a group may be meant."""
        return self.box_yxyx is None and self.previous_yx is None and len(self.yx) < 2


class Network(Protocol):
    """A network that is loaded."""

    @property
    def side_px(self) -> int:
        """Longest side of an image that it sees without shrinking."""
        ...

    @property
    def stride_px(self) -> int:
        """Pixels of such an image between neighbouring places of the embedding."""
        ...

    @property
    def identity(self) -> str:
        """Changes with everything of which an embedding depends."""
        ...

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image; the first array has shape (D, y, x)."""
        ...

    def decode(
        self, embedding: Arrays, shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return masks for asks of one kind.

        Parameters
        ----------
        embedding : tuple of ndarray
            Of `encode`.
        shape_yx : tuple of int
            Of the image that was encoded.
        asks : sequence of Ask
            N of one kind.

        Returns
        -------
        ndarray of float32, shape (N, 4, y, x)
            Logits at the network's own resolution: the one answer to a clear ask, then three to an
            ambiguous one.
        ndarray of float32, shape (N, 4)
            The overlap with the truth that the network expects.
        """
        ...

    def enlarge(
        self, logits_kyx: NDArray[np.float32], shape_yx: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return logits of `decode` at the size of the image.

        Parameters
        ----------
        logits_kyx : ndarray of float32, shape (K, y, x)
            Some of `decode`.
        shape_yx : tuple of int
            Of the image.

        Returns
        -------
        ndarray of float32, shape (K, Y, X)
        """
        ...


@attrs.frozen(eq=False)
class LoadedNetwork:
    """What networks are made of.

    Parameters
    ----------
    model : torch.nn.Module
        Loaded, on its device.
    running : Running
        Device and precision.
    sha256 : str
        Of its weights.
    """

    model: Any
    running: Running
    sha256: str

    @property
    def identity(self) -> str:
        """Weights and precision."""
        return f"{self.sha256} {self.running.precision}"


def fitted_shape(shape_yx: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return the size to which an image is brought so that its longer side is `side_px`.

    Parameters
    ----------
    shape_yx : tuple of int
        Of the image.
    side_px : int
        Of the network.

    Returns
    -------
    tuple of int
    """
    scale = side_px / max(shape_yx)
    return int(shape_yx[0] * scale + 0.5), int(shape_yx[1] * scale + 0.5)


def fitted(image_yxc: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return an image whose longer side is `side_px`, by Pillow's bilinear filter.

    Parameters
    ----------
    image_yxc : ndarray of uint8, shape (Y, X, 3)
        Any size.
    side_px : int
        Of the network.

    Returns
    -------
    ndarray of uint8
    """
    from PIL import Image

    rows, columns = fitted_shape((image_yxc.shape[0], image_yxc.shape[1]), side_px)
    picture = Image.fromarray(image_yxc).resize((columns, rows), Image.Resampling.BILINEAR)
    return np.array(picture)


def fitted_xy(
    yx: NDArray[np.float64], shape_yx: tuple[int, int], side_px: int
) -> NDArray[np.float32]:
    """Return positions as (x, y) in the fitted image, as segment-anything counts them.

    Parameters
    ----------
    yx : ndarray, shape (N, 2)
        Row and column in the image.
    shape_yx : tuple of int
        Of the image.
    side_px : int
        Of the network.

    Returns
    -------
    ndarray of float32, shape (N, 2)
    """
    factor = np.array(fitted_shape(shape_yx, side_px)) / np.array(shape_yx)
    return np.asarray((yx * factor)[:, ::-1], np.float32)


def mask_prompt(
    previous_yx: NDArray[np.bool_], side_px: int, prompt_px: int
) -> NDArray[np.float32]:
    """Return a mask as the prompt that segment-anything takes.

    Parameters
    ----------
    previous_yx : ndarray of bool, shape (Y, X)
        In the image.
    side_px : int
        Of the network.
    prompt_px : int
        Side of the prompt.

    Returns
    -------
    ndarray of float32, shape (prompt_px, prompt_px)
        Logits: `MASK_LOGIT` inside, its negative outside and in the padding.
    """
    rows, columns = fitted_shape((previous_yx.shape[0], previous_yx.shape[1]), side_px)
    size_yx = (
        max(1, round(rows * prompt_px / side_px)),
        max(1, round(columns * prompt_px / side_px)),
    )
    logits_yx = np.full((prompt_px, prompt_px), -MASK_LOGIT, np.float32)
    logits_yx[: size_yx[0], : size_yx[1]] = mask_logits(previous_yx, size_yx)
    return logits_yx


def mask_logits(mask_yx: NDArray[np.bool_], shape_yx: tuple[int, int]) -> NDArray[np.float32]:
    """Return a mask at another size, as logits.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        Any size.
    shape_yx : tuple of int
        Wanted size.

    Returns
    -------
    ndarray of float32, shape `shape_yx`
        `MASK_LOGIT` inside, its negative outside, between at the outline.
    """
    import cv2

    shrinks = shape_yx[1] < mask_yx.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    share_yx = cv2.resize(mask_yx.astype(np.float32), shape_yx[::-1], interpolation=method)
    return np.asarray((2 * share_yx - 1) * np.float32(MASK_LOGIT), np.float32)
