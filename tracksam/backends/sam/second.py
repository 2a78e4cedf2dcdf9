"""SAM 2.1 and EdgeTAM as networks for single images, through transformers.

Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024); Zhou et al., "EdgeTAM" (2025).
The image is squeezed into the network's square, and finer features go to the mask decoder too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import MASK_LOGIT, Arrays, Ask
from tracksam.backends.sam.running import Running

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


@attrs.frozen(eq=False)
class SecondNetwork:
    """A video model of transformers, of which the memory is not used.

    Parameters
    ----------
    model : Sam2VideoModel or EdgeTamVideoModel
        Loaded.
    running : Running
        Device and precision.
    sha256 : str
        Of its weights.
    """

    model: Any
    running: Running
    sha256: str

    @property
    def side_px(self) -> int:
        """Side of the square that it sees."""
        return int(self.model.prompt_encoder.input_image_size)

    @property
    def stride_px(self) -> int:
        """Pixels of the square between places of the embedding."""
        return self.side_px // int(self.model.backbone_feature_sizes[-1][0])

    @property
    def identity(self) -> str:
        """Weights and precision."""
        return f"{self.sha256} {self.running.precision}"

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image.

        Parameters
        ----------
        image_yxc : ndarray of uint8, shape (Y, X, 3)
            Any size.

        Returns
        -------
        tuple of ndarray
            The embedding, shape (D, y, x), then the finer features, finest first.
        """
        from PIL import Image

        square = (self.side_px, self.side_px)
        picture = Image.fromarray(image_yxc).resize(square, Image.Resampling.BILINEAR)
        values = (np.asarray(picture, np.float32) / 255 - _MEAN) / _DEVIATION
        with self.running.inference():
            ready = self.running.placed_array(values.transpose(2, 0, 1))[None]
            features = self.model.get_image_features(ready, return_dict=True).fpn_hidden_states
            features[-1] = features[-1] + self.model.no_memory_embedding
            maps = [
                self.running.to_numpy(one.permute(1, 2, 0).reshape(-1, *size))
                for one, size in zip(features, self.model.backbone_feature_sizes, strict=True)
            ]
        return maps[-1], *maps[:-1]

    def decode(
        self, embedding: Arrays, shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return masks for asks of one kind, as `network.Network` says.

        Parameters
        ----------
        embedding : tuple of ndarray
            Of `encode`.
        shape_yx : tuple of int
            Of the image.
        asks : sequence of Ask
            Of one kind.
        """
        scale = self.side_px / np.array(shape_yx, np.float64)
        maps = [self.running.placed_array(one)[None] for one in embedding]
        if asks[0].previous_yx is not None and len(asks) > 1:
            # transformers adds mask prompts to the image before it repeats it for each prompt
            each = [self.decode(embedding, shape_yx, [ask]) for ask in asks]
            return np.concatenate([e[0] for e in each]), np.concatenate([e[1] for e in each])
        prompts = prompts_of(asks, scale, self.running)
        prompt_px = int(self.model.prompt_encoder.mask_input_size[0])
        with self.running.inference():
            sparse, dense = self.model.prompt_encoder(
                **prompts, input_masks=self._mask(asks[0], prompt_px)
            )
            answers = [
                self.model.mask_decoder(
                    image_embeddings=maps[0],
                    image_positional_embeddings=self.model.get_image_wide_positional_embeddings(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=several,
                    high_resolution_features=maps[1:],
                )[:2]
                for several in (False, True)
            ]
        return joined_answers(answers)

    def _mask(self, ask: Ask, prompt_px: int) -> Any:
        import cv2

        if ask.previous_yx is None:
            return None
        shrinks = prompt_px < ask.previous_yx.shape[1]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        size = (prompt_px, prompt_px)
        share_yx = cv2.resize(ask.previous_yx.astype(np.float32), size, interpolation=method)
        return self.running.placed_array((2 * share_yx - 1) * MASK_LOGIT)[None, None]

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
        from torch.nn.functional import interpolate

        with self.running.inference():
            small = self.running.placed_array(logits_kyx)[:, None]
            large = interpolate(small, shape_yx, mode="bilinear", align_corners=False)
            found: NDArray[np.float32] = large[:, 0].float().cpu().numpy()
        return found


def prompts_of(
    asks: Sequence[Ask], scale_yx: NDArray[np.float64], running: Running
) -> dict[str, Any]:
    """Return points, labels and boxes as prompt encoders of transformers take them.

    Parameters
    ----------
    asks : sequence of Ask
        N of one kind.
    scale_yx : ndarray, shape (2,)
        From pixels of the image to those of the network's square.
    running : Running
        Where.

    Returns
    -------
    dict of str to Tensor or None
        ``input_points`` of shape (1, N, P, 2), ``input_labels``, ``input_boxes``.
    """
    points = labels = boxes = None
    if len(asks[0].yx):
        xy = np.stack([(ask.yx * scale_yx)[:, ::-1] for ask in asks])
        points = running.placed_array(xy)[None]
        labels = running.placed_array(np.stack([ask.is_positive for ask in asks]))[None].int()
    if asks[0].box_yxyx is not None:
        corners = np.stack([np.asarray(ask.box_yxyx).reshape(2, 2) for ask in asks])
        corners[:, 1] = np.maximum(corners[:, 1] - 1, corners[:, 0])
        boxes = running.placed_array((corners * scale_yx)[:, :, ::-1].reshape(-1, 4))[None]
    return {"input_points": points, "input_labels": labels, "input_boxes": boxes}


def joined_answers(answers: list[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the one mask and the three masks of N prompts beside each other.

    Parameters
    ----------
    answers : list
        Masks, shape (1, N, M, y, x), and scores, shape (1, N, M), for M of 1 and of 3.

    Returns
    -------
    ndarray of float32, shape (N, 4, y, x)
    ndarray of float32, shape (N, 4)
    """
    masks, scores = (
        np.concatenate([answer[i][0].float().cpu().numpy() for answer in answers], axis=1)
        for i in (0, 1)
    )
    return masks, scores
