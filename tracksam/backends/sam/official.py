"""Networks in segment-anything's layout: an image encoder, a prompt encoder, a mask decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import (
    Arrays,
    Ask,
    LoadedNetwork,
    fitted,
    fitted_shape,
    fitted_xy,
    mask_prompt,
)
from tracksam.backends.sam.running import Running


class PaddedNetwork(LoadedNetwork):
    """A network that sees an image with its longer side fitted, padded to a square."""

    @property
    def side_px(self) -> int:
        """Longest side that it sees without shrinking."""
        raise NotImplementedError("a padded network says how large its square is")

    def enlarge(
        self, logits_kyx: NDArray[np.float32], shape_yx: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return logits of `decode` at the size of the image.

        Parameters
        ----------
        logits_kyx, shape_yx
            As for `network.Network.enlarge`.
        """
        return enlarged(self.running, logits_kyx, shape_yx, self.side_px)


class OfficialNetwork(PaddedNetwork):
    """A network of segment-anything, or one with its heads.

    Its `model` is a `segment_anything.modeling.Sam`; its `image_encoder` may be another one that
    has `img_size`.
    """

    @property
    def side_px(self) -> int:
        """Longest side that it sees without shrinking."""
        return int(self.model.image_encoder.img_size)

    @property
    def stride_px(self) -> int:
        """Pixels of the fitted image between places of the embedding."""
        return self.side_px // int(self.model.prompt_encoder.image_embedding_size[0])

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image: one array."""
        import torch

        small = torch.from_numpy(fitted(image_yxc, self.side_px)).permute(2, 0, 1)
        with self.running.inference():
            ready = self.model.preprocess(self.running.placed(small.float())[None])
            return (self.running.to_numpy(self.model.image_encoder(ready)[0]),)

    def decode(
        self, embedding: Arrays, shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return masks for asks of one kind.

        Parameters
        ----------
        embedding, shape_yx, asks
            As for `network.Network.decode`.
        """
        placed = self.running.placed_array
        with self.running.inference():
            sparse, dense = self.model.prompt_encoder(*self._prompts(shape_yx, asks))
            logits, expected = self.model.mask_decoder.predict_masks(
                placed(embedding[0])[None],
                self.model.prompt_encoder.get_dense_pe(),
                sparse,
                dense,
            )
            return logits.float().cpu().numpy(), expected.float().cpu().numpy()

    def _prompts(self, shape_yx: tuple[int, int], asks: Sequence[Ask]) -> tuple[Any, Any, Any]:
        placed, side = self.running.placed_array, self.side_px
        points = boxes = masks = None
        if len(asks[0].yx):
            xy = np.stack([fitted_xy(ask.yx, shape_yx, side) for ask in asks])
            flags = np.stack([ask.is_positive for ask in asks]).astype(np.float32)
            points = placed(xy), placed(flags)
        if asks[0].box_yxyx is not None:
            boxes = placed(np.stack([box_prompt(ask, shape_yx, side) for ask in asks]))
        if asks[0].previous_yx is not None:
            prompt_px = int(self.model.prompt_encoder.mask_input_size[0])
            each = [
                mask_prompt(ask.previous_yx, side, prompt_px)
                for ask in asks
                if ask.previous_yx is not None
            ]
            masks = placed(np.stack(each)[:, None])
        return points, boxes, masks


def box_prompt(ask: Ask, shape_yx: tuple[int, int], side_px: int) -> NDArray[np.float32]:
    """Return a box as x, y, x, y of its first and last pixel in the fitted image.

    Parameters
    ----------
    ask : Ask
        Has a box.
    shape_yx : tuple of int
        Of the image.
    side_px : int
        Of the network.

    Returns
    -------
    ndarray of float32, shape (4,)
    """
    corners = np.asarray(ask.box_yxyx, np.float64).reshape(2, 2)
    last = np.maximum(corners[1] - 1, corners[0])
    return fitted_xy(np.stack([corners[0], last]), shape_yx, side_px).reshape(4)


def enlarged(
    running: Running, logits_kyx: NDArray[np.float32], shape_yx: tuple[int, int], side_px: int
) -> NDArray[np.float32]:
    """Return logits of a padded square at the size of the image, as segment-anything does it.

    Parameters
    ----------
    running : Running
        Where.
    logits_kyx : ndarray of float32, shape (K, y, x)
        At the decoder's resolution.
    shape_yx : tuple of int
        Of the image.
    side_px : int
        Of the network.

    Returns
    -------
    ndarray of float32, shape (K, Y, X)
    """
    from torch.nn.functional import interpolate

    rows, columns = fitted_shape(shape_yx, side_px)
    with running.inference():
        large = running.placed_array(logits_kyx)[:, None]
        large = interpolate(large, (side_px, side_px), mode="bilinear", align_corners=False)
        large = large[..., :rows, :columns]
        large = interpolate(large, shape_yx, mode="bilinear", align_corners=False)
        found: NDArray[np.float32] = large[:, 0].float().cpu().numpy()
    return found
