"""Networks of transformers: how all of them are asked for masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import Arrays, Ask, LoadedNetwork
from tracksam.backends.sam.running import Running


class AskedNetwork(LoadedNetwork):
    """A network of transformers; subclasses say how their decoder is called."""

    def decode(
        self, embedding: Arrays, shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return masks for asks of one kind.

        Parameters
        ----------
        embedding, shape_yx, asks
            As for `network.Network.decode`.
        """
        if asks[0].previous_yx is not None and len(asks) > 1:
            # transformers adds mask prompts to the image before it repeats it for each prompt
            each = [self.decode(embedding, shape_yx, [ask]) for ask in asks]
            return np.concatenate([e[0] for e in each]), np.concatenate([e[1] for e in each])
        mask = asks[0].previous_yx
        prompts = prompts_of(asks, self.scale_yx(shape_yx), self.running)
        if mask is not None:
            prompts["input_masks"] = self.running.placed_array(self.mask_prompt(mask))[None, None]
        maps = [self.running.placed_array(one)[None] for one in embedding]
        with self.running.inference():
            sparse, dense = self.model.prompt_encoder(**prompts)
            answers = [
                self.model.mask_decoder(
                    image_positional_embeddings=self.model.get_image_wide_positional_embeddings(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=several,
                    **self.seen(maps),
                )[:2]
                for several in (False, True)
            ]
        return joined_answers(answers)

    def scale_yx(self, shape_yx: tuple[int, int]) -> NDArray[np.float64]:
        """Return the factors from pixels of an image to those of the network's square."""
        raise NotImplementedError("a network says how it fits an image into its square")

    def mask_prompt(self, mask_yx: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return a mask of the image as the prompt that the network takes, as logits."""
        raise NotImplementedError("a network says how it fits a mask into its square")

    def seen(self, maps: list[Any]) -> dict[str, Any]:
        """Return the embedding of an image, on the device, as arguments of the mask decoder."""
        raise NotImplementedError("a network says what its mask decoder takes")


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
        ``input_points`` of shape (1, N, P, 2), ``input_labels``, ``input_boxes``, ``input_masks``.
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
    return {
        "input_points": points,
        "input_labels": labels,
        "input_boxes": boxes,
        "input_masks": None,
    }


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
